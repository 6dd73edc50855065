"""A page checks a code that a visitor typed: whether it counts, and what a friend gets, but not whose it is."""

import pytest

from chalicelib.conversions import check_code as checks

SITE = "https://shop.example"
VIEW = {"object", "program", "code", "valid", "reason", "currency", "rules", "sentence"}


class Website:
    """A program with a website, Ada who refers, and a publishable key."""

    def __init__(self, shop, **terms):
        self.shop, self.program = shop, shop.program(origins=[SITE], **terms)
        self.ada = shop.partner(self.program)
        self.link = shop.link(self.program, self.ada, code="tea-with-ada")
        self.key = shop.post(f"/v1/programs/{self.program['id']}/keys", {"name": "website"}).json["secret"]

    def check(self, code, *, origin=SITE, key=None, query="", **headers):
        headers |= {"Origin": origin} if origin else {}
        return self.shop.call("GET", f"/v1/codes/{code}{query}", key=key or self.key, headers=headers)


@pytest.fixture
def website(shop):
    return Website(shop)


def test_a_page_learns_that_a_code_is_valid_and_what_the_friend_gets_but_not_whose_it_is(website):
    answer = website.check("tea-with-ada")

    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    assert set(answer.json) == VIEW
    assert (answer.json["valid"], answer.json["reason"], answer.json["code"]) == (True, None, "tea-with-ada")
    assert [(rule["on"], rule["to"], rule["flat"]["amount"]) for rule in answer.json["rules"]] == [
        ("sale", "referee", 500)
    ]
    assert answer.json["sentence"] == "You get $5.00 for every purchase."
    for secret in (website.ada["id"], website.link["id"], "Ada", "1500"):
        assert secret not in answer.body.replace("tea-with-ada", "")


def test_what_the_friend_gets_is_said_in_the_language_that_is_asked_for(website):
    by_query = website.check("tea-with-ada", query="?language=de-AT")
    by_browser = website.check("tea-with-ada", **{"Accept-Language": "de-AT,de;q=0.9"})

    assert by_query.json["sentence"] == "Du bekommst $\xa05,00 für jeden Kauf."
    assert by_browser.json == by_query.json
    assert website.check("nobodys", query="?language=de").json["sentence"].startswith("Diesen Code kennen wir nicht.")
    assert website.check("tea-with-ada", query="?language=deutsch").status == 422


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("TEA-WITH-ADA", id="in capitals"),
        pytest.param("%20tea-with-ada%20", id="with blanks"),
        pytest.param("tea-with-ada.", id="with a full stop"),
        pytest.param("tea%E2%80%91with%E2%80%91ada", id="with a telephone's hyphens"),
        pytest.param("https%3A%2F%2Fgo.example%2Ftea-with-ada%3Futm%3Dx", id="as a whole link"),
    ],
)
def test_a_code_is_read_as_a_conversions_code_is(shop, website, typed):
    assert website.check(typed).json["code"] == "tea-with-ada"


def test_a_code_that_cannot_count_says_why_and_gives_nothing(shop, website):
    foreign = shop.program(origins=[SITE])
    shop.link(foreign, shop.partner(foreign, name="Bob", email="bob@mail.example"), code="bobs-tea")
    shop.link(website.program, website.ada, code="until-noon", expires_at="2026-03-10T12:00:01Z")
    disabled = shop.link(website.program, website.ada, code="taken-back")
    shop.post(f"/v1/links/{disabled['id']}/disable", {})
    shop.wait(seconds=30)

    answers = {code: website.check(code).json for code in ("no-such", "!", "bobs-tea", "until-noon", "taken-back")}

    assert {code: one["reason"] for code, one in answers.items()} == {
        "no-such": "unknown_code",
        "!": "unknown_code",
        "bobs-tea": "unknown_code",
        "until-noon": "link_ended",
        "taken-back": "link_ended",
    }
    assert {(one["valid"], tuple(one["rules"])) for one in answers.values()} == {(False, ())}
    # Of another program's code nothing is different from one that does not exist.
    assert answers["bobs-tea"] == answers["no-such"]


