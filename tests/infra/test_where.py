"""The guide that says where each job is done: its paths are served, and no admin page is missing from it."""

import re
from typing import NamedTuple

import app as goodword
from tests.running import ROOT

GUIDE = ROOT / "docs" / "guides" / "where.md"
# These lead to a page, or are a part of one.
NO_PLACES = {
    *("/admin/sign-in", "/admin/sign-in/{id}", "/admin/sign-out", "/admin/link", "/admin/dead-letters/{id}"),
    *("/admin/payout-settings", "/admin/programs/{id}/margin"),
    *(f"/admin/partners/{{id}}/{form}" for form in ("category", "tier", "programs", "links", "emails", "sign-in")),
    *("/admin/programs/{id}/email-preview", "/admin/programs/{id}/thanks/new", "/admin/static/{id}", "/admin/{proxy+}"),
}


class Row(NamedTuple):
    """A job, and the cells that name its pages and its calls."""

    job: str
    pages: str
    calls: str


def rows(text):
    """Return the rows of the guide's tables, without their heads."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", text, re.MULTILINE)
    ]
    return [Row(*row) for row in cells if row[0] != "job" and set(row[0]) != {"-"}]


def pages(cell):
    return re.findall(r"`(/[^`]*)`", cell)


def calls(cell):
    return re.findall(r"`(GET|POST|PATCH|DELETE) (/[^`]*)`", cell)


def test_every_page_of_the_guide_is_one_that_is_served():
    named = {page for row in rows(GUIDE.read_text()) for page in pages(row.pages)}

    assert {page for page in named if "GET" not in goodword.app.routes.get(page, {})} == set()


def test_every_call_of_the_guide_is_one_that_the_api_takes():
    named = {call for row in rows(GUIDE.read_text()) for call in calls(row.calls)}

    assert {(method, path) for method, path in named if method not in goodword.app.routes.get(path, {})} == set()


def test_every_admin_page_is_in_the_guide():
    named = {page for row in rows(GUIDE.read_text()) for page in pages(row.pages)}
    served = {
        path
        for path, methods in goodword.app.routes.items()
        if "GET" in methods and (path == "/admin" or path.startswith("/admin/"))
    }

    assert served - named - NO_PLACES == set()
    assert served >= NO_PLACES
    assert named & NO_PLACES == set()


def test_every_job_has_a_page_or_a_call_and_is_named_once():
    table = rows(GUIDE.read_text())

    assert [row.job for row in table if not pages(row.pages) and not calls(row.calls)] == []
    assert len({row.job for row in table}) == len(table)


def test_every_change_that_the_api_can_make_is_in_the_guide():
    named = {call for row in rows(GUIDE.read_text()) for call in calls(row.calls)}
    changes = {
        (method, path)
        for path, methods in goodword.app.routes.items()
        for method in methods
        if path.startswith("/v1/") and method not in {"GET", "HEAD", "OPTIONS"}
    }

    assert changes - named == {
        # These are for your website and your server, not jobs of a person.
        ("POST", "/v1/conversions/batch"),
        ("POST", "/v1/programs/{id}/leads"),
        *(("POST", f"/v1/{of}/{{id}}/{what}") for of in ("asks", "moments") for what in ("seen", "declined")),
        # The partner writes it.
        ("POST", "/v1/partners/{id}/feedback"),
    }
