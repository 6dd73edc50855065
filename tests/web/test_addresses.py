"""The addresses of pages: each has a view, which is imported when it is asked for and not before."""

import inspect
import json
import subprocess
import sys
from urllib.robotparser import RobotFileParser

import pytest

import app as goodword
from chalicelib.web.addresses import Deferred
from tests.forms import Browser
from tests.running import ROOT

PAGES = [
    pytest.param(view, id=f"{method} {path}")
    for path, methods in goodword.app.routes.items()
    for method, entry in methods.items()
    if isinstance(view := inspect.unwrap(entry.view_function), Deferred)
]


def test_every_address_of_a_page_has_a_view_that_says_what_it_does():
    assert [view for view in PAGES if not view.values[0].load().__doc__] == []


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


def test_every_address_that_answers_get_answers_head():
    for path, methods in goodword.app.routes.items():
        assert ("HEAD" in methods) == ("GET" in methods), path


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "MADE-UP"])
def test_a_method_that_an_address_does_not_take_is_405_with_those_it_takes(shop, method):
    for path, methods in goodword.app.routes.items():
        if method in methods:
            continue
        event = {
            "resource": path,
            "path": path,
            "httpMethod": method,
            "headers": {},
            "multiValueHeaders": {},
            "multiValueQueryStringParameters": None,
            "pathParameters": {"id": "x"},
            "stageVariables": None,
            "requestContext": {"resourcePath": path, "httpMethod": method, "requestId": "req-1", "identity": {}},
            "body": "",
            "isBase64Encoded": False,
        }
        answer = goodword.app(event, None)
        problem = json.loads(answer["body"] or "{}")

        assert answer["statusCode"] == 405, path
        assert answer["headers"]["Allow"].split(", ") == list(methods)
        assert answer["headers"]["Content-Type"] == "application/problem+json"
        assert method == "HEAD" or (problem["code"], problem["status"], problem["request_id"]) == (
            "method_not_allowed",
            405,
            "req-1",
        )


@pytest.mark.parametrize("exists", [True, False], ids=["something", "nothing there"])
def test_head_is_answered_as_get_without_a_body(shop, exists):
    program = shop.program(joining="open")
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    page = ada["enrollments"][0]["share_url"].removeprefix("https://go.example")
    paths = [
        *("/", "/healthz", "/portal", "/admin", "/robots.txt", "/favicon.ico", "/openapi.json", "/v1/errors"),
        *(f"/join/{program['id']}", page, f"/terms/{program['id']}-1", f"/goodword.js?program={program['id']}"),
        *(f"/v1/qr/{code}.svg", f"/v1/qr/{code}.png", f"/v1/partners/{ada['id']}", "/v1/programs"),
    ]
    if not exists:
        paths = [
            "/join/x",
            "/s/x",
            "/terms/x",
            "/u/x",
            "/goodword.js",
            "/v1/qr/x.svg",
            "/v1/partners/x",
            "/portal/sign-in/x",
        ]

    for path in paths:
        get, head = (shop.client.http.request(method, path, headers=headers(shop)) for method in ("GET", "HEAD"))
        assert (head.status_code, head.body) == (get.status_code, b""), path
        assert lasting_headers(head) == lasting_headers(get), path
        assert get.body or get.status_code == 303, path
        assert (get.status_code < 400) == exists, path


def headers(shop):
    return {"Authorization": f"Bearer {shop.key}", "X-Request-Id": "one"}


def lasting_headers(response):
    return {name.lower(): value for name, value in response.headers.items() if name.lower() != "content-length"}


def test_head_of_a_protected_path_reveals_nothing_without_a_key(shop):
    answer = shop.client.http.request("HEAD", "/v1/partners", headers={"Authorization": ""})

    assert (answer.status_code, answer.body) == (401, b"")


FORMS = [
    pytest.param(path, id=path)
    for path, methods in goodword.app.routes.items()
    if "POST" in methods and isinstance(inspect.unwrap(methods["POST"].view_function), Deferred)
]


@pytest.mark.parametrize("path", FORMS)
def test_the_address_of_a_form_that_is_opened_leads_to_a_page(shop, path):
    browser = Browser(shop)

    answer = browser.get(path.replace("{id}", "unknown"))
    if answer.status == 303:
        answer = browser.get(answer.headers["Location"].removeprefix("https://go.example"))

    assert answer.status in (200, 401, 404, 410)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/portal/link", "/portal"),
        ("/portal/emails", "/portal/settings"),
        ("/portal/sign-out", "/portal"),
        ("/portal/sign-out-everywhere", "/portal"),
        ("/admin/sign-in", "/admin"),
        ("/admin/sign-out", "/admin"),
        ("/admin/dead-letters/x", "/admin/messages"),
    ],
)
def test_the_address_of_a_form_that_is_opened_leads_to_the_page_it_is_on(shop, path, page):
    admin = Browser(shop)
    admin.send("/admin/sign-in", key=shop.key)
    signed_in = dict(admin.cookies)

    answer = admin.get(path)

    assert (answer.status, answer.headers["Location"]) == (303, page)
    # Opening it is no sign-out.
    assert admin.cookies == signed_in
    assert admin.get("/admin").status == 200


def test_the_bare_host_leads_to_the_portal(shop):
    answer = Browser(shop).get("/")

    assert (answer.status, answer.headers["Location"]) == (303, "/portal")


def test_robots_may_look_at_pages_which_say_that_they_are_not_to_be_listed(shop):
    robots = RobotFileParser()
    robots.parse(Browser(shop).get("/robots.txt").body.splitlines())
    pages = ["/", "/tea", "/s/x", "/join/x", "/terms/x", "/portal", "/u/x"]

    assert all(robots.can_fetch("anything", path) for path in pages)
    assert not robots.can_fetch("anything", "/v1/partners")
    assert {Browser(shop).get(path).headers["X-Robots-Tag"] for path in pages} == {"noindex"}


def test_pages_have_an_icon(shop):
    response = shop.client.http.request("GET", "/favicon.ico", headers={"Accept": "image/*"})
    pages = [Browser(shop).get(path).body for path in ("/portal", "/admin", "/join/x")]

    assert (response.headers["Content-Type"], response.body[:4]) == ("image/png", b"\x89PNG")
    assert all('<link rel="icon" href="/favicon.ico">' in page for page in pages)
