"""What others' tools make of the OpenAPI document: nothing to complain of, and clients of all of it."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.openapi.conftest import NODE
from tests.running import ROOT

HERE = ROOT / "tests" / "openapi"


def run(*command, cwd=ROOT):
    result = subprocess.run([str(one) for one in command], cwd=cwd, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr}"
    return result.stdout + result.stderr


@pytest.fixture(scope="module")
def names(document):
    paths = json.loads(document.read_text())["paths"]
    return {one["operationId"] for methods in paths.values() for one in methods.values()}


@pytest.fixture(scope="module")
def client(document, tmp_path_factory):
    """A client of Python's, as openapi-python-client makes it, which warns of whatever it leaves out."""
    folder = tmp_path_factory.mktemp("client") / "goodword_client"
    tool = Path(sys.executable).parent / "openapi-python-client"
    options = ["--config", HERE / "python-client.yaml", "--meta", "none", "--fail-on-warning"]
    run(tool, "generate", "--path", document, "--output-path", folder, *options)
    sys.path.insert(0, str(folder.parent))
    yield folder
    sys.path.remove(str(folder.parent))


def test_spectral_finds_nothing_wrong(document):
    run(NODE / "spectral", "lint", document, "--ruleset", HERE / "spectral.yaml", "--fail-severity", "hint")


def test_redocly_finds_nothing_wrong(document):
    run(NODE / "redocly", "lint", document, "--config", HERE / "redocly.yaml")


def test_a_python_client_is_made_of_all_of_it(client, names):
    modules = {file.stem for file in (client / "api").rglob("*.py")} - {"__init__"}

    assert modules == {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in names}
    for file in client.rglob("*.py"):
        ast.parse(file.read_text())


def test_a_python_client_creates_and_reads_a_partner_and_gets_the_reason_of_a_refusal(client, running):
    from goodword_client import AuthenticatedClient
    from goodword_client.api.partners import create_partner, get_partner, list_partners
    from goodword_client.models import NewPartner, PartnerView, Problem

    with AuthenticatedClient(base_url=running.url, token=running.key, timeout=httpx.Timeout(60)) as goodword:
        made = create_partner.sync(client=goodword, body=NewPartner(name="Grace", programs=["ext_sample"]))
        again = get_partner.sync(client=goodword, id=made.id)
        listed = list_partners.sync(client=goodword, limit=5)
        missing = get_partner.sync(client=goodword, id="ext_nobody")

    assert isinstance(made, PartnerView)
    assert again == made
    assert made.id in {one.id for one in listed.data}
    assert isinstance(missing, Problem)
    assert missing.code == "partner_not_found"


def test_types_of_typescript_are_made_of_all_of_it_and_ask_for_no_more_than_must_be_sent(document, names, tmp_path):
    types = tmp_path / "api.ts"
    run(NODE / "openapi-typescript", document, "-o", types)
    made = types.read_text().partition("export interface operations {")[2]
    (tmp_path / "client.ts").write_text((HERE / "client.ts").read_text())

    run(NODE / "tsc", "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", tmp_path / "client.ts")
    assert set(re.findall(r"^    (\w+): \{", made, re.MULTILINE)) >= names
