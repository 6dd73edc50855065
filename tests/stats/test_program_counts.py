"""The counts of all partners of a program: right on open, closed and older days, and of whole days if time is short."""

from datetime import date, timedelta

import pytest

from chalicelib.kit import memory
from chalicelib.kit.dynamo import wire
from chalicelib.stats.rank import rank
from chalicelib.stats.shapes import RankingQuery
from chalicelib.stats.table import DaySums, RollupCursor, StatsRow, program_subject
from tests.faults.sampling import sample
from tests.reports.histories import MARCH, OCTOBER, Recount, happen, span_of

NAMES = ("human_clicks", "leads", "sales", "customers", "revenue", "refunded", "referrer_net")


def happened(shop, begin, zone, state):
    """Return a program in which something happened in a week now in a *state*, its links, and the days around it."""
    program, _, links = happen(shop, 11, begin, timezone=zone)
    span = span_of(begin, shop)
    if state != "open":
        shop.wait(days=2)
        shop.settle()
        shop.sale(program, "late", "late", amount=50, code=links[0]["code"])
        shop.click(links[1])
        shop.settle()
        span["to"] = f"{shop.at:%Y-%m-%d}"
    sheets = list(DaySums.query(f"sums#program#{program['id']}"))
    if state == "open":
        RollupCursor(program_subject(program["id"]), "cursor").delete()
    elif state == "closed by older code":
        for sheet in sheets:
            sheet.delete()
    elif state == "closed by both":
        for sheet in sheets[1::2]:
            sheet.delete()
    memory.forget_everything()
    return program, links, span


STATES = ["open", "closed", "closed by older code", "closed by both"]


def counted(shop, program, span, **most):
    return rank(program["id"], RankingQuery(from_=span["from"], to=span["to"], limit=100), at=shop.at, **most)


def numbers(view):
    """Return the numbers of each partner of a ranking, as a recount has them."""
    return {
        one.partner: (
            *(one.metrics.clicks.human, one.metrics.leads, one.metrics.sales, one.metrics.customers),
            *(one.metrics.revenue.amount, one.metrics.refunded.amount, one.metrics.referrer_rewards.net),
        )
        for one in view.partners
    }


def expected(recount, first, last):
    rows, _ = recount.report(("partner",), NAMES, first, last)
    return {name: tuple(row.values()) for (name,), row in rows.items() if name is not None and any(row.values())}


@pytest.mark.slow
@pytest.mark.sweep
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("begin", "zone"), sample([(MARCH, "Europe/Berlin"), (OCTOBER, "Asia/Kathmandu")], 1))
def test_every_partner_has_what_the_raw_rows_say(shop, begin, zone, state):
    program, links, span = happened(shop, begin, zone, state)
    recount = Recount(shop, links, zone)

    view = counted(shop, program, span)

    assert view.complete
    assert view.channels_complete
    assert (view.from_, view.to) == (span["from"], span["to"])
    assert numbers(view) == expected(recount, span["from"], span["to"])
    assert sum(one.metrics.clicks.human for one in view.channels) == sum(one[0] for one in numbers(view).values())


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
def test_what_there_is_no_time_for_is_left_out_by_whole_days_and_the_rest_is_right(shop, state):
    program, links, span = happened(shop, OCTOBER, "Asia/Kathmandu", state)
    recount = Recount(shop, links, "Asia/Kathmandu")
    views = []

    for calls in range(60):
        memory.forget_everything()
        before = wire.calls_made()
        views.append(view := counted(shop, program, span, most_calls=calls))

        assert numbers(view) == (expected(recount, view.from_, view.to) if view.from_ <= view.to else {})
        # Of the program, and those that were begun in time: the last of the days', and of the channels'.
        assert wire.calls_made() - before <= 1 + calls + 2 + calls // 2 + 1

    lengths = [date.fromisoformat(one.to) - date.fromisoformat(one.from_) for one in views]
    assert (views[0].complete, views[0].partners) == (False, [])
    assert views[-1].complete
    assert len(set(lengths)) > (1 if state == "closed" else 2)


def test_days_in_another_zone_begin_at_its_midnight(shop):
    program, links, span = happened(shop, MARCH, "Europe/Berlin", "closed")
    recount = Recount(shop, links, "Asia/Kolkata")
    last = f"{MARCH + timedelta(days=2):%Y-%m-%d}"
    query = RankingQuery(from_=span["from"], to=last, timezone="Asia/Kolkata", limit=100)

    view = rank(program["id"], query, at=shop.at)

    assert (view.complete, view.timezone) == (True, "Asia/Kolkata")
    assert numbers(view) == expected(recount, span["from"], last) != {}


def test_sheets_of_a_day_are_read_whole_or_not_at_all(shop, monkeypatch):
    monkeypatch.setattr("chalicelib.stats.day_sums._MOST_BYTES", 100)
    program, links, span = happened(shop, MARCH, "Europe/Berlin", "closed")
    recount = Recount(shop, links, "Europe/Berlin")
    key = f"sums#program#{program['id']}"
    days = {row.sk[:10] for row in DaySums.query(key, StatsRow.sk > "2026-03-28") if row.sk.endswith("#0001")}
    # A sheet that is left from an earlier time, behind the last one; and a day whose last sheet is missing.
    first, second, *_ = sorted(days)
    last = next(row for row in DaySums.query(key, StatsRow.sk.startswith(first)) if row.last)
    DaySums(key, f"{first}#0099", sums=last.sums, cuts=last.cuts, last=False, as_of=shop.at).save()
    next(row for row in DaySums.query(key, StatsRow.sk.startswith(second)) if row.last).delete()

    assert numbers(counted(shop, program, span)) == expected(recount, span["from"], span["to"])
