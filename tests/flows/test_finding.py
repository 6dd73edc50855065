"""Lists of what was reported and what came of it: found by whom it is about, newest first, page by page, both ways."""

from urllib.parse import urlencode

import pytest

from tests.faults.world import built_once

pytestmark = pytest.mark.engine

RULES = [
    {"on": "sale", "to": "referrer", "rate_bp": 1000},
    {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}, "when": {"number_to": 1}},
]


def ask(shop, path, **query):
    answer = shop.get(f"{path}?{urlencode(query)}" if query else path)
    assert answer.status == 200, answer.body
    return answer.json


def names(page, field="id"):
    return [one[field] for one in page["data"]]


@pytest.fixture
@built_once
def business(shop):
    """Two programs; Ada's link brought Anna and Ben to the first, Cem's link Dora to the second; a stranger bought."""
    tea, cups = (shop.program(external_id=name, rules=RULES, hold_days=14) for name in ("tea", "cups"))
    ada, cem = (shop.partner(tea, external_id=name, programs=["ext_tea", "ext_cups"]) for name in ("ada", "cem"))
    links = {"ada": shop.link(tea, ada, code="tea-with-ada"), "cem": shop.link(cups, cem, code="cups-by-cem")}
    made = {}
    for number, (program, customer, code) in enumerate(
        [
            (tea, "anna", "tea-with-ada"),
            (tea, "ben", "tea-with-ada"),
            (cups, "dora", "cups-by-cem"),
            (tea, "stranger", None),
            (tea, "anna", None),
        ]
    ):
        shop.wait(minutes=1)
        made[number] = shop.sale(program, f"order-{number}", customer, **({"code": code} if code else {})).json
        shop.settle()
    shop.wait(minutes=1)
    made["lead"] = shop.lead(tea, "sign-up", "ben").json
    shop.settle()
    shop.wait(minutes=2)
    return {"tea": tea, "cups": cups, "ada": ada, "cem": cem, "links": links, "made": made}


def test_conversions_are_listed_newest_first_as_they_are_now(shop, business):
    made = business["made"]
    shop.refund(made[1], 500)

    listed = ask(shop, "/v1/conversions")

    assert names(listed) == [made[one]["id"] for one in ("lead", 4, 3, 2, 1, 0)]
    assert listed["data"][4]["refunded"] == {"amount": 500, "currency": "USD"}
    assert listed["data"][4] == shop.get(f"/v1/conversions/{made[1]['id']}").json
    assert listed["count"] == {"at_least": 6, "exact": True}
    assert (listed["has_more"], listed["next_cursor"], listed["previous_cursor"]) == (False, None, None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({"program": "ext_tea"}, ["lead", 4, 3, 1, 0], id="of a program"),
        pytest.param({"program": "ext_cups"}, [2], id="of the other"),
        pytest.param({"partner": "ext_ada"}, ["lead", 4, 1, 0], id="of a partner"),
        pytest.param({"partner": "ext_ada", "program": "ext_cups"}, [], id="of a partner in a program without any"),
        pytest.param({"customer": "ext_anna"}, [4, 0], id="of a customer"),
        pytest.param({"customer": "ext_stranger"}, [3], id="of a customer nobody sent"),
        pytest.param({"link": "cups-by-cem"}, [2], id="by a link"),
        pytest.param({"type": "lead"}, ["lead"], id="of a type"),
        pytest.param({"type": "sale", "partner": "ext_ada"}, [4, 1, 0], id="of a type and a partner"),
        pytest.param({"from": "2026-03-11"}, [], id="of tomorrow"),
        pytest.param({"to": "2026-03-10"}, [], id="of yesterday"),
        pytest.param({"from": "2026-03-10", "to": "2026-03-11", "customer": "ext_anna"}, [4, 0], id="of today"),
    ],
)
def test_conversions_are_found_by_whom_and_what_they_are_about(shop, business, query, expected):
    assert names(ask(shop, "/v1/conversions", **query)) == [business["made"][one]["id"] for one in expected]


def test_a_span_holds_its_beginning_and_not_its_end(shop, business):
    events = ask(shop, "/v1/events", type="conversion.recorded", subject="ext_anna")["data"]
    first, second = (one["created_at"] for one in events)

    assert len(ask(shop, "/v1/conversions", customer="ext_anna", **{"from": first, "to": second})["data"]) == 1
    assert len(ask(shop, "/v1/conversions", customer="ext_anna", **{"from": second})["data"]) == 1


def test_a_conversion_that_was_credited_late_is_its_partners(shop):
    program = shop.program(external_id="tea", rules=RULES)
    ada = shop.partner(program, external_id="ada")
    shop.link(program, ada, code="tea-with-ada")
    before = shop.sale(program, "order-1", "anna", occurred_at="2026-03-10T11:00:00Z").json
    shop.wait(minutes=1)
    lead = shop.lead(program, "sign-up", "anna", touches=[{"code": "tea-with-ada", "at": "2026-03-10T10:00:00Z"}]).json
    shop.settle()
    shop.wait(minutes=2)

    listed = ask(shop, "/v1/conversions", partner="ext_ada")

    assert sorted(names(listed)) == sorted([before["id"], lead["id"]])
    assert {one["partner"] for one in listed["data"]} == {ada["id"]}
    assert sorted(names(ask(shop, "/v1/conversions"))) == sorted([before["id"], lead["id"]])


