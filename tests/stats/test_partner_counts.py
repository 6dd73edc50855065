"""What came of a partner is the same by closed days as by ranges, in every zone, and of days that older code closed."""

from collections import Counter
from datetime import timedelta

import pytest

from chalicelib.kit import memory
from chalicelib.kit.dynamo import rows
from chalicelib.outbox.table import Message
from chalicelib.programs import find as programs
from chalicelib.stats import partner_counts
from chalicelib.stats.table import Rollup, RollupCursor, StatsRow, program_subject
from tests.faults.world import built_once

ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns")


@pytest.fixture
@built_once
def busy(shop):
    """A program with two partners, each with three links, clicks and sales at every third hour of three days."""
    program = shop.program()
    partners = [shop.partner(program, name=f"P{n}", email=f"p{n}@mail.example") for n in range(2)]
    links = [shop.link(program, partners[n % 2], channel=f"c{n}") for n in range(6)]
    for hour in range(0, 72, 3):
        for n, link in enumerate(links):
            if (hour + n) % 2:
                order = f"order-{hour}-{n}"
                shop.sale(program, order, order, amount=hour + n, click_id=shop.click_id(link))
        shop.sale(program, f"nobodys-{hour}", f"nobody-{hour}", amount=7)
        shop.wait(hours=3)
    shop.streams.run()
    return program, partners


def numbers(shop, partners, without_visitors=False):
    """Return all that is said of partners, in four zones; visitors of open days are counted from time to time only."""
    memory.forget_everything()
    answers = []
    for partner in partners:
        for zone in ZONES:
            query = f"from=2026-03-11&to=2026-03-13&timezone={zone}"
            view = shop.get(f"/v1/partners/{partner['id']}/stats?{query}").json
            metrics = [view["totals"], *(one["metrics"] for one in (*view["days"], *view["links"]))]
            if without_visitors:
                for one in metrics:
                    one["clicks"]["unique"] = 0
            answers.append(metrics)
        steps = shop.get(f"/v1/partners/{partner['id']}/onboarding").json["steps"]
        answers.append([(step["name"], (step["at"] or "")[:13]) for step in steps])
    return answers


def cursor(program):
    return rows.find(RollupCursor, program_subject(program["id"]), "cursor")


def as_older_code_left(program, partners):
    """Have the stored statistics look as they did before partners' closed days had clicks, and ranges a partner."""
    at = cursor(program)
    at.summed_from = None
    at.save()
    for partner in partners:
        for row in Rollup.query(f"days#{partner['id']}#{program['id']}"):
            row.by_link = {}
            row.quarters = {quarter: counts.without_clicks() for quarter, counts in row.quarters.items()}
            row.save()
    for row in StatsRow.scan():
        if row.partner is not None:
            row.update([StatsRow.partner.remove()])


@pytest.mark.slow
def test_the_ranges_of_a_hot_link_are_read_by_the_page_and_come_to_the_same(shop, busy, monkeypatch):
    _, partners = busy

    def read(hot):
        monkeypatch.setattr(partner_counts, "_HOT", hot)
        before = len(shop.line.calls)
        return numbers(shop, partners), Counter(operation for operation, _ in shop.line.calls[before:])

    one_by_one, calls_by_one = read(10_000)
    by_the_page, calls_by_page = read(1)

    assert by_the_page == one_by_one
    assert calls_by_page["BatchGetItem"] < calls_by_one["BatchGetItem"]
    assert calls_by_page["Query"] > calls_by_one["Query"]


@pytest.mark.slow
def test_while_rollups_are_late_clicks_are_read_by_link_in_as_many_calls_however_late(shop, busy, monkeypatch):
    _, partners = busy

    def read(days, few=3):
        monkeypatch.setattr(partner_counts, "_FEW_DAYS", few)
        shop.wait(days=days)
        before = len(shop.line.calls)
        return numbers(shop, partners), len(shop.line.calls) - before

    by_link, by_day, later = read(8), read(0, few=365), read(8)

    assert by_link[0] == by_day[0] == later[0]
    assert later[1] == by_link[1] < by_day[1]


