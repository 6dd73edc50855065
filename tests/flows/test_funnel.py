"""The funnel of a program: of those who clicked, how many got how far, and what new customers did."""

import csv
import io

import pytest

from chalicelib.kit import memory
from chalicelib.stats.table import RollupCursor, StatsRow
from tests.faults.world import built_once
from tests.reading import read

DAY = {"from": "2026-03-10", "to": "2026-03-10"}
# Visitors are told apart by it, too.
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"
MARCH = {"from": "2026-03-10", "to": "2026-03-17"}


def get(shop, program, **query):
    memory.forget_everything()
    return shop.get(f"/v1/programs/{program['id']}/funnel?" + "&".join(f"{k}={v}" for k, v in query.items()))


def counts(answer, what="count"):
    return {one["step"]: one[what] for one in answer.json["steps"]}


def close(shop, **delta):
    """Let days go by, and close them."""
    shop.wait(**(delta or {"days": 1}))
    shop.settle()


@pytest.fixture
@built_once
def tea(shop):
    """A program with a partner and their link, in UTC."""
    program = shop.program(timezone="UTC")
    partner = shop.partner(program)
    return program, partner, shop.link(program, partner)


@pytest.fixture
@built_once
def history(shop, tea):
    """Four people click on the tenth: three sign up, two buy, one of them again, and joins as a partner; in a week."""
    program, _, link = tea
    own = []
    for n in range(4):
        own.append(shop.click_id(link, user_agent=BROWSER.format(120 + n)))
        shop.wait(minutes=1)
    for n in range(3):
        shop.wait(hours=1)
        shop.lead(program, f"l{n}", f"c{n}", click_id=own[n])
    shop.wait(days=2)
    sales = [shop.sale(program, f"o{n}", f"c{n}", amount=1000 * (n + 1)).json for n in range(2)]
    shop.wait(days=1)
    shop.sale(program, "o-again", "c1", amount=501)
    shop.refund(sales[0], 100)
    shop.wait(days=1)
    shop.partner(program, name="Grace", email="C1@mail.example")
    shop.streams.run()
    close(shop, days=4)
    return program


def test_a_funnel_counts_how_many_of_those_who_clicked_got_how_far(shop, history):
    answer = get(shop, history, **MARCH)

    assert counts(answer) == {
        "hits": 4,
        "human_clicks": 4,
        "unique_visitors": 4,
        "signed_up": 3,
        "bought": 2,
        "bought_again": 1,
        "became_partner": 1,
    }
    steps = {one["step"]: one for one in answer.json["steps"]}
    assert steps["signed_up"]["share_of_before"] == {"value": "0.7500", "numerator": 3, "denominator": 4}
    assert steps["became_partner"]["before"] == "bought"
    assert steps["became_partner"]["share_of_first"] == {"value": "0.2500", "numerator": 1, "denominator": 4}
    assert steps["hits"] | {"in_period": 4} == {
        "step": "hits",
        "before": None,
        "count": 4,
        "in_period": 4,
        "days": None,
        "share_of_before": None,
        "share_of_first": None,
    }
    assert answer.json["warnings"] == ["small_numbers", "unique_not_summable"]
    assert answer.json["query"] == {**MARCH, "timezone": "UTC"}


def test_a_funnel_says_how_long_after_the_step_before_a_step_was_taken(shop, history):
    steps = {one["step"]: one["days"] for one in get(shop, history, **MARCH).json["steps"]}

    # A day is never too short, and at most a tenth too long: it was one to the minute, and two from the sale on.
    assert steps["bought_again"] == {"measured": 1, "p50": "1.0000", "p90": "1.0000"}
    assert steps["became_partner"] == {"measured": 1, "p50": "2.0000", "p90": "2.0000"}
    assert steps["signed_up"]["measured"] == 3
    assert 1 / 24 < float(steps["signed_up"]["p50"]) <= 1.1 * 2.1 / 24


def test_new_customers_have_a_lifetime_value_to_date_as_an_exact_fraction(shop, history):
    assert get(shop, history, **MARCH).json["customers"] | {"days_to_convert": None} == {
        "customers": 2,
        "orders": 3,
        "revenue": 3501,
        "refunded": 100,
        "net_revenue": 3401,
        "days_to_convert": None,
        "bought_again": {"value": "0.5000", "numerator": 1, "denominator": 2},
        "orders_per_customer": {"value": "1.5000", "numerator": 3, "denominator": 2},
        "average_order": {"value": "1167.0000", "numerator": 3501, "denominator": 3},
        "lifetime_value": {"value": "1700.5000", "numerator": 3401, "denominator": 2},
    }


