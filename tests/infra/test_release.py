"""What a release says of itself: one version, a workflow of the very commands people run."""

import re
import tomllib

import yaml

from chalicelib.kit.version import VERSION
from tests.running import ROOT


def test_the_version_is_in_one_place():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "chalicelib.kit.version.VERSION"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
    assert (
        "## Unreleased" in (ROOT / "CHANGELOG.md").read_text()
        or f"## {VERSION} " in (ROOT / "CHANGELOG.md").read_text()
    )


def test_the_workflow_runs_targets_that_there_are_under_both_pythons():
    workflow = yaml.safe_load((ROOT / ".github/workflows/check.yml").read_text())
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    lines = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    called = {word for line in lines if line.startswith("make ") for word in line.split()[1:] if "=" not in word}

    assert workflow["jobs"]["check"]["strategy"]["matrix"]["python"] == ["3.11", "3.13"]
    assert {"check", "browser", "package", "plan", "e2e", "demo", "prove", "audit"} <= called <= targets
    assert workflow["permissions"] == {"contents": "read"}
