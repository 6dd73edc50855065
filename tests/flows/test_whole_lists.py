"""Lists that are whole: links of a program, customers that no partner referred, rewards of a kind, the audit trail."""

from urllib.parse import urlencode

import pytest

from tests.faults.world import built_once
from tests.flows.test_finding import test_a_list_is_the_same_page_by_page_there_and_back as goes_there_and_back

pytestmark = pytest.mark.engine

RULES = [
    {"on": "sale", "to": "referrer", "rate_bp": 1000},
    {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}, "when": {"number_to": 1}},
]


def ask(shop, path, **query):
    answer = shop.get(f"{path}?{urlencode(query)}" if query else path)
    assert answer.status == 200, answer.body
    return answer.json


def column(page, field):
    return [one[field] for one in page["data"]]


@pytest.fixture
@built_once
def business(shop):
    """Two programs, three links; Anna came by Ada's link, and Sue, Tom and Uma by none."""
    tea, cups = (shop.program(external_id=name, rules=RULES, hold_days=14) for name in ("tea", "cups"))
    ada, cem = (shop.partner(tea, external_id=name, programs=["ext_tea", "ext_cups"]) for name in ("ada", "cem"))
    made = [
        (tea, ada, {"code": "tea-by-ada", "channel": "newsletter"}),
        (tea, cem, {"code": "tea-by-cem", "expires_at": "2026-03-10T13:00:00Z"}),
        (cups, ada, {"code": "cups-by-ada", "channel": "newsletter"}),
    ]
    links = []
    for program, partner, fields in made:
        shop.wait(seconds=1)
        links.append(shop.link(program, partner, **fields)["id"])
    for program, customer, code in (
        (tea, "anna", "tea-by-ada"),
        (tea, "sue", None),
        (cups, "tom", None),
        (tea, "sue", None),
        (tea, "uma", None),
    ):
        shop.wait(minutes=1)
        shop.sale(program, f"order-{shop.at.isoformat()}", customer, **({"code": code} if code else {}))
        shop.settle()
    shop.wait(minutes=2)
    return {"tea": tea, "cups": cups, "ada": ada, "links": links}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({}, ["cups-by-ada", "tea-by-cem", "tea-by-ada"], id="of all programs"),
        pytest.param({"program": "ext_tea"}, ["tea-by-cem", "tea-by-ada"], id="of a program"),
        pytest.param({"program": "ext_tea", "partner": "ext_ada"}, ["tea-by-ada"], id="of a partner in a program"),
        pytest.param({"channel": "newsletter"}, ["cups-by-ada", "tea-by-ada"], id="for a channel"),
        pytest.param({"program": "ext_cups", "channel": "shop"}, [], id="for a channel without any"),
        pytest.param({"to": "2026-03-10"}, [], id="of yesterday"),
    ],
)
def test_links_are_listed_of_a_whole_program_newest_first(shop, business, query, expected):
    assert column(ask(shop, "/v1/links", **query), "code") == expected


def test_links_are_listed_by_whether_they_work(shop, business):
    shop.post(f"/v1/links/{business['links'][0]}/disable")
    shop.wait(hours=2)

    assert column(ask(shop, "/v1/links", state="ended"), "code") == ["tea-by-ada"]
    assert column(ask(shop, "/v1/links", state="expired"), "code") == ["tea-by-cem"]
    assert column(ask(shop, "/v1/links", state="active"), "code") == ["cups-by-ada"]


@pytest.mark.parametrize("path", ["/v1/links", "/v1/links?program=ext_tea", "/v1/customers?referred=no"])
def test_each_goes_page_by_page_there_and_back(shop, business, path):
    goes_there_and_back(shop, business, path, 1)


def test_links_of_many_programs_are_asked_for_program_by_program(shop, business):
    for number in range(3):
        shop.program(external_id=f"p{number}")

    refused = shop.get("/v1/links")

    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/program")
    assert len(ask(shop, "/v1/links", program="ext_tea")["data"]) == 2


def test_customers_whom_no_partner_referred_are_listed_once_each_by_when_they_came(shop, business):
    listed = ask(shop, "/v1/customers", referred="no")

    assert column(listed, "external_id") == ["uma", "tom", "sue"]
    assert column(listed, "referral") == [None, None, None]
    assert column(listed, "program") == [business[one]["id"] for one in ("tea", "cups", "tea")]
    assert listed["count"] == {"at_least": 3, "exact": True}
    first = shop.get(f"/v1/conversions/{listed['data'][2]['conversion']}").json
    assert first["customer"] == listed["data"][2]["id"]
    assert column(ask(shop, "/v1/customers", referred="no", program="ext_cups"), "external_id") == ["tom"]
    assert column(ask(shop, "/v1/customers"), "external_id") == ["anna"]


def test_who_was_referred_after_all_is_no_longer_among_those_whom_no_partner_referred(shop, business):
    shop.sale(business["tea"], "order-late", "sue", code="tea-by-ada")
    shop.settle()
    shop.wait(minutes=2)

    assert column(ask(shop, "/v1/customers", referred="no"), "external_id") == ["uma", "tom"]
    assert column(ask(shop, "/v1/customers"), "external_id") == ["sue", "anna"]


def test_two_first_orders_in_one_call_are_one_customer(shop, business):
    reports = [
        {
            "program": "ext_tea",
            "type": "sale",
            "external_id": f"order-of-vi-{number}",
            "customer": {"external_id": "vi"},
            "amount": {"amount": 1999, "currency": "USD"},
        }
        for number in range(3)
    ]
    assert shop.post("/v1/conversions/batch", {"conversions": reports}).status == 200
    shop.settle()
    shop.wait(minutes=2)

    assert column(ask(shop, "/v1/customers", referred="no"), "external_id").count("vi") == 1


def test_a_guest_who_was_merged_is_not_listed_beside_their_account(shop, business):
    assert shop.post("/v1/customers/ext_sue/merge", {"into": "ext_uma"}).status == 200

    assert column(ask(shop, "/v1/customers", referred="no"), "external_id") == ["uma", "tom"]


def test_customers_without_a_partner_cannot_be_asked_for_by_partner_or_link(shop, business):
    for field, value in (("partner", "ext_ada"), ("link", "tea-by-ada")):
        refused = shop.get(f"/v1/customers?referred=no&{field}={value}")
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, f"/{field}")


def test_rewards_are_listed_by_what_they_are(shop, business):
    assert {one["to"] for one in ask(shop, "/v1/rewards", kind="money")["data"]} == {"referrer"}
    assert [one["benefit"]["name"] for one in ask(shop, "/v1/rewards", kind="coupon")["data"]] == ["5 off"]
    assert ask(shop, "/v1/rewards", kind="gift")["data"] == []
    assert shop.get("/v1/rewards?kind=cake").status == 422


def test_the_audit_trail_goes_both_ways_and_says_that_more_follows_only_if_it_does(shop, business):
    everything = ask(shop, "/v1/audit", limit=100)
    length = len(everything["data"])

    whole = ask(shop, "/v1/audit", limit=length)
    assert (whole["has_more"], whole["next_cursor"], whole["count"]) == (
        False,
        None,
        {"at_least": length, "exact": True},
    )
    first = ask(shop, "/v1/audit", limit=length - 1)
    second = ask(shop, "/v1/audit", limit=length - 1, cursor=first["next_cursor"])
    assert (first["has_more"], second["has_more"], len(second["data"])) == (True, False, 1)
    assert ask(shop, "/v1/audit", limit=length - 1, cursor=second["previous_cursor"])["data"] == first["data"]