def test_what_was_done_after_the_period_is_not_counted(shop, history):
    answer = get(shop, history, **DAY)

    assert counts(answer) == {
        "hits": 4,
        "human_clicks": 4,
        "unique_visitors": 4,
        "signed_up": 3,
        "bought": 0,
        "bought_again": 0,
        "became_partner": 0,
    }
    assert answer.json["customers"]["lifetime_value"] == {"value": None, "numerator": 0, "denominator": 0}


def test_who_clicked_before_the_period_is_in_it_only_by_what_they_did(shop, history):
    answer = get(shop, history, **MARCH | {"from": "2026-03-11"})

    assert set(counts(answer).values()) == {0}
    assert counts(answer, "in_period") == {
        "hits": 0,
        "human_clicks": 0,
        "unique_visitors": 0,
        "signed_up": 0,
        "bought": 2,
        "bought_again": 1,
        "became_partner": 1,
    }


def test_who_came_by_a_code_or_by_hand_is_no_part_of_those_who_clicked(shop, tea):
    program, partner, link = tea
    shop.click(link)
    shop.sale(program, "o-1", "by-code", code=link["code"])
    shop.sale(program, "o-2", "by-hand", partner=partner["id"])
    shop.sale(program, "o-3", "nobodys")
    shop.streams.run()
    close(shop)

    answer = get(shop, program, **DAY)
    assert (counts(answer)["human_clicks"], counts(answer)["signed_up"]) == (1, 0)
    assert (counts(answer, "in_period")["signed_up"], counts(answer, "in_period")["bought"]) == (2, 2)
    # Who needed no click has no time since one.
    assert answer.json["customers"]["days_to_convert"]["measured"] == 0


def test_a_click_that_is_passed_on_brings_one_visitor(shop, tea):
    program, _, link = tea
    click_id = shop.click_id(link)
    for n in range(5):
        shop.wait(minutes=1)
        shop.lead(program, f"l{n}", f"c{n}", click_id=click_id)
    shop.streams.run()
    close(shop)

    answer = get(shop, program, **DAY)
    assert (counts(answer)["human_clicks"], counts(answer)["signed_up"]) == (1, 1)
    assert counts(answer, "in_period")["signed_up"] == 5


def test_more_people_than_visitors_behind_one_address_are_each_a_click(shop, tea):
    program, _, link = tea
    for n in range(3):
        shop.lead(program, f"l{n}", f"c{n}", click_id=shop.click_id(link))
    shop.streams.run()
    close(shop)

    steps = {one["step"]: one for one in get(shop, program, **DAY).json["steps"]}
    assert [steps[name]["count"] for name in ("human_clicks", "unique_visitors", "signed_up")] == [3, 1, 3]
    assert steps["signed_up"]["before"] == "human_clicks"


@pytest.mark.parametrize(
    ("person", "bought_first", "became"),
    [
        pytest.param({"email": "C@Mail.example"}, True, 1, id="by their address"),
        pytest.param({"email": None, "external_id": "c"}, True, 1, id="by the website's id"),
        pytest.param({"email": "other@mail.example"}, True, 0, id="somebody else"),
        pytest.param({"email": "c@mail.example"}, False, 0, id="who bought as a partner already"),
    ],
)
def test_a_customer_who_had_bought_becomes_a_partner_themselves(shop, tea, person, bought_first, became):
    program, _, link = tea

    def buy():
        shop.sale(program, "o-1", "c", click_id=click_id)
        shop.wait(minutes=1)

    def join():
        shop.partner(program, name="Grace", **person)
        shop.wait(minutes=1)

    click_id = shop.click_id(link)
    for happens in (buy, join) if bought_first else (join, buy):
        happens()
    shop.streams.run()
    close(shop)

    assert counts(get(shop, program, **DAY))["became_partner"] == became


def test_a_customer_becomes_a_partner_on_a_day_on_which_nothing_else_happens(shop, tea):
    program, _, link = tea
    shop.sale(program, "o-1", "c", click_id=shop.click_id(link))
    shop.streams.run()
    close(shop, days=3)
    shop.partner(program, name="Grace", email="c@mail.example")
    close(shop, days=2)

    assert counts(get(shop, program, **MARCH | {"to": "2026-03-14"}))["became_partner"] == 1


