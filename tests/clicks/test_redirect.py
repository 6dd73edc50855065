"""The redirect as a function of its own: both front doors, and nothing imported that a click does not need."""

import base64
import hashlib
import html
import json
import re
import subprocess
import sys
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from chalicelib.clicks import redirect
from chalicelib.clicks.table import Click, to_item
from chalicelib.kit import ids
from chalicelib.links import find, look_up
from tests.world import NOON, click_of

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def rest(code, method="GET", **headers):
    return {
        "httpMethod": method,
        "path": f"/{code}",
        "pathParameters": {"id": code},
        "headers": {"User-Agent": BROWSER, **headers},
        "requestContext": {"identity": {"sourceIp": "203.0.113.9"}, "requestId": "r"},
    }


def function_url(path, method="GET", **headers):
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": {"user-agent": BROWSER, **headers},
        "requestContext": {"http": {"method": method, "sourceIp": "203.0.113.9", "path": path}},
    }


@pytest.fixture
def link(shop):
    program = shop.program()
    return shop.link(program, shop.partner(program))


def stored():
    items = boto3.client("dynamodb").scan(TableName="goodword-test-clicks")["Items"]
    return [click_of(item) for item in items if item["row"]["S"] == "click"]


@pytest.mark.parametrize("door", [rest, lambda code, **more: function_url(f"/{code}", **more)], ids=["rest", "url"])
def test_both_front_doors_send_the_visitor_on_and_store_the_click(link, door):
    answer = redirect.handler(door(link["code"]), None)

    query = parse_qs(urlsplit(answer["headers"]["Location"]).query)
    assert (answer["statusCode"], answer["body"]) == (302, "")
    assert query["ref"] == [link["code"]]
    [click] = stored()
    assert (click.kind, click.browser, ids.time_of(click.sort)) == ("human", "Firefox", NOON)


def test_a_head_request_has_no_body_and_other_methods_are_not_for_links(link):
    nowhere = redirect.handler(function_url("/no-such-link", "HEAD"), None)
    posted = redirect.handler(function_url(f"/{link['code']}", "POST"), None)

    assert (nowhere["statusCode"], nowhere["body"]) == (404, "")
    assert (posted["statusCode"], posted["headers"]["Allow"]) == (405, "GET, HEAD")
    assert stored() == []


@pytest.mark.parametrize("path", ["/", "//", "/a/b", "/favicon.ico", "/%00", "/" + "a" * 5000])
def test_other_paths_of_a_function_url_lead_nowhere(aws, path):
    assert redirect.handler(function_url(path), None)["statusCode"] == 404


@pytest.mark.parametrize(
    ("query", "passed_on"),
    [
        ("utm_source=a&tag=1&tag=2", "utm_source=a&tag=1&tag=2"),
        ("q=%22%3Cb%3E%0d%0aSet-Cookie:x", "q=%22%3Cb%3E%0d%0aSet-Cookie:x"),
        ('a="<b>\r\n\u00e9{}|', "a=%22%3Cb%3E%0D%0A%C3%A9%7B%7D%7C"),
        ("ref=b&r%65f=c&gw_click=d&e", "e"),
        ("x=" + "a" * 3000, ""),
        ("", ""),
    ],
)
def test_a_function_url_passes_a_visitors_parameters_on_as_they_are_encoded(link, query, passed_on):
    answer = redirect.handler({**function_url(f"/{link['code']}"), "rawQueryString": query}, None)

    own = "lang=en&" + (f"{passed_on}&" if passed_on else "")
    assert urlsplit(answer["headers"]["Location"]).query.startswith(f"{own}ref={link['code']}&gw_click=clk_2_")


def test_a_rest_api_passes_a_visitors_parameters_on(link):
    parameters = {"utm_source": ["a b&c"], "tag": ["1", "2"]}

    answer = redirect.handler({**rest(link["code"]), "multiValueQueryStringParameters": parameters}, None)

    assert urlsplit(answer["headers"]["Location"]).query.startswith("lang=en&utm_source=a%20b%26c&tag=1&tag=2&ref=")


@pytest.mark.parametrize("path", ["{code}/", "{code}.", "{code}%E2%80%8B", "{code}%20", "%20{code})"])
def test_what_stands_around_a_code_is_taken_off(link, path):
    assert redirect.handler(function_url("/" + path.format(code=link["code"])), None)["statusCode"] == 302


