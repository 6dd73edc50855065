"""By which link: sign-ups, sales and rewards are known by the link that sent the customer, and recounted."""

import pytest

from chalicelib.stats import correct
from tests.faults.world import built_once
from tests.world import NOON


@pytest.fixture
@built_once
def tea(shop):
    program = shop.program()
    ada = shop.partner(program)
    return program, ada, shop.link(program, ada, channel="Email"), shop.link(program, ada, code="on-the-street")


def of_link(shop, link, **query):
    return shop.stats("links", link, **query)["totals"]


def by_link(shop, partner, **query):
    return {one["code"]: one["metrics"] for one in shop.stats("partners", partner, **query)["links"]}


def numbers(metrics):
    rewards = metrics["referrer_rewards"]
    return (
        metrics["clicks"]["human"],
        metrics["leads"],
        metrics["sales"],
        metrics["revenue"]["amount"] - metrics["refunded"]["amount"],
        rewards["net"],
    )


def test_what_a_customer_does_is_counted_by_the_link_that_sent_them_once_and_for_all(shop, tea):
    program, ada, email, street = tea
    lead = shop.lead(program, "s-1", "c-1", click_id=shop.click_id(email)).json
    sale = shop.sale(program, "o-1", "c-1", amount=2000, code=street["code"]).json
    shop.sale(program, "o-2", "c-2", amount=1000, code=street["code"].upper())
    shop.sale(program, "o-3", "c-3", amount=500)
    shop.settle()
    refund = shop.refund(sale, 1000)
    shop.settle()

    assert (lead["code"], sale["code"], refund.status) == (email["code"].lower(), email["code"].lower(), 201)
    # 2.00 for the sign-up, 15 % of each sale.
    assert numbers(of_link(shop, email)) == (1, 1, 1, 1000, 200 + 150)
    assert numbers(of_link(shop, street)) == (0, 0, 1, 1000, 150)
    assert by_link(shop, ada) == {email["code"]: of_link(shop, email), street["code"]: of_link(shop, street)}
    totals = shop.stats("partners", ada)["totals"]
    assert numbers(totals) == (1, 1, 2, 2000, 500)
    assert shop.stats("programs", program)["totals"]["sales"] == 3
    assert {
        row["code_key"]["S"]
        for row in shop.rows("rewards")
        if row["row"]["S"] in ("reward", "outcome", "decision") and "code_key" in row
    } == {
        email["code"].lower(),
        "on-the-street",
    }


def test_days_that_are_over_say_the_same_and_a_sale_long_after_the_last_click_is_its_links(shop, tea):
    program, ada, email, street = tea
    shop.lead(program, "s-1", "c-1", click_id=shop.click_id(email))
    shop.sale(program, "o-1", "c-2", amount=1000, code=street["code"])
    shop.settle()
    span = {"from": "2026-03-01", "to": "2026-03-20", "timezone": "Asia/Kolkata"}
    before = by_link(shop, ada, **span), shop.stats("partners", ada, **span)["totals"]

    shop.wait(days=2)
    shop.settle()
    closed = by_link(shop, ada, **span), shop.stats("partners", ada, **span)["totals"]
    shop.sale(program, "o-2", "c-2", amount=700)
    shop.settle()
    shop.wait(days=2)
    shop.settle()

    for links, totals in (before, closed):
        for one in (*links.values(), totals):
            # Visitors are counted once a day is rolled up.
            one["clicks"]["unique"] = 0
    assert closed == before
    assert numbers(of_link(shop, street, **span)) == (0, 0, 2, 1700, 150 + 105)
    by_day = {day["date"]: day["metrics"]["sales"] for day in shop.stats("links", street, **span)["days"]}
    assert {day: sales for day, sales in by_day.items() if sales} == {"2026-03-10": 1, "2026-03-12": 1}
    assert shop.stats("programs", program, **span)["totals"]["sales"] == 2


