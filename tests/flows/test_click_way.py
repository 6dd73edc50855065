"""The click way: a visitor is sent on, whatever happens; and what came by is known, with the reason."""

import logging
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from chalicelib.kit import config, signing
from infra.local import templates
from tests.faults.world import built_once
from tests.world import click_of

pytestmark = pytest.mark.moto("botocore")

BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PREVIEW = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"


@pytest.fixture
@built_once
def link(shop):
    program = shop.program()
    return shop.link(program, shop.partner(program))


def clicks():
    stored = boto3.client("dynamodb").scan(TableName="goodword-test-clicks")["Items"]
    return [click_of(item) for item in stored if item["row"]["S"] == "click"]


def test_a_visitor_is_sent_on_with_the_destinations_own_query_the_code_and_a_click_id(shop, link):
    answer = shop.click(link)

    target = urlsplit(answer.headers["Location"])
    assert answer.status == 302
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert (target.netloc, target.path) == ("tea.example", "/welcome")
    query = parse_qs(target.query)
    assert (query["lang"], query["ref"]) == (["en"], [link["code"]])
    assert len(query["gw_click"][0]) <= 160


@pytest.mark.parametrize("headers", [{}, {"Sec-Purpose": "prefetch"}])
def test_a_destination_copied_from_where_somebody_landed_brings_nobody_elses_touch_along(shop, headers):
    program = shop.program()
    ada, bob = shop.partner(program), shop.partner(program, name="Bob", email="bob@mail.example")
    landed = shop.click(shop.link(program, bob)).headers["Location"]
    link = shop.link(program, ada, destination=f"{landed}#gw_click=top")

    target = urlsplit(shop.click(link, **headers).headers["Location"])

    query = parse_qs(target.query)
    assert (query["lang"], query["ref"], target.fragment) == (["en"], [link["code"]], "gw_click=top")
    touches = [{"click_id": one} for one in query.get("gw_click", [])] or [{"code": query["ref"][0]}]
    assert len(touches) == 1
    assert shop.lead(program, touches=touches).json["partner"] == ada["id"]


def test_a_visitors_own_parameters_reach_the_page_and_replace_none_of_the_destinations(shop, link):
    own = "utm_source=newsletter&gclid=a%2Bb&tag=1&lang=de&ref=producthunt&gw_click=clk_x&q=%3Cb%3E"

    query = parse_qs(urlsplit(shop.click({"code": f"{link['code']}?{own}"}).headers["Location"]).query)

    assert (query["utm_source"], query["gclid"], query["tag"], query["q"]) == (["newsletter"], ["a+b"], ["1"], ["<b>"])
    assert (query["lang"], query["ref"]) == (["en"], [link["code"]])
    assert query["gw_click"][0].startswith("clk_2_")


def test_a_code_is_found_whatever_its_case(shop, link):
    assert shop.click({"code": link["code"].lower()}).status == 302


@pytest.mark.parametrize(
    ("sent", "kind", "reason"),
    [
        pytest.param({}, "human", "browser", id="a browser is a person"),
        pytest.param({"user_agent": BOT}, "bot", "bot_user_agent", id="a crawler says so"),
        pytest.param({"user_agent": "curl/8.1"}, "bot", "not_a_browser", id="a tool is not a browser"),
        pytest.param({"user_agent": " "}, "bot", "no_user_agent", id="who hides is not a person"),
        pytest.param({"user_agent": PREVIEW}, "preview", "preview_user_agent", id="a chat draws a preview"),
        pytest.param({"Sec-Purpose": "prefetch;prerender"}, "prefetch", "prefetch_header", id="a browser looks ahead"),
        pytest.param({"Sec-Fetch-Dest": "image"}, "bot", "embedded_as_image", id="a page embeds the link as a picture"),
        pytest.param({"method": "HEAD"}, "head", "head_request", id="a HEAD asks without going"),
    ],
)
def test_every_hit_is_stored_with_its_class_and_the_reason(shop, link, sent, kind, reason):
    assert shop.click(link, **sent).status == 302

    [click] = clicks()
    assert (click.kind, click.reason) == (kind, reason)


def test_a_click_keeps_device_country_and_referring_host_but_no_address_and_no_referring_page(shop, link):
    shop.click(link, **{"CloudFront-Viewer-Country": "AT", "Referer": "https://blog.example/private?user=7"})

    [click] = clicks()
    assert (click.device, click.browser, click.country, click.referrer_host) == (
        "mobile",
        "Safari",
        "AT",
        "blog.example",
    )
    stored = str(boto3.client("dynamodb").scan(TableName="goodword-test-clicks")["Items"])
    assert "127.0.0.1" not in stored
    assert "private" not in stored


def test_a_visitor_is_the_same_through_a_day_and_a_stranger_on_the_next(shop, link):
    shop.click(link)
    shop.click(link)
    shop.wait(days=1)
    shop.click(link)

    first, second, next_day = sorted(clicks(), key=lambda click: click.sort)
    assert first.visitor == second.visitor != next_day.visitor


def test_a_click_that_cannot_be_stored_still_sends_the_visitor_on_and_is_attributed(shop, caplog):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    boto3.client("dynamodb").delete_table(TableName="goodword-test-clicks")

    with caplog.at_level(logging.ERROR):
        click_id = shop.click_id(link)

    assert "click_lost" in caplog.text
    assert shop.lead(program, click_id=click_id).json["partner"] == ada["id"]


