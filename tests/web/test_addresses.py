"""The addresses of pages: each has a view, which is imported when it is asked for and not before."""

import inspect
import json
import subprocess
import sys

import pytest

import app as goodword
from chalicelib.web.addresses import Deferred
from tests.running import ROOT

PAGES = [
    pytest.param(view, id=f"{method} {path}")
    for path, methods in goodword.app.routes.items()
    for method, entry in methods.items()
    if isinstance(view := inspect.unwrap(entry.view_function), Deferred)
]


@pytest.mark.parametrize("view", PAGES)
def test_every_address_of_a_page_has_a_view_that_says_what_it_does(view):
    assert view.load().__doc__


def test_pages_of_all_rooms_are_among_them():
    assert {page.values[0].module.split(".")[1] for page in PAGES} == {"pages", "portal", "admin"}


def test_no_function_imports_pages_or_templates_before_one_is_asked_for():
    listing = "import sys, json, app; print(json.dumps(sorted(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", listing], cwd=ROOT, stdout=subprocess.PIPE, check=True)

    rooms = ("chalicelib.pages.", "chalicelib.portal.", "chalicelib.admin.", "chalicelib.web.")
    loaded = json.loads(done.stdout)
    assert [name for name in loaded if name.startswith(rooms)] == [
        "chalicelib.admin.routes",
        "chalicelib.pages.routes",
        "chalicelib.portal.routes",
        "chalicelib.web.addresses",
    ]
    assert not {name.split(".")[0] for name in loaded} & {"jinja2", "segno"}
