"""Turns a packaged template into plain CloudFormation, as AWS does when it is deployed; needs no account."""

import copy
import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from samtranslator.translator.transform import transform as _transform


class _NoPolicies:
    """What SAM asks for AWS's managed policies; ours names none."""

    def load(self) -> dict[str, str]:
        return {}


def transform(
    template: dict[str, Any],
    *,
    bucket: str,
    key: str,
    region: str = "us-east-1",
    parameters: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """
    Return what CloudFormation makes of `sam.json`, with the code lying in S3.

    A published version keeps the environment it was published with, so there is a new one whenever the
    code, the template or one of the *parameters* is another; the template's own defaults need not be named.
    """
    located = copy.deepcopy(template)
    declared = located.get("Parameters", {})
    defaults = {name: str(one["Default"]) for name, one in declared.items() if "Default" in one}
    made_of = [key, template, {**defaults, **(parameters or {})}]
    digest = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
    for resource in located["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": key}
            if "AutoPublishAlias" in resource["Properties"]:
                resource["Properties"]["AutoPublishCodeSha256"] = digest
    with patch.dict(os.environ, {"AWS_DEFAULT_REGION": region}):
        plain: dict[str, Any] = _transform(located, {}, _NoPolicies())
    return plain
