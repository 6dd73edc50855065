"""The templates a stage is made from: the tables', and the packaged app's, written out."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

PACKAGE = Path("build/package")
TABLES = Path(__file__).parents[1] / "tables.yaml"
ZIP = "deployment.zip"
Template = dict[str, Any]
# The secrets, as the tables' stack names them, and how functions are given one.
SECRETS = ("SigningSecret", "ClickSecret", "LastingSecret")
_REFERENCE = "{{resolve:secretsmanager:${%s}}}"


def code_key() -> str:
    """Return the package's key in the bucket: its content's hash, so that the same code is the same key."""
    archive = PACKAGE / ZIP
    if not archive.exists():
        raise SystemExit("There is no package yet: `make package STAGE=...` builds it.")
    return f"{hashlib.sha256(archive.read_bytes()).hexdigest()}.zip"


def app_template(
    *,
    bucket: str,
    region: str,
    parameters: Mapping[str, str] | None = None,
    secret_versions: Mapping[str, str] | None = None,
) -> Template:
    """
    Return the packaged app's template in CloudFormation's own words, with its code in the bucket.

    SAM's transform runs here, not in AWS, so what is shown, linted and tried on an emulator is what is
    created. The *parameters* it will be given decide whether versions are published anew; and so does
    the *secret_versions* that are current: CloudFormation reads a secret only when a function changes.
    """
    # Only plans and deployments need the translator; it takes a second to import.
    from infra.transform import transform

    packaged = _packaged()
    for secret, version in (secret_versions or {}).items():
        reference = _REFERENCE % secret
        named = f"{reference[:-2]}:SecretString:::{version}}}}}"
        packaged = json.loads(json.dumps(packaged).replace(reference, named))
    return transform(packaged, bucket=bucket, key=code_key(), region=region, parameters=parameters)


def _packaged() -> Template:
    """Return the packaged template as plain data, in which nothing is shared."""
    for name in ("sam.json", "sam.yaml"):
        if (PACKAGE / name).exists():
            plain: Template = json.loads(json.dumps(yaml.safe_load((PACKAGE / name).read_text(encoding="utf-8"))))
            return plain
    raise SystemExit("There is no package yet: `make package STAGE=...` builds it.")
