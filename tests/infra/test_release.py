"""What a release says of itself: one version, a workflow of the very commands people run, words without broken links."""

import re
import tomllib

import pytest
import yaml

from chalicelib.kit.version import VERSION
from tests.running import ROOT

WORDS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]


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


@pytest.mark.parametrize("file", WORDS, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_between_our_own_words_lead_somewhere(file):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text()):
        assert (file.parent / target).exists(), f"{file.name} -> {target}"


def test_every_target_the_words_name_is_in_the_makefile():
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for file in WORDS for name in re.findall(r"`make ([a-z0-9-]+)", file.read_text())}

    assert named <= targets