def test_a_partners_numbers_are_the_same_by_ranges_and_by_closed_days_in_every_zone(shop, busy):
    _, partners = busy
    before = numbers(shop, partners, without_visitors=True)

    shop.wait(days=1)
    shop.settle()

    assert numbers(shop, partners, without_visitors=True) == before


def test_days_that_older_code_closed_have_the_numbers_that_they_had(shop, busy):
    program, partners = busy
    shop.wait(days=1)
    shop.settle()
    before = numbers(shop, partners)

    as_older_code_left(program, partners)
    untouched = numbers(shop, partners)
    shop.wait(minutes=15)
    shop.settle()

    assert cursor(program).summed_from == shop.at.date().isoformat()
    assert untouched == before
    assert numbers(shop, partners) == before


def test_a_day_that_older_code_left_open_is_closed_with_all_it_had(shop, busy):
    program, partners = busy
    shop.settle()
    before = numbers(shop, partners, without_visitors=True)

    as_older_code_left(program, partners)
    shop.run_schedule("roll_up")
    adopted = numbers(shop, partners, without_visitors=True)
    shop.wait(days=1)
    shop.settle()

    assert adopted == before
    assert numbers(shop, partners, without_visitors=True) == before


def test_a_day_that_older_code_closed_keeps_all_it_had_when_it_is_closed_once_more(shop, busy):
    program, partners = busy
    shop.wait(days=1)
    shop.settle()
    before = numbers(shop, partners, without_visitors=True)
    as_older_code_left(program, partners)
    shop.wait(hours=1)
    shop.settle()
    at, shop.at = shop.at, shop.at - timedelta(days=3)

    shop.click({"code": _code(shop, partners[0])})
    shop.at = at
    shop.settle()

    after = numbers(shop, partners, without_visitors=True)
    assert cursor(program).summed_from > "2026-03-13"
    totals = [[answers[0]["clicks"]["human"] for answers in one[:4]] for one in (before, after)]
    assert [later - earlier for earlier, later in zip(*totals, strict=True)] == [1] * 4
    assert after[5:9] == before[5:9]


def _code(shop, partner):
    return shop.get(f"/v1/links?partner={partner['id']}").json["data"][0]["code"]


def test_emails_go_by_what_older_code_closed_too(shop, busy):
    program, partners = busy
    shop.wait(days=1)
    shop.settle()
    as_older_code_left(program, partners)

    # Whoever has shared by then is not reminded to.
    shop.wait(days=11)
    shop.run_schedule("send_scheduled")
    shop.streams.run()
    reminders = [row for row in Message.scan() if row.template == "last_follow_up"]
    shop.wait(days=9)
    shop.run_schedule("send_monthly")
    shop.streams.run()

    monthly = [row for row in Message.scan() if row.template == "monthly"]
    assert [(row.status, row.reason) for row in reminders] == [("skipped", "has_shared")] * 2
    assert sorted(row.figures["clicks"] for row in monthly) == [36, 36]


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
def test_numbers_of_many_partners_equal_the_numbers_of_each(shop, busy, closed):
    program, partners = busy
    if closed:
        shop.wait(days=1)
        shop.settle()
    memory.forget_everything()
    stored = programs.find(program["id"]).program
    identifiers = sorted(one["id"] for one in partners)

    together = partner_counts.read_counts_of_many(identifiers, stored, at=shop.at)

    for identifier in identifiers:
        alone = partner_counts.read_counts(identifier, stored, at=shop.at)
        times = sorted((begun, str(counts)) for begun, counts in alone.by_time())
        assert len(times) > 10
        assert sorted((begun, str(counts)) for begun, counts in together[identifier].by_time()) == times