def test_a_link_that_cannot_be_looked_up_is_answered_with_try_again(shop, link):
    from chalicelib.kit import memory

    memory.forget_everything()
    boto3.client("dynamodb").delete_table(TableName="goodword-test-links")

    answer = shop.click(link)

    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")


def test_unknown_disabled_and_expired_links_end_on_the_same_page(shop, link):
    from chalicelib.kit import memory

    program = shop.program()
    expiring = shop.link(program, shop.partner(program), expires_at="2026-03-10T13:00:00Z")
    shop.post(f"/v1/links/{link['id']}/disable")
    shop.wait(hours=1)
    memory.forget_everything()

    answers = [
        shop.click({"code": code}) for code in ("never-was", link["code"], expiring["code"], "%2e%2e%2f", "a" * 3000)
    ]

    assert {answer.status for answer in answers} == {404}
    assert len({answer.body for answer in answers}) == 1
    assert clicks() == []


def test_the_redirect_sets_no_cookie(shop):
    program = shop.program()
    link = shop.link(program, shop.partner(program))

    assert "Set-Cookie" not in shop.click(link).headers


def test_a_page_fetched_ahead_is_told_the_code_alone_so_that_who_sees_it_later_counts(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)

    query = parse_qs(urlsplit(shop.click(link, **{"Sec-Purpose": "prefetch"}).headers["Location"]).query)

    assert "gw_click" not in query
    assert shop.lead(program, code=query["ref"][0]).json["partner"] == ada["id"]


@pytest.mark.parametrize(
    "sent", [{"user_agent": BOT}, {"user_agent": PREVIEW}, {"user_agent": "Some App/1.0"}, {"method": "HEAD"}], ids=str
)
def test_whoever_signs_up_is_a_person_whatever_their_click_was_taken_for(shop, sent):
    program = shop.program()
    ada = shop.partner(program)

    lead = shop.lead(program, click_id=shop.click_id(shop.link(program, ada), **sent))

    assert clicks()[0].kind != "human"
    assert (lead.json["attribution"], lead.json["partner"]) == ("last_touch", ada["id"])


@pytest.mark.parametrize(
    "behind",
    [".", ",", "!", ")", "]", ">", ";", ":", "'", '"', "*", "/", "%E2%80%8B", "%C2%A0", "%E2%80%A6", ").", "%EF%BB%BF"],
)
def test_what_messengers_make_part_of_a_link_is_taken_off(shop, link, behind):
    assert shop.click({"code": f"{link['code']}{behind}"}).status == 302


@pytest.mark.parametrize("hits", [1, 5])
def test_a_click_is_found_by_its_id_also_of_a_hot_link(shop, link, hits):
    views = [shop.get(f"/v1/clicks/{shop.click_id(link)}").json for _ in range(hits)]

    assert [(one["stored"], one["click_class"], one["reason"]) for one in views] == [(True, "human", "browser")] * hits
    assert {(one["partner"], one["code"], one["device"]) for one in views} == {
        (link["partner"], link["code"].lower(), "mobile")
    }
    assert len({click.partition for click in clicks()}) == (2 if hits > 3 else 1)


def test_the_redirect_needs_no_secret_but_that_of_clicks(shop, monkeypatch):
    environment = templates.read("app.yaml")["Resources"]["Redirect"]["Properties"]["Environment"]["Variables"]
    assert set(environment) == {"GOODWORD_CLICK_SECRETS", "GOODWORD_FRONT_SECRETS"}
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    with monkeypatch.context() as redirect:
        for name in ("GOODWORD_SECRETS", "GOODWORD_LASTING_SECRETS"):
            redirect.delenv(name)
        click_id = shop.click_id(link)

    assert shop.lead(program, click_id=click_id).json["partner"] == ada["id"]


def test_an_id_of_version_1_is_attributed_and_found_until_its_window_has_ended(shop):
    program = shop.program(window_days=30)
    ada = shop.partner(program)
    link = shop.link(program, ada)
    for _ in range(5):
        shop.click(link)
    key_id = signing.key_id(config.signing_secrets()[0])
    spelled = [f"{click.sort}h{key_id}.{link['code'].lower()}" for click in clicks()]
    old = [f"clk_{content}.{signing.sign('click', content)}" for content in spelled]

    views = [shop.get(f"/v1/clicks/{one}").json for one in old]
    lead = shop.lead(program, "signup-1", "customer-1", click_id=old[0]).json
    dotless = shop.lead(program, "signup-2", "customer-2", touches=[{"click_id": old[0].replace(".", "_")}]).json
    shop.wait(days=31)
    late = shop.lead(program, "signup-3", "customer-3", click_id=old[0]).json

    assert [one["stored"] for one in views] == [True] * 5
    assert (lead["partner"], dotless["partner"]) == (ada["id"], ada["id"])
    assert (late["partner"], late["attribution"]) == (None, "outside_window")


def test_a_click_that_was_not_stored_says_what_its_id_says_and_one_that_is_none_is_refused(shop, link):
    click_id = shop.click_id(link, user_agent=BOT)
    boto3.client("dynamodb").delete_item(
        TableName="goodword-test-clicks", Key={"pk": {"S": clicks()[0].partition}, "sk": {"S": clicks()[0].sort}}
    )

    click = shop.get(f"/v1/clicks/{click_id}").json

    assert (click["stored"], click["click_class"], click["at"]) == (False, "bot", "2026-03-10T12:00:00.000Z")
    assert (click["reason"], click["partner"]) == (None, None)
    assert shop.get(f"/v1/clicks/{click_id[:-1]}!").json["code"] == "click_not_found"