def test_referrals_say_who_was_sent_by_whom(shop, business):
    listed = ask(shop, "/v1/referrals")
    anna = shop.get("/v1/customers/ext_anna").json

    assert [one["partner"] for one in listed["data"]] == [business[one]["id"] for one in ("cem", "ada", "ada")]
    assert ask(shop, "/v1/referrals", customer="ext_anna")["data"] == anna["referrals"]
    assert [(one["sales"], one["code"]) for one in anna["referrals"]] == [(2, "tea-with-ada")]
    assert len(ask(shop, "/v1/referrals", partner="ext_ada")["data"]) == 2
    assert ask(shop, "/v1/referrals", link="cups-by-cem")["data"] == [listed["data"][0]]


def test_customers_are_listed_as_they_were_reported_last_and_found_by_who_sent_them(shop, business):
    listed = ask(shop, "/v1/customers")

    assert names(listed, "external_id") == ["dora", "ben", "anna"]
    assert names(ask(shop, "/v1/customers", partner="ext_ada"), "external_id") == ["ben", "anna"]
    assert names(ask(shop, "/v1/customers", program="ext_cups"), "external_id") == ["dora"]
    assert names(ask(shop, "/v1/customers", link="tea-with-ada"), "external_id") == ["ben", "anna"]
    assert names(ask(shop, "/v1/customers", to="2026-03-10"), "external_id") == []
    alone = shop.get("/v1/customers/ext_anna").json
    referrals = alone.pop("referrals")
    assert (alone.pop("guests"), alone.pop("other_ids")) == ([], [])
    of_the_list = {"program": business["tea"]["id"], "conversion": business["made"][0]["id"]}
    assert listed["data"][2] == alone | of_the_list | {"referral": referrals[0]}


def test_rewards_are_listed_with_their_states_and_found_by_whom_and_what_they_are_about(shop, business):
    made = business["made"]
    shop.post(f"/v1/rewards/{shop.reward(made[0])['id']}/release", {"note": "now"})
    everything = ask(shop, "/v1/rewards")

    earned = [(one["conversion"], one["to"], one["state"]) for one in everything["data"]]
    assert set(earned) == {
        (made[4]["id"], "referrer", "held"),
        *((made[number]["id"], "referrer", "due" if number == 0 else "held") for number in range(3)),
        *((made[number]["id"], "referee", "held") for number in range(3)),
    }
    assert [one["conversion"] for one in everything["data"]] == [made[one]["id"] for one in (4, 2, 2, 1, 1, 0, 0)]
    assert all(one == shop.get(f"/v1/rewards/{one['id']}").json for one in everything["data"])
    assert len(ask(shop, "/v1/rewards", partner="ext_ada")["data"]) == 5
    assert len(ask(shop, "/v1/rewards", customer="ext_anna")["data"]) == 3
    assert len(ask(shop, "/v1/rewards", link="cups-by-cem", side="referee")["data"]) == 1
    assert names(ask(shop, "/v1/rewards", state="due")) == [shop.reward(made[0])["id"]]


def test_rewards_that_an_amendment_made_are_listed_once(shop):
    rules = [
        {
            "on": "sale",
            "to": "referrer",
            "rate_bp": 1000,
            "when": {"minimum_amount": 5000},
        }
    ]
    program = shop.program(external_id="tea", rules=rules)
    code = shop.link(program, shop.partner(program, external_id="ada"))["code"]
    sale = shop.sale(program, code=code, amount=1999).json
    shop.settle()
    assert shop.amend(sale, 9000).status == 201
    shop.settle()
    shop.wait(minutes=2)

    assert [one["granted"]["amount"] for one in ask(shop, "/v1/rewards", partner="ext_ada")["data"]] == [900]


def test_what_waits_for_review_is_a_list_of_its_own(shop, business):
    held = [shop.reward(business["made"][number])["id"] for number in (0, 2)]
    for one in held:
        shop.post(f"/v1/rewards/{one}/hold", {"note": "odd"})

    assert sorted(names(ask(shop, "/v1/rewards", waits="review"))) == sorted(held)
    assert names(ask(shop, "/v1/rewards", waits="review", partner="ext_cem")) == held[1:]
    assert shop.get("/v1/rewards?waits=review&due_on=2026-03-10").json["errors"][0]["pointer"] == "/due_on"
    assert shop.get("/v1/rewards?waits=give&from=2026-03-10").json["errors"][0]["pointer"] == "/from"


LISTS = [
    "/v1/conversions",
    "/v1/referrals",
    "/v1/customers",
    "/v1/rewards",
    "/v1/rewards?due_on=2026-03-24",
    "/v1/audit",
]