def test_several_links_in_one_minute_are_told_apart_and_delivered_again_count_once(shop, tea):
    program, _, email, street = tea
    for number in range(3):
        shop.sale(program, f"e-{number}", f"ce-{number}", amount=1000, click_id=shop.click_id(email))
    shop.sale(program, "s-0", "cs-0", amount=4000, code=street["code"])
    shop.settle()
    source = next(one for one in shop.streams.sources if one.function == "rewards_to_stats")

    for _ in range(2):
        assert shop.streams.deliver("rewards_to_stats", shop.streams.records(source)) == []

    assert numbers(of_link(shop, email)) == (3, 0, 3, 3000, 450)
    assert numbers(of_link(shop, street)) == (0, 0, 1, 4000, 600)


def test_what_is_refused_in_review_and_what_is_credited_late_are_its_links(shop, tea):
    program, _, email, street = tea
    shop.sale(program, "o-1", "c-1", amount=1000)
    shop.wait(minutes=5)
    shop.lead(program, "s-1", "c-1", click_id=None, touches=[{"code": street["code"], "at": "2026-03-10T11:59:00Z"}])
    sale = shop.sale(program, "o-2", "c-2", amount=2000, click_id=shop.click_id(email)).json
    shop.settle()
    reward = shop.reward(sale)
    assert shop.post(f"/v1/rewards/{reward['id']}/refuse", {"note": "made up"}).status == 200
    shop.settle()

    assert reward["code"] == email["code"].lower()
    assert numbers(of_link(shop, street)) == (0, 1, 1, 1000, 200 + 150)
    assert numbers(of_link(shop, email)) == (1, 0, 1, 2000, 0)
    assert shop.stats("programs", program)["totals"]["unattributed"]["sales"] == 0


def test_a_link_that_was_counted_wrongly_is_found_and_set_right_by_reconciliation(shop, tea):
    program, _, email, _ = tea
    shop.sale(program, "o-1", "c-1", amount=1000, click_id=shop.click_id(email))
    shop.settle()
    [row] = [one for one in shop.rows("stats") if "l00" in one]
    shop.put_row("stats", {**row, "l00": {"S": "on-the-street"}})
    shop.wait(days=1)

    first = shop.post("/v1/reconciliation", {"day": "2026-03-10"}).json["differences"]
    again = shop.post("/v1/reconciliation", {"day": "2026-03-10"}).json["differences"]

    assert [(one["kind"], one["repaired"]) for one in first] == [("outcomes_miscounted", True)]
    assert "by on-the-street, counted" in first[0]["detail"]
    assert again == []
    assert numbers(of_link(shop, email)) == (1, 0, 1, 1000, 150)


def test_what_was_stored_before_links_were_kept_is_counted_by_none_and_not_missed(shop, tea):
    program, ada, email, _ = tea
    shop.sale(program, "o-1", "c-1", amount=1000, click_id=shop.click_id(email))
    shop.settle()
    for table in ("conversions", "rewards"):
        for row in shop.rows(table):
            if "code_key" in row:
                shop.put_row(table, {name: value for name, value in row.items() if name != "code_key"})
    [counts] = [one for one in shop.rows("stats") if "l00" in one]
    shop.put_row("stats", {name: value for name, value in counts.items() if name != "l00"})

    hours = [f"{NOON:%Y-%m-%dT%H}"]
    assert list(correct.compare_outcomes(ada["id"], program["id"], hours)) == []
    # Its later sales are: the referral has always known the link.
    shop.sale(program, "o-2", "c-1", amount=2000)
    shop.settle()

    assert numbers(of_link(shop, email)) == (1, 0, 1, 2000, 300)
    assert numbers(shop.stats("partners", ada)["totals"]) == (1, 0, 2, 3000, 450)
    assert shop.post("/v1/reconciliation", {"day": "2026-03-10"}).json["differences"] == []
