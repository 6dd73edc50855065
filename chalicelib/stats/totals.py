"""Sums a partner's numbers between two moments, without a daily report."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from chalicelib.kit.instants import hour_of, midnight
from chalicelib.stats.counts import Counts, total
from chalicelib.stats.table import StatsRow, daily_key, find_open_day, partner_subject, query_rows


def brought_by(partner_id: str, program_id: str, *, since: datetime, until: datetime) -> tuple[int, int, int]:
    """Return a partner's sales, their revenue less refunds, and sign-ups, from one moment to another, in minutes."""
    counts = counts_of_partner(partner_id, program_id, since=since, until=until)
    return counts.sales, counts.revenue - counts.refunded, counts.leads


def counts_of_partner(partner_id: str, program_id: str, *, since: datetime, until: datetime) -> Counts:
    """
    Return the counts of a partner's conversions from one moment to another, in whole minutes.

    Reads a small row for each closed day that is whole in the span, and the hours of the days at its ends.
    """
    rows = _rows_of_partner(partner_subject(partner_id, program_id), find_open_day(program_id), since, until)
    return total(counts for row in rows for begun, counts in row.counts() if since <= begun <= until)


def _rows_of_partner(subject: str, open_day: date, since: datetime, until: datetime) -> Iterator[StatsRow]:
    first = since.date() + timedelta(days=since.time() > time())
    after = min(open_day, until.date())
    if first >= after:
        yield from query_rows(subject, hour_of(since), hour_of(until))
        return
    if since < midnight(first):
        yield from query_rows(subject, hour_of(since), hour_of(midnight(first) - timedelta(hours=1)))
    yield from query_rows(daily_key(subject), first.isoformat(), (after - timedelta(days=1)).isoformat())
    yield from query_rows(subject, hour_of(midnight(after)), hour_of(until))