def test_in_a_test_program_customers_become_partners_by_the_websites_id(shop):
    program = shop.program(mode="test", timezone="UTC")
    link = shop.link(program, shop.partner(program))
    shop.sale(program, "o-1", "c", click_id=shop.click_id(link))
    shop.wait(minutes=1)
    shop.partner(program, name="Grace", email="g@mail.example", external_id="c")
    shop.streams.run()
    close(shop)

    assert counts(get(shop, program, **DAY))["became_partner"] == 1


def test_a_funnel_follows_the_days_of_a_program_that_moves(shop):
    program = shop.program(timezone="Europe/Berlin")
    link = shop.link(program, shop.partner(program))
    shop.sale(program, "o-1", "c-1", click_id=shop.click_id(link))
    shop.streams.run()
    close(shop)
    shop.patch(f"/v1/programs/{program['id']}", {"timezone": "Asia/Kathmandu"})
    close(shop, days=2)
    shop.sale(program, "o-2", "c-2", click_id=shop.click_id(link))
    shop.streams.run()
    close(shop, days=2)

    days = {"from": "2026-03-10", "to": "2026-03-14"}
    assert counts(get(shop, program, **days))["bought"] == 2
    assert counts(get(shop, program, timezone="UTC", **days))["bought"] == 2
    refused = get(shop, program, timezone="Asia/Kathmandu", **days)
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/timezone")


def test_a_sale_that_was_voided_is_no_step_any_more(shop, history, tea):
    sale = next(one for one in shop.get("/v1/conversions?type=sale").json["data"] if one["external_id"] == "o1")
    shop.post(f"/v1/conversions/{sale['id']}/void", {"reason": "test", "note": "It was a test of ours."})
    shop.streams.run()
    shop.settle()

    answer = get(shop, history, **MARCH)
    # Their second order is their first one now.
    assert (counts(answer)["bought"], counts(answer)["bought_again"]) == (2, 0)
    assert answer.json["customers"]["orders"] == 2


def test_a_sale_that_is_credited_to_another_partner_stays_the_step_of_its_customer(shop, tea):
    program, _, link = tea
    other = shop.partner(program, name="Bob", email="bob@mail.example")
    sale = shop.sale(program, "o-1", "c-1", amount=900, click_id=shop.click_id(link)).json
    shop.streams.run()
    close(shop)
    before = get(shop, program, **DAY).json

    body = {"partner": other["id"], "reason": "wrong_partner", "note": "Bob told them."}
    assert shop.post(f"/v1/conversions/{sale['id']}/credit", body).status == 200
    shop.streams.run()
    shop.settle()

    after = get(shop, program, **DAY).json
    assert after | {"as_of": None} == before | {"as_of": None}
    assert counts(get(shop, program, **DAY))["bought"] == 1


def test_a_day_counted_again_says_the_same(shop, history):
    before = get(shop, history, **MARCH).json

    cursor = next(iter(RollupCursor.query(f"program#{history['id']}")))
    cursor.hour = "2026-03-10T00"
    cursor.save()
    shop.run_schedule("roll_up")

    after = get(shop, history, **MARCH).json
    assert after | {"as_of": None} == before | {"as_of": None}


def test_the_csv_has_the_steps_of_the_json(shop, history):
    answer, raw = get(shop, history, **MARCH), get(shop, history, format="csv", **MARCH)

    written = list(csv.DictReader(io.StringIO(raw.body.lstrip("\ufeff"))))
    assert written == [
        {
            "step": one["step"],
            "before": one["before"] or "",
            "count": str(one["count"]),
            **{
                f"{share}{part}": str(
                    (one[share] or {}).get(name, "") or ("0" if name != "value" and one[share] else "")
                )
                for share in ("share_of_before", "share_of_first")
                for part, name in (("", "value"), ("_numerator", "numerator"), ("_denominator", "denominator"))
            },
            "in_period": str(one["in_period"]),
            "measured": str(one["days"]["measured"]) if one["days"] else "",
            **{f"days_{name}": (one["days"] or {}).get(name) or "" for name in ("p50", "p90")},
        }
        for one in answer.json["steps"]
    ]
    assert 'filename="funnel-2026-03-10-2026-03-17.csv"' in raw.headers["Content-Disposition"]


