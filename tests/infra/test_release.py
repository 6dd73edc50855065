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


def requirements(name):
    """Return what a lock pins, as names with their versions and hashes; a line that pins nothing is an error."""
    lines = (ROOT / name).read_text().replace(" \\\n", " ").splitlines()
    matches = [
        re.fullmatch(r"([a-z0-9-]+)==(\S+)( ; [^-]+)?((?: +--hash=sha256:[0-9a-f]{64})+)", line) for line in lines
    ]
    assert all(matches), [line for line, match in zip(lines, matches, strict=True) if not match]
    return {match[1]: (match[2], set(match[4].split())) for match in matches}


def test_what_ships_and_what_builds_it_is_locked_with_the_hash_of_each_file():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    ships, builds = requirements("requirements.txt"), requirements("requirements-package.txt")

    assert {re.match(r"[a-z0-9-]+", one)[0] for one in project["project"]["dependencies"]} <= set(ships)
    assert set(project["dependency-groups"]["package"]) <= {f"{name}=={builds[name][0]}" for name in builds}
    assert {"pip", "setuptools", "wheel"} <= set(builds)
    assert all(ships[name] == builds[name] for name in ships.keys() & builds.keys())


def test_nothing_comes_into_what_builds_the_package_but_by_its_hash():
    rule = (ROOT / "Makefile").read_text().split("\n.venv-package/.package:")[1].split("\n\n")[0]

    installed = [line for line in rule.splitlines() if " install " in line]
    assert len(installed) == 1
    assert installed[0].endswith("-r requirements.txt -r requirements-package.txt")
    assert "--require-hashes" in installed[0]


def test_whatever_others_wrote_for_the_workflow_is_named_by_commit():
    workflow = yaml.safe_load((ROOT / ".github/workflows/check.yml").read_text())
    used = {step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step}

    assert len(used) == 3
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", one) for one in used)
