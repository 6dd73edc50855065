"""The search: whatever somebody typed is found, by what it looks like, in three calls of the database at most."""

from urllib.parse import quote

import pytest

from bench.simulated import metered
from chalicelib.kit import memory
from chalicelib.kit.shapes import fold
from tests.faults.world import built_once
from tests.flows.test_leads_from_pages import SITE, a_key, report

pytestmark = pytest.mark.engine


def sell(shop, program, external_id, customer, **more):
    """Report a sale or, without an amount, a sign-up of a customer."""
    kind = "sale" if "amount" in more else "lead"
    body = {"program": program, "type": kind, "external_id": external_id, "customer": customer, **more}
    answer = shop.post("/v1/conversions", body)
    assert answer.status == 201, answer.body
    return answer.json


PRICE = {"amount": 1999, "currency": "USD"}


@built_once
def stored_business(shop):
    """Ada and Zoë refer customers of two shops. Returns the ids of all."""
    tea = shop.program(external_id="tea", name="Tea")
    ada = shop.partner(tea, external_id="partner-1", name="Ada  Lovelace", email="Ada@Mail.example")
    shop.wait(minutes=1)
    zoe = shop.partner(tea, external_id="partner-2", name="Zoë Straße 54", email="zoe@mail.example")
    link = shop.link(tea, ada, code="tea-with-ada", external_id="campaign")
    shop.wait(minutes=1)
    jane = {"external_id": "jane", "name": "Jane Ádamson", "email": "Jane@Shop.example"}
    sale = sell(shop, tea["id"], "order-1016", jane, code=link["code"], amount=PRICE)
    shop.settle()
    shop.wait(minutes=2)
    nameless = sell(shop, tea["id"], "sign-up", {"external_id": "max", "name": "Max Ádamson"})
    return {
        "ada": ada["id"],
        "zoe": zoe["id"],
        "link": link["id"],
        "sale": sale["id"],
        "jane": sale["customer"],
        "max": nameless["customer"],
        "reward": shop.reward(sale)["id"],
        "payout": shop.post("/v1/payouts", {"currency": "USD"}).json["id"],
        "program": tea["id"],
    }


@pytest.fixture
def business():
    """The ids of all, in a shop of which everything is metered."""
    with metered(units=False) as (shop, meter):
        yield {**stored_business(shop), "shop": shop, "meter": meter}


def search(business, text):
    """Search as a function does that has just started; the call that looks at the key is not the search's."""
    memory.forget_everything()
    business["meter"].clear()
    answer = business["shop"].get(f"/v1/search?q={quote(text, safe='')}")
    assert answer.status == 200, answer.body
    calls = sum(business["meter"].counted.values()) - 1
    assert calls <= 3, business["meter"].counted
    return answer.json["data"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("Ada Lovelace", "ada", id="a partner's name"),
        pytest.param("ada  LOVE", "ada", id="how it begins, whatever its case and blanks"),
        pytest.param("zoe strasse", "zoe", id="without accents"),
        pytest.param("zoë", "zoe", id="with accents"),
        pytest.param("zoe strasse 5", "zoe", id="a partner's name with a digit"),
        pytest.param("ada@mail.example", "ada", id="a partner's address, whatever its case"),
        pytest.param("partner-2", "zoe", id="the caller's own id of a partner"),
        pytest.param("ext_partner-2", "zoe", id="the same with what marks it"),
        pytest.param("max ad", "max", id="how the name of a customer without an address begins"),
        pytest.param("JANE@shop.example", "jane", id="a customer's address"),
        pytest.param("jane@", "jane", id="how it begins"),
        pytest.param("JANE", "jane", id="the same, before its @"),
        pytest.param("ext_jane", "jane", id="the caller's own id of a customer"),
        pytest.param("order-1016", "sale", id="an order's number"),
        pytest.param(" order-1016 ", "sale", id="between blanks"),
    ],
)
def test_a_text_finds_what_it_names(business, typed, expected):
    assert [one["id"] for one in search(business, typed)] == [business[expected]]


