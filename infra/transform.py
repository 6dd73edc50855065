"""Turns a packaged template into plain CloudFormation, as AWS does when it is deployed; needs no account."""

import copy
import os
from typing import Any
from unittest.mock import patch

from samtranslator.translator.transform import transform as _transform


class _NoPolicies:
    """What SAM asks for AWS's managed policies; ours names none."""

    def load(self) -> dict[str, str]:
        return {}


def transform(template: dict[str, Any], *, bucket: str, key: str, region: str = "us-east-1") -> dict[str, Any]:
    """Return what CloudFormation makes of `sam.json`, with the code lying in S3."""
    located = copy.deepcopy(template)
    for resource in located["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": key}
    with patch.dict(os.environ, {"AWS_DEFAULT_REGION": region}):
        plain: dict[str, Any] = _transform(located, {}, _NoPolicies())
    return plain
