"""The viewer of the API: others wrote it, it is as they published it, and it does not ship."""

import base64
import hashlib
import json
import re

from tests.running import ROOT

VENDORED = ROOT / "infra/local/viewer"


def test_what_others_wrote_is_as_they_published_it_with_their_licenses():
    origin = json.loads((VENDORED / "origin.json").read_text())
    here = {
        file.name: f"sha512-{base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()}"
        for file in VENDORED.iterdir()
        if file.is_file() and file.name not in ("origin.json", "__init__.py")
    }

    assert here == origin["files"]
    assert f"RapiDoc {origin['version']}" in (VENDORED / "rapidoc-min.js").read_text(encoding="utf-8")[:300]
    assert "MIT License" in (VENDORED / "LICENSE").read_text()
    assert origin["tarball"].endswith(f"/rapidoc-{origin['version']}.tgz")


def test_nothing_that_ships_asks_for_it():
    shipped = [ROOT / "app.py", *(ROOT / "chalicelib").rglob("*.py")]

    assert not [file for file in shipped if re.search(r"^\s*(from|import) infra", file.read_text(), re.MULTILINE)]