@pytest.mark.parametrize(
    "typed", ["tea-with-ada", "TEA-WITH-ADA", "https://go.example/tea-with-ada?x=1", "campaign", "ext_campaign"]
)
def test_a_code_a_link_and_the_callers_own_id_find_the_link(business, typed):
    [result] = search(business, typed)

    assert (result["type"], result["path"]) == ("link", "/v1/links/tea-with-ada")
    assert business["shop"].get(result["path"]).json["id"] == business["link"]


@pytest.mark.parametrize("name", ["ada", "zoe", "jane", "sale", "reward", "payout", "program", "link"])
def test_every_id_of_ours_is_found_and_its_path_shows_it(business, name):
    [result] = search(business, business[name])

    assert (result["id"], result["matched"]) == (business[name], "id")
    assert business["shop"].get(result["path"]).json["id"] == business[name]


def test_an_event_is_found_by_its_id(business):
    event = business["shop"].get("/v1/events").json["data"][0]

    assert [(one["type"], one["id"]) for one in search(business, event["id"])] == [("event", event["id"])]


@pytest.mark.parametrize(
    "typed",
    [
        *("nobody", "order-9", "cus_01KB4Z8V3HMXQ2T7N5R9C6J0FD", "lnk_nothing", "clk_2_nothing", "ext_nothing"),
        *("nobody@mail.example", "lovelace", "%", "🍵", "0"),
    ],
)
def test_what_is_not_there_is_an_empty_list(business, typed):
    assert search(business, typed) == []


def test_a_blank_is_refused(business):
    assert business["shop"].get("/v1/search?q=%20").json["errors"][0]["pointer"] == "/q"


def test_several_of_a_name_are_found_newest_first(business):
    shop = business["shop"]
    shop.wait(minutes=1)
    other = shop.partner({"id": business["program"]}, name="ADA lovelace", email="other@mail.example")["id"]

    assert [one["id"] for one in search(business, "ada lovelace")] == [other, business["ada"]]


def test_who_is_called_something_else_is_found_by_that_alone(business):
    shop = business["shop"]
    changed = shop.patch(f"/v1/partners/{business['ada']}", {"name": "Augusta King", "email": "king@mail.example"})
    assert changed.status == 200, changed.body
    sell(
        shop,
        business["program"],
        "order-2",
        {"external_id": "jane", "name": "Janet", "email": "janet@shop.example"},
        amount=PRICE,
    )

    assert search(business, "ada lovelace") == search(business, "ada@mail.example") == []
    assert [one["id"] for one in search(business, "augusta")] == [business["ada"]]
    assert search(business, "jane@") == []
    assert [one["id"] for one in search(business, "janet")] == [business["jane"]]
    assert [one["id"] for one in search(business, "janet@shop")] == [business["jane"]]


def test_a_customer_introduced_by_a_page_is_found_by_its_data_until_the_server_reports_them(shop):
    program = shop.program(origins=[SITE])
    eve = {"external_id": "eve", "name": "Eve", "email": "eve@mail.example"}
    assert report(shop, program, a_key(shop, program)["secret"], customer=eve).status == 201
    assert [one["label"] for one in shop.get("/v1/search?q=eve%40mail").json["data"]] == ["Eve"]

    sell(shop, program["id"], "signup-9", {"external_id": "eve"})

    assert shop.get("/v1/search?q=eve%40mail").json["data"] == []


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  Ada   B ", "ada b"),
        ("ÉLÉONORE", "eleonore"),
        ("Straße", "strasse"),
        ("Ａｄａ", "ada"),
        (" ", None),
        (None, None),
    ],
)
def test_what_is_compared_has_no_case_no_accents_and_single_blanks(text, folded):
    assert fold(text) == folded
