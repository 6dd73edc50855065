"""The templates a stage is made from: the tables', and the packaged app's, written out."""

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml

PACKAGE = Path("build/package")
TABLES = Path(__file__).parents[1] / "tables.yaml"
ZIP = "deployment.zip"
Template = dict[str, Any]
# How functions are given the signing secret.
_REFERENCE = "{{resolve:secretsmanager:${SigningSecret}}}"


def code_key() -> str:
    """Return the package's key in the bucket: its content's hash, so that the same code is the same key."""
    archive = PACKAGE / ZIP
    if not archive.exists():
        raise SystemExit("There is no package yet: `make package STAGE=...` builds it.")
    return f"{hashlib.sha256(archive.read_bytes()).hexdigest()}.zip"


def app_template(*, bucket: str, region: str) -> Template:
    """
    Return the packaged app's template in CloudFormation's own words, with its code in the bucket.

    SAM's transform runs here, not in AWS, so what is shown, linted and tried on an emulator is what is
    created.
    """
    # Only whoever plans or deploys needs the translator; it takes a second to import.
    from infra.transform import transform

    return transform(_packaged(), bucket=bucket, key=code_key(), region=region)


def configured(template: Template, *, parameters: dict[str, str], secret_version: str | None) -> Template:
    """
    Return a template that changes whenever its parameters' values or its secret do.

    Parameters are names in a template, and a secret is read only when a function changes: CloudFormation
    alone would go on with the published version, and with the secret, that it has.
    """
    written = json.dumps(template)
    if secret_version is not None:
        written = written.replace(_REFERENCE, f"{_REFERENCE[:-2]}:SecretString:::{secret_version}}}}}")
    told = hashlib.sha256(json.dumps([parameters, secret_version], sort_keys=True).encode()).hexdigest()[:10]
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Lambda::Version":
            written = written.replace(f'"{name}"', f'"{name}{told}"')
    changed: Template = json.loads(written)
    return changed


def _packaged() -> Template:
    """Return the packaged template as plain data, in which nothing is shared."""
    for name in ("sam.json", "sam.yaml"):
        if (PACKAGE / name).exists():
            plain: Template = json.loads(json.dumps(yaml.safe_load((PACKAGE / name).read_text(encoding="utf-8"))))
            return plain
    raise SystemExit("There is no package yet: `make package STAGE=...` builds it.")
