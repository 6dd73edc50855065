"""The numbers: recounted from the rows, by local day, for a partner and for a program."""

from datetime import UTC, datetime

import boto3

from tests.flows.test_failure_way import _tick
from tests.world import NOON


def roll_up(shop):
    shop.client.lambda_.invoke("roll_up", _tick())


def test_a_partners_numbers_say_what_came_of_their_links(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    click_id = shop.click_id(link)
    shop.click(link)
    shop.click(link, user_agent="Googlebot/2.1 (+http://www.google.com/bot.html)")
    shop.click(link, method="HEAD")
    shop.wait(minutes=3)
    shop.lead(program, click_id=click_id)
    sale = shop.sale(program)
    shop.refund(sale.json, 999)
    shop.streams.run()
    roll_up(shop)

    figures = shop.stats("partners", ada)["totals"]

    assert figures["clicks"] == {"all": 3, "human": 2, "unique": 1, "bot": 1, "preview": 0, "prefetch": 0, "head": 1}
    assert (figures["leads"], figures["sales"], figures["customers"], figures["refunds"]) == (1, 1, 1, 1)
    assert figures["revenue"] == {"amount": 1999, "currency": "USD"}
    assert figures["refunded"] == {"amount": 999, "currency": "USD"}
    assert figures["referrer_rewards"] == {"earned": 500, "reversed": 150, "net": 350}
    assert (figures["lead_rate"], figures["conversion_rate"]) == ("0.5000", "0.5000")
    assert figures == shop.stats("programs", program)["totals"]


def test_a_programs_numbers_are_its_partners_and_nobodys_together(shop):
    program = shop.program()
    for name in ("ada", "bob"):
        shop.sale(
            program,
            name,
            f"{name}s-friend",
            amount=1000,
            code=shop.link(program, shop.partner(program, name=name))["code"],
        )
    shop.sale(program, "alone", "alone", amount=500)
    shop.streams.run()
    roll_up(shop)

    totals = shop.stats("programs", program)["totals"]

    assert (totals["sales"], totals["revenue"]["amount"]) == (3, 2500)
    assert totals["referrer_rewards"]["earned"] == 300
    assert totals["unattributed"] == {"leads": 0, "sales": 1, "revenue": {"amount": 500, "currency": "USD"}}


def test_days_are_the_days_of_the_zone_that_was_asked_for(shop):
    shop.at = datetime(2026, 3, 10, 18, 20, tzinfo=UTC)
    program = shop.program()
    link = shop.link(program, shop.partner(program))
    shop.click(link)
    shop.wait(minutes=15)
    shop.click(link)
    shop.streams.run()
    roll_up(shop)
    span = {"from": "2026-03-10", "to": "2026-03-11"}

    def by_day(zone):
        days = shop.stats("programs", program, timezone=zone, **span)["days"]
        return [day["metrics"]["clicks"]["human"] for day in days]

    # Midnight in Kolkata is 18:30 in UTC; midnight in Chatham is 10:15.
    assert by_day("UTC") == [2, 0]
    assert by_day("Asia/Kolkata") == [1, 1]
    assert by_day("Pacific/Chatham") == [0, 2]


def test_a_day_that_was_added_up_is_added_up_again_when_something_of_it_comes_late(shop):
    program = shop.program()
    link = shop.link(program, shop.partner(program))
    shop.click(link)
    shop.wait(days=20)
    roll_up(shop)

    shop.streams.run()
    roll_up(shop)

    assert shop.stats("programs", program)["totals"]["clicks"]["human"] == 1
    assert shop.at > NOON


def test_days_that_are_over_are_read_from_one_row_and_say_the_same(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    click_id = shop.click_id(link)
    shop.click(link)
    shop.sale(program, click_id=click_id)
    shop.streams.run()
    days = shop.stats("partners", ada, to="2026-03-14")["days"]
    roll_up(shop)
    shop.wait(days=3)
    roll_up(shop)
    _forget_ranges("link#", f"{ada['id']}#", "hours#")

    later = [shop.stats(kind, one, to="2026-03-14")["days"] for kind, one in (("partners", ada), ("programs", program))]

    days[-5]["metrics"]["clicks"]["unique"] = 1
    assert later == [days] * 2


def test_a_late_click_opens_its_day_again_even_while_a_roll_up_is_under_way(shop):
    from chalicelib.stats import close_day as closing
    from chalicelib.stats import roll_up as rolling

    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    shop.click(link)
    shop.streams.run()
    roll_up(shop)
    shop.click(link)
    shop.wait(days=3)
    put = closing.put_rollup

    def meanwhile(row):
        put(row)
        shop.streams.run()

    closing.put_rollup = meanwhile
    try:
        rolling.roll_up(at=shop.at)
    finally:
        closing.put_rollup = put

    assert shop.stats("partners", ada)["totals"]["clicks"]["human"] == 2
    roll_up(shop)
    for kind, one in (("partners", ada), ("programs", program)):
        assert shop.stats(kind, one)["totals"]["clicks"]["human"] == 2


def _forget_ranges(*beginnings):
    """Lose what was counted by its range, so that only the rollup can answer."""
    table = boto3.resource("dynamodb").Table("goodword-test-stats")
    lost = [row for row in table.scan()["Items"] if row["pk"].startswith(beginnings)]
    assert lost
    for row in lost:
        table.delete_item(Key={"pk": row["pk"], "sk": row["sk"]})


def test_a_question_with_too_many_days_or_no_zone_is_refused(shop):
    program = shop.program()
    path = f"/v1/programs/{program['id']}/stats"

    assert shop.get(f"{path}?from=2025-01-01&to=2026-01-01").json["errors"][0]["pointer"] == "/from"
    assert shop.get(f"{path}?timezone=Mars/Olympus").json["errors"][0]["pointer"] == "/timezone"
    assert shop.get(f"{path}?timezone=../../etc/passwd").status == 422
    assert shop.get(f"{path}?from=2026-02-30").json["errors"][0]["pointer"] == "/from"
    assert shop.get(f"{path}?tz=UTC").json["errors"][0]["pointer"] == "/tz"