@pytest.mark.parametrize("state", ["suspend", "ban"])
def test_a_code_of_a_partner_who_was_stopped_is_like_any_other_for_the_friend(shop, website, state):
    before = website.check("tea-with-ada").json
    body = {"reason": "self_referral", "earned": "keep", "note": "for the record"}
    assert shop.post(f"/v1/partners/{website.ada['id']}/{state}", body).status == 200
    shop.wait(minutes=2)

    assert website.check("tea-with-ada").json == before
    sale = shop.sale(website.program, customer="c-1", code="tea-with-ada").json
    shop.settle()
    assert {reward["to"] for reward in shop.get(f"/v1/conversions/{sale['id']}/explanation").json["rewards"]} == {
        "referee"
    }


def test_what_a_valid_code_promises_is_what_a_sale_with_it_then_gives(shop, website):
    [rule] = website.check("tea-with-ada").json["rules"]

    shop.sale(website.program, customer="c-1", code="tea-with-ada")
    shop.settle()

    customer = shop.get("/v1/customers/ext_c-1").json["id"]
    balances = shop.get(f"/v1/customers/{customer}/balances").json["balances"]
    assert [one["due"] for one in balances] == [rule["flat"]["amount"]]


def test_terms_to_come_are_not_promised_yet(shop, website):
    better = [{"on": "sale", "to": "referee", "flat": {"amount": 900, "currency": "USD"}}]
    shop.post(f"/v1/programs/{website.program['id']}/terms", {"rules": better})

    now = website.check("tea-with-ada").json["rules"]
    shop.wait(minutes=2)
    later = website.check("tea-with-ada").json["rules"]

    assert [one[0]["flat"]["amount"] for one in (now, later)] == [500, 900]


def test_a_code_that_gives_the_friend_nothing_is_valid_all_the_same(shop):
    website = Website(shop, rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])

    answer = website.check("tea-with-ada").json

    assert (answer["valid"], answer["rules"], answer["sentence"]) == (True, [], "This code is valid.")


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://shop.example"])
def test_pages_of_other_origins_are_refused_and_may_not_read_why(website, origin):
    answer = website.check("tea-with-ada", origin=origin)

    assert (answer.status, answer.json["code"]) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_browser_may_send_the_request_from_anywhere_and_reads_the_answer_on_the_programs_pages_only(website):
    path = "/v1/codes/tea-with-ada"
    answers = [
        website.shop.call("OPTIONS", path, headers={"Origin": origin}) for origin in (SITE, "https://evil.example")
    ]

    for answer, origin in zip(answers, (SITE, "https://evil.example"), strict=True):
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert answer.headers["Access-Control-Allow-Methods"] == "GET"
        assert answer.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
        assert answer.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_only_a_publishable_key_checks_codes_and_only_its_own_programs(shop, website):
    other = shop.program(origins=[SITE])
    others = shop.post(f"/v1/programs/{other['id']}/keys", {"name": "other"}).json["secret"]

    assert website.check("tea-with-ada", key=shop.key).status == 403
    assert website.check("tea-with-ada", key=website.key.replace("pk_", "pk_0")).status == 401
    assert website.check("tea-with-ada", key=others).json["reason"] == "unknown_code"


def test_a_refusal_can_be_read_by_the_page_that_sent_the_key(shop, website):
    wrong = website.check("tea-with-ada", key=website.key[:-1] + ("a" if website.key[-1] != "a" else "b"))

    assert (wrong.status, wrong.headers["Access-Control-Allow-Origin"]) == (401, SITE)


def test_codes_cannot_be_tried_out_without_end(shop, website, monkeypatch):
    monkeypatch.setattr(checks, "MOST_OF_A_VISITOR", 2)
    answers = [website.check(code) for code in ("one", "two", "tea-with-ada")]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Access-Control-Allow-Origin"] == SITE
    assert answers[2].headers["Retry-After"] == "3600"
    shop.wait(hours=1)
    assert website.check("tea-with-ada").json["valid"] is True


def test_a_program_answers_a_bounded_number_of_checks_in_an_hour(website, monkeypatch):
    monkeypatch.setattr(checks, "MOST_OF_A_PROGRAM", 1)

    assert [website.check("tea-with-ada").status for _ in range(2)] == [200, 429]