SECRET = "a secret that only the front knows"
VIEWERS = ("198.51.100.7:1234", "198.51.100.7:999", "[2001:db8::1]:80")


@pytest.fixture
def front(monkeypatch):
    monkeypatch.setenv("GOODWORD_FRONT_SECRETS", f"{SECRET.replace(' ', '-')} {'x' * 32}")
    return {"x-goodword-front": SECRET.replace(" ", "-")}


def test_behind_cloudfront_visitors_are_told_apart_by_the_address_it_tells(link, front):
    for viewer in VIEWERS:
        headers = front | {"cloudfront-viewer-address": viewer, "cloudfront-viewer-country": "DE"}
        redirect.handler(function_url(f"/{link['code']}", **headers), None)

    assert len({click.visitor for click in stored()}) == 2
    assert {click.country for click in stored()} == {"DE"}


def test_behind_a_proxy_visitors_are_told_apart_by_the_address_it_tells(link, front):
    for viewer in ("198.51.100.7", "198.51.100.7", "2001:db8::1"):
        redirect.handler(function_url(f"/{link['code']}", **front, **{"x-goodword-viewer": viewer}), None)

    assert len({click.visitor for click in stored()}) == 2


@pytest.mark.parametrize("proof", [{}, {"x-goodword-front": ""}, {"x-goodword-front": "a guess"}])
def test_who_names_a_viewer_without_the_fronts_secret_is_who_they_are(link, front, proof):
    for viewer in VIEWERS:
        claims = {"cloudfront-viewer-address": viewer, "cloudfront-viewer-country": "ZZ", "x-goodword-viewer": viewer}
        redirect.handler(function_url(f"/{link['code']}", **proof, **claims), None)

    assert len({click.visitor for click in stored()}) == 1
    assert {click.country for click in stored()} == {None}


def test_without_a_front_no_secret_is_right(link):
    for viewer in VIEWERS:
        claims = {"cloudfront-viewer-address": viewer, "x-goodword-front": ""}
        redirect.handler(function_url(f"/{link['code']}", **claims), None)

    assert len({click.visitor for click in stored()}) == 1


def test_the_redirect_reads_a_link_as_the_model_wrote_it(shop):
    program = shop.program()
    made = shop.link(program, shop.partner(program), expires_at="2026-03-11T00:00:00.123Z")
    row = find.find(made["id"])

    assert look_up.look_up(made["code"], at=NOON) == (
        row.key,
        row.code,
        row.program_id,
        row.partner_id,
        row.destination,
        row.expires_at,
    )
    assert look_up.look_up(made["code"], at=NOON + timedelta(hours=12, milliseconds=123)) is None


@pytest.mark.parametrize(("country", "host"), [("AT", "blog.example"), (None, None)])
def test_a_click_is_read_as_it_was_written(country, host):
    click = Click(
        "k#2026-03-10T09#0", "0" * 26, "prg_1", "ptr_1", "human", "browser", "mobile", "Safari", country, host, "v", 5
    )

    assert click_of(json.loads(json.dumps(to_item(click)))) == click


def test_a_cold_redirect_imports_no_framework_no_models_and_no_sdk():
    imported = subprocess.run(
        [sys.executable, "-c", "import sys, chalicelib.clicks.redirect; print(' '.join(sys.modules))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()

    heavy = {
        "chalice",
        "pynamodb",
        "botocore",
        "boto3",
        "msgspec",
        "jinja2",
        "segno",
        "shortuuid",
        "http.client",
        "email",
    }
    assert heavy & set(imported) == set()


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de-AT,de;q=0.9", "funktioniert nicht"),
        ("fr, en;q=0.2, de;q=0.8", "funktioniert nicht"),
        ("fr", "This link doesn't work"),
        ("", "This link doesn't work"),
    ],
)
def test_a_link_that_leads_nowhere_says_so_in_the_visitors_language_in_a_page_of_its_own_style(
    shop, language, sentence
):
    answer = redirect.handler(rest("nobodys", **{"Accept-Language": language}), None)

    assert sentence in html.unescape(answer["body"])
    assert "<main><h1>" in answer["body"]
    style = re.search(r"<style>(.*?)</style>", answer["body"])[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer["headers"]["Content-Security-Policy"]
    assert "prefers-color-scheme:dark" in style
