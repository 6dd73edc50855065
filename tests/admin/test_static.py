"""What the admin pages load: served from here, kept for good, and the very files that were published."""

import base64
import hashlib
import json
import subprocess
import sys

import pytest
from chalice.test import Client

import app as goodword
from chalicelib.admin.serve import name_of
from infra import package
from tests.running import ROOT

STATIC = ROOT / "chalicelib/admin/static"
VENDORED = STATIC / "uplot"
SERVED = {
    "charts.js": "text/javascript; charset=utf-8",
    "charts.css": "text/css; charset=utf-8",
    "uplot/uPlot.iife.min.js": "text/javascript; charset=utf-8",
    "uplot/uPlot.min.css": "text/css; charset=utf-8",
}


def get(name):
    with Client(goodword.app) as client:
        return client.http.get(f"/admin/static/{name}")


@pytest.mark.parametrize("file", SERVED)
def test_a_file_is_served_as_what_it_is_and_kept_for_good(file):
    answer = get(name_of(file))

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == SERVED[file]
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.body == (STATIC / file).read_bytes()


def test_a_name_says_which_bytes_the_file_has():
    content = (STATIC / "charts.js").read_bytes()

    assert name_of("charts.js") == f"charts.{hashlib.sha256(content).hexdigest()[:16]}.js"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("charts.js", id="without what is in it"),
        pytest.param("charts.0123456789abcdef.js", id="with something else in it"),
        pytest.param("origin.json", id="what is not for browsers"),
        pytest.param("LICENSE", id="without a kind"),
        pytest.param("..%2Fserve.py", id="out of the folder"),
    ],
)
def test_any_other_name_is_not_known(name):
    answer = get(name)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "We can&#39;t find this page" in answer.body.decode()
    assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_what_others_wrote_is_as_they_published_it_with_their_license():
    origin = json.loads((VENDORED / "origin.json").read_text())
    here = {
        file.name: f"sha512-{base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()}"
        for file in VENDORED.iterdir()
        if file.name != "origin.json"
    }

    assert here == origin["files"]
    assert f"(v{origin['version']})" in (VENDORED / "uPlot.iife.min.js").read_text()[:100]
    assert "The MIT License" in (VENDORED / "LICENSE").read_text()
    assert origin["tarball"].endswith(f"/uplot-{origin['version']}.tgz")
    # What npm says of that file: `npm view uplot@<version> dist.integrity`.
    assert len(base64.b64decode(origin["integrity"].removeprefix("sha512-"))) == 64


def test_the_package_holds_all_of_it():
    files = [file.relative_to(ROOT).as_posix() for file in STATIC.rglob("*") if file.is_file()]

    assert len(files) == 7
    assert all(package._ships(file) for file in files)


def test_nothing_of_it_is_read_before_it_is_asked_for():
    program = (
        "import sys, app\n"
        "from chalicelib.admin import serve\n"
        "assert serve._text.cache_info().misses == serve._files.cache_info().misses == 0\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
