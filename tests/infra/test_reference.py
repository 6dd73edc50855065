"""The reference: what is checked in is what the code says today, and nothing is missing in it."""

import ast
import inspect
import re
import subprocess
import sys
from types import UnionType
from typing import get_args

import msgspec
import pytest

import app as goodword
from chalicelib.kit import config, errors
from chalicelib.kit.responses import Document, ExportPart
from chalicelib.links import create
from infra.local import templates
from infra.reference import makefile, refusals
from infra.reference.__main__ import OUT
from infra.reference.document import described
from infra.reference.pages import pages
from tests.running import ROOT


@pytest.fixture(scope="module")
def written():
    return pages()


def test_what_is_checked_in_is_what_the_code_says(written):
    there = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / OUT).iterdir()}

    # The index is written by hand.
    assert there.keys() - {"index.md"} == written.keys()
    stale = [name for name, text in written.items() if there[name] != text]
    assert not stale, f"run `make reference`: {stale}"


@pytest.mark.slow
def test_another_process_writes_the_same(written):
    program = "from infra.reference.pages import pages; print(pages()['errors.md'], end='')"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "7", "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)

    assert result.stdout == written["errors.md"]


def test_every_route_is_in_it(written):
    paths = described()["paths"]
    for path, methods in goodword.app.routes.items():
        for method in methods:
            if method == "HEAD":
                # Answered wherever GET is.
                continue
            if method.lower() in paths.get(path, {}):
                assert f"### {method} {path}\n" in written["api.md"]
            else:
                assert f"| {method} | `{path}` |" in written["api.md"]


def test_every_field_and_parameter_that_is_sent_has_a_meaning(written):
    endpoints = written["api.md"].partition("## Pages and other addresses\n")[0]
    unexplained = re.findall(r"^\| `\w+` \|.*\|  \|$", endpoints, re.MULTILINE)

    assert not unexplained, "say it at the field, or in infra/reference/words.toml"


def test_every_code_is_in_it_and_what_helps(written):
    for one in errors.codes():
        section = written["errors.md"].partition(f"### {one['code']}\n")[2].partition("###")[0]
        assert section.strip().startswith(f"{one['status']}. {one['meaning']}")
        assert "What to do: " in section


def test_every_setting_is_in_it(written):
    settings = written["settings.md"]
    read = re.findall(r"\"((?:GOODWORD|AWS)_[A-Z_]+)\"", inspect.getsource(config))
    parameters = [name for file in ("app.yaml", "tables.yaml") for name in templates.read(file)["Parameters"]]
    assigned = re.findall(r"^([A-Z_]+) \?=", (ROOT / "Makefile").read_text(), re.MULTILINE)
    helped = [name for one in makefile.targets() for name in re.findall(r"\b([A-Z]{2,})=", one.help)]

    assert read
    assert parameters
    for name in {*read, *parameters, *assigned, *helped}:
        assert f"| `{name}` |" in settings


def test_every_function_and_every_call_it_may_make_is_in_it(written):
    for name, resource in templates.read("app.yaml")["Resources"].items():
        for target, operations in resource.get("Metadata", {}).get("Calls", {}).items():
            section = written["functions.md"].partition(f"\n## {name}\n")[2].partition("\n## ")[0]
            assert f"| `{target}` | {', '.join(f'`{one}`' for one in operations)} |" in section
    for source in goodword.app.event_sources:
        if hasattr(source, "schedule_expression"):
            assert f"`{source.schedule_expression.to_string()}`" in written["functions.md"]


def test_every_target_is_in_it(written):
    for name in re.findall(r"^([a-z0-9-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE):
        assert f"| `make {name}` |" in written["cli.md"]


def test_links_lead_somewhere(written):
    anchors = {
        name: {
            re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-")
            for one in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        }
        for name, text in written.items()
    }
    for name, text in written.items():
        for file, anchor in re.findall(r"\]\(([a-z]*\.?m?d?)#([^)]+)\)", text):
            assert anchor in anchors[file or name], f"{name} -> {file}#{anchor}"


def test_examples_are_what_the_api_takes_and_gives():
    for path, methods in described()["paths"].items():
        for method, operation in methods.items():
            endpoint = getattr(goodword.app.routes[path][method.upper()].view_function, "endpoint", None)
            if endpoint is None:
                continue
            sent = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if sent:
                msgspec.convert(sent["examples"]["example"]["value"], endpoint.body)
            content = operation["responses"][str(endpoint.status)]["content"].get("application/json")
            kinds = get_args(endpoint.answer) if isinstance(endpoint.answer, UnionType) else (endpoint.answer,)
            for kind in kinds:
                if kind not in (Document, ExportPart):
                    msgspec.convert(content["examples"]["example"]["value"], kind)


def test_what_a_call_is_refused_with_is_found_behind_what_it_calls_and_at_the_door():
    view = goodword.app.routes["/v1/links"]["POST"].view_function
    raised = {
        node.exc.func.id for node in ast.walk(ast.parse(inspect.getsource(create))) if isinstance(node, ast.Raise)
    }

    own = {kind.__name__ for kind in refusals.own(view)}
    door = {kind.__name__ for kind in refusals.at_the_door(view)}

    assert raised <= own
    assert {"ProgramNotFound", "PartnerNotFound"} <= own
    assert {"Unauthorized", "Forbidden", "InvalidJson"} <= door - own