def pages_of(shop, path, limit):
    """Return all pages of a list from the first to the last one, each full."""
    sign = "&" if "?" in path else "?"
    pages = [shop.get(f"{path}{sign}limit={limit}").json]
    while pages[-1]["has_more"]:
        pages.append(shop.get(f"{path}{sign}limit={limit}&cursor={pages[-1]['next_cursor']}").json)
    assert [len(page["data"]) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert pages[-1]["data"]
    return pages


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", [1, 2])
def test_a_list_is_the_same_page_by_page_there_and_back(shop, business, path, limit):
    whole, pages = shop.get(path).json, pages_of(shop, path, limit)
    sign = "&" if "?" in path else "?"

    assert [one for page in pages for one in page["data"]] == whole["data"]
    assert len(pages) > 1
    back = [pages[-1]]
    while back[-1]["previous_cursor"]:
        back.append(shop.get(f"{path}{sign}limit={limit}&cursor={back[-1]['previous_cursor']}").json)
    assert [page["data"] for page in back] == [page["data"] for page in reversed(pages)]
    assert all(page["has_more"] for page in back[1:])
    assert pages[0]["previous_cursor"] is None
    forth = shop.get(f"{path}{sign}limit={limit}&cursor={back[-1]['next_cursor']}").json
    assert forth["data"] == pages[1]["data"]


@pytest.mark.parametrize("path", LISTS)
def test_a_count_says_how_many_there_are_at_least_and_at_the_end_how_many_there_are(shop, business, path):
    total = len(shop.get(path).json["data"])
    pages = pages_of(shop, path, 2)

    for number, page in enumerate(pages):
        last = number == len(pages) - 1
        assert page["count"] == {"at_least": total if last else 2 * number + 3, "exact": last}


def test_what_came_meanwhile_is_found_by_going_back(shop, business):
    first = ask(shop, "/v1/conversions", limit=2)
    second = ask(shop, "/v1/conversions", limit=2, cursor=first["next_cursor"])
    shop.sale(business["tea"], "order-9", "anna")
    shop.settle()
    shop.wait(minutes=2)

    back = ask(shop, "/v1/conversions", limit=2, cursor=second["previous_cursor"])
    top = ask(shop, "/v1/conversions", limit=2, cursor=back["previous_cursor"])

    assert back["data"] == first["data"]
    assert top["data"][0]["external_id"] == "order-9"
    assert len(top["data"]) == 2
    assert top["previous_cursor"] is None


def test_a_cursor_goes_with_its_list_and_filters(shop, business):
    cursor = ask(shop, "/v1/conversions", limit=1)["next_cursor"]

    for path in ("/v1/rewards?limit=1", "/v1/conversions?type=sale", "/v1/conversions?partner=ext_ada"):
        assert shop.get(f"{path}&cursor={cursor}").json["code"] == "cursor_mismatch"


@pytest.mark.parametrize("field", ["program", "partner", "customer", "link"])
def test_who_or_what_is_not_there_is_refused_and_not_an_empty_list(shop, business, field):
    assert shop.get(f"/v1/conversions?{field}=ext_nobody").status == 404


def test_a_link_of_another_partner_is_refused(shop, business):
    refused = shop.get("/v1/conversions?partner=ext_ada&link=cups-by-cem").json

    assert refused["errors"][0]["pointer"] == "/link"


def test_partners_links_and_payouts_are_narrowed_and_go_both_ways(shop, business):
    cups_only = shop.partner(business["cups"], external_id="dee")
    shop.wait(minutes=1)
    shop.program(currency="EUR", rules=[])
    payouts = [shop.post("/v1/payouts", {"currency": currency}).json["id"] for currency in ("EUR", "USD", "EUR")]
    links = [shop.link(business["tea"], business["ada"], channel=f"n{number}")["id"] for number in range(3)]

    assert set(names(ask(shop, "/v1/partners", program="ext_tea"))) == {business[one]["id"] for one in ("ada", "cem")}
    assert names(ask(shop, "/v1/partners", program="ext_cups"))[0] == cups_only["id"]
    assert names(ask(shop, "/v1/partners", to="2026-03-10")) == []
    assert len(ask(shop, "/v1/partners", **{"from": "2026-03-10", "to": "2026-03-11"})["data"]) == 3
    assert set(names(ask(shop, "/v1/payouts", currency="EUR"))) == {payouts[0], payouts[2]}
    assert names(ask(shop, "/v1/payouts", status="paid")) == []
    assert len(ask(shop, "/v1/payouts", status="preparing")["data"]) == 3
    assert len(ask(shop, "/v1/links", partner="ext_ada", program="ext_tea")["data"]) == 4
    assert ask(shop, "/v1/links", partner="ext_ada", program="ext_cups")["data"] == []
    for path in ("/v1/partners", "/v1/payouts", "/v1/links?partner=ext_ada", "/v1/partners?program=ext_cups"):
        test_a_list_is_the_same_page_by_page_there_and_back(shop, business, path, 1)
    assert links[2] in names(ask(shop, "/v1/links", partner="ext_ada", limit=3))