def test_a_csv_is_refused_where_days_are_left_out(shop, history):
    today = f"{shop.at:%Y-%m-%d}"
    answer = get(shop, history, **MARCH | {"to": today})
    raw = get(shop, history, format="csv", **MARCH | {"to": today})

    assert (answer.json["complete"], answer.json["query"]["to"]) == (False, "2026-03-17")
    assert "open_days_left_out" in answer.json["warnings"]
    assert (raw.status, raw.json["code"]) == (422, "report_incomplete")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"from": "2026-03-11", "to": "2026-03-10"}, "/from"),
        ({"from": "2025-01-01", "to": "2026-03-10"}, "/from"),
        ({"from": "2026-04-01", "to": "2026-04-02"}, "/from"),
        ({"from": "yesterday"}, "/from"),
        ({"timezone": "Asia/Tokyo"}, "/timezone"),
        ({"format": "xml"}, "/format"),
        ({"partner": "ext_ada"}, "/partner"),
    ],
)
def test_a_funnel_that_cannot_be_counted_is_refused_with_the_parameter(shop, history, query, pointer):
    answer = get(shop, history, **query)

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)


def test_a_program_of_today_has_no_funnel_yet(shop, tea):
    answer = get(shop, tea[0])

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/to")


def test_days_that_older_code_closed_are_not_in_a_funnel(shop, history):
    cursor = next(iter(RollupCursor.query(f"program#{history['id']}")))
    cursor.stepped_from = None
    cursor.save()
    for row in StatsRow.query(f"steps#program#{history['id']}"):
        row.delete()

    close(shop, days=3)

    refused = get(shop, history, **MARCH)
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/to")
    answer = get(shop, history, **MARCH | {"to": "2026-03-20"}).json
    assert (answer["complete"], answer["query"]["from"]) == (False, "2026-03-19")
    assert "range_cut" in answer["warnings"]


def test_a_customer_of_before_steps_were_counted_goes_on_without_having_signed_up(shop, history):
    cursor = next(iter(RollupCursor.query(f"program#{history['id']}")))
    cursor.stepped_from = None
    cursor.save()
    for kind in ("steps", "journeys", "arrivals"):
        for row in StatsRow.query(f"{kind}#program#{history['id']}"):
            row.delete()
    close(shop, days=3)

    shop.sale(history, "o-first", "c2", amount=700)
    shop.sale(history, "o-third", "c1", amount=900)
    shop.streams.run()
    close(shop)

    answer = get(shop, history, **{"from": "2026-03-21", "to": "2026-03-21"})
    # Of the other one nobody knows when they bought first.
    assert counts(answer, "in_period") | {"hits": 0} == {
        "hits": 0,
        "human_clicks": 0,
        "unique_visitors": 0,
        "signed_up": 0,
        "bought": 1,
        "bought_again": 0,
        "became_partner": 0,
    }
    assert answer.json["customers"]["revenue"] == 700


def rows_of(page, name):
    return [list(row.values()) for row in read(page.body).table(name)]


def test_an_admin_sees_the_funnel_of_any_days_and_saves_it(shop, history, admin):
    page = admin.get(f"/admin/programs/{history['id']}/funnel?from=2026-03-10&to=2026-03-17")

    assert page.status == 200
    assert [row[:4] for row in rows_of(page, "From a click to a partner")] == [
        ["All hits", "4", "", ""],
        ["Clicks", "4", "100% of all hits", "100%"],
        ["Unique visitors", "4", "100% of clicks", "100%"],
        ["Signed up", "3", "75% of clicks", "75%"],
        ["Bought", "2", "66.67% of signed up", "50%"],
        ["Bought again", "1", "50% of bought", "25%"],
        ["Became a partner", "1", "50% of bought", "25%"],
    ]
    tiles = read(page.body).text
    for label, value in [("Average order", "$11.67"), ("Lifetime value to date", "$17.01"), ("Revenue, net", "$34.01")]:
        assert f"{label} {value}" in " ".join(tiles.split())
    saved = admin.get(read(page.body).link("Save as CSV"))
    assert saved.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert '"bought","signed_up","2","0.6667"' in saved.body


def test_the_program_page_agrees_with_its_funnel(shop, history, admin):
    short = admin.get(f"/admin/programs/{history['id']}")
    whole = admin.get(read(short.body).link("More steps, and how long they took"))

    numbers = {row[0]: row[1] for row in rows_of(whole, "From a click to a partner")}
    assert {row[0]: row[1] for row in rows_of(short, "From click to customer")} == {
        name: numbers[name] for name in ("Clicks", "Signed up", "Bought", "Bought again", "Became a partner")
    }


def test_a_wrong_day_is_said_beside_what_was_entered(shop, history, admin):
    page = admin.get(f"/admin/programs/{history['id']}/funnel?from=2026-03-11&to=2026-03-10")

    assert page.status == 422
    assert 'value="2026-03-11"' in page.body
    assert 'aria-invalid="true"' in page.body
