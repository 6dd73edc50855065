"""Pages that cannot be shown just now: whoever reads pages is answered by one, and told when to come again."""

import pytest

from chalicelib.access.rate_limit import TooManyRequests
from chalicelib.access.sessions import begin
from chalicelib.kit import memory
from chalicelib.kit.errors import InvalidValue
from chalicelib.pages import views
from chalicelib.portal.session import COOKIE, LASTING
from chalicelib.search import business
from tests.faults.line import Fault, Refused
from tests.forms import Browser
from tests.reading import read
from tests.world import NOON

THROTTLED = Refused(at=0, code="ThrottlingException", tries=1000)


@pytest.fixture
def ada(shop):
    """A partner who is signed in, with a page of her own."""
    partner = shop.partner(shop.program(joining="open"))
    browser = Browser(shop)
    browser.cookies = {COOKIE: begin(partner["id"], lasting=LASTING, at=shop.at).cookie}
    browser.share_page = partner["enrollments"][0]["share_url"].removeprefix("https://go.example")
    return browser


def test_while_the_database_is_busy_a_page_says_so_and_then_is_there_again(shop, ada):
    program = shop.get("/v1/programs").json["data"][0]["id"]
    paths = [f"/join/{program}", f"/terms/{program}-1", ada.share_page, "/portal", "/portal/links"]
    memory.forget_everything()
    shop.line.fault = THROTTLED
    busy = [ada.get(path) for path in paths] + [ada.send("/portal/link", email="ada@mail.example")]
    shop.line.fault = Fault()

    for answer in busy:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "X-Request-Id" in answer.headers
        assert [one.text for one in read(answer.body).all("h1")] == ["Just a moment"]
        assert "Please try again in a moment." in read(answer.body).text
    assert [ada.get(path).status for path in paths] == [200] * len(paths)


def test_it_says_so_in_the_readers_language(shop):
    shop.line.fault = THROTTLED

    assert "Einen Augenblick" in Browser(shop, language="de").get("/join/x").body


@pytest.mark.parametrize(
    ("refusal", "status", "heading", "text"),
    [
        pytest.param(
            TooManyRequests(at=NOON), 429, "Too many requests at once.", "send this again in 60 minutes.", id="too many"
        ),
        pytest.param(InvalidValue("It is no day."), 422, "That did not work", "It is no day.", id="another refusal"),
    ],
)
def test_a_refusal_that_a_view_does_not_handle_is_shown_as_a_page(shop, monkeypatch, refusal, status, heading, text):
    def refuse(_request, **_path):
        raise refusal

    monkeypatch.setattr(views, "show_terms", refuse)

    answer = shop.get("/terms/x")

    assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert [one.text for one in read(answer.body).all("h1")] == [heading]
    assert text in read(answer.body).text
    assert {*refusal.headers.items()} <= {*answer.headers.items()}


@pytest.mark.parametrize(
    ("language", "heading"), [("en", "Something went wrong"), ("de", "Da ist etwas schiefgegangen")]
)
def test_a_page_that_fails_says_so_in_the_readers_language_and_the_log_says_why(
    shop, monkeypatch, caplog, language, heading
):
    def fail(_request, **_path):
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(views, "show_terms", fail)

    answer = shop.get("/terms/x", headers={"Accept": "text/html", "Accept-Language": language, "X-Request-Id": "r-1"})

    assert (answer.status, answer.headers["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert [one.text for one in read(answer.body).all("h1")] == [heading]
    assert "ZeroDivisionError" not in answer.body
    [logged] = [one for one in caplog.records if one.levelname == "ERROR"]
    assert (logged.getMessage(), logged.request_id) == ("GET /terms/{id} failed", "r-1")
    assert "a fault of ours" in str(logged.exc_info[1])


def test_the_api_answers_a_failure_with_a_problem_to_every_client(shop, monkeypatch):
    def fail(*_arguments, **_options):
        raise ZeroDivisionError

    monkeypatch.setattr(business, "list_programs", fail)

    answer = shop.get("/v1/programs", headers={"Accept": "text/html"})

    assert (answer.status, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert answer.json["code"] == "internal_error"


@pytest.mark.parametrize("path", ["/portal/nothing", "/admin/nothing"])
def test_an_address_below_the_portal_or_the_admin_pages_that_is_none_says_so_in_a_page(shop, path):
    english, german = (Browser(shop, language=language).get(path) for language in ("en", "de"))

    assert {(one.status, one.headers["Content-Type"]) for one in (english, german)} == {
        (404, "text/html; charset=utf-8")
    }
    assert [one.text for one in read(english.body).all("h1")] == ["We can't find this page"]
    assert [one.text for one in read(german.body).all("h1")] == ["Wir finden diese Seite nicht"]
