"""Adds up what came of links, and of a partner between two moments, without a report of days."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from chalicelib.kit.instants import hour_of, midnight
from chalicelib.links.table import Link
from chalicelib.stats.counts import Counts, total
from chalicelib.stats.table import (
    StatsRow,
    UniqueDay,
    counts_by_link,
    daily_key,
    find_open_day,
    link_subject,
    partner_subject,
    query_rows,
    unique_key,
)


class LinkCounts(NamedTuple):
    """People's clicks on a link, and the sign-ups and sales that came of it: in total, and since a day."""

    ever: Counts
    lately: Counts


def count_links(several: Sequence[Link], *, since: date, at: datetime) -> list[LinkCounts]:
    """
    Count what came of some links of one partner, in total and from a UTC day on: current to the second.

    Reads: for each of their programs the cursor of its rollups, and one query for the ranges of its conversions since;
    for each link one query for closed days, of a small row each, and one for the ranges since. As many whatever the
    number of clicks.
    """
    by_day: dict[str, dict[date, Counts]] = {link.key: defaultdict(Counts) for link in several}
    for program_id in {link.program_id for link in several}:
        own = [link for link in several if link.program_id == program_id]
        begun = min(link.created_at.date() for link in own)
        open_from = max(find_open_day(program_id), begun)
        for link in own:
            _add_days(by_day[link.key], link_subject(link.key), link.created_at.date(), open_from, at=at)
        subject = partner_subject(own[0].partner_id, program_id)
        outcomes = query_rows(subject, open_from.isoformat(), at.date().isoformat())
        for moment, code_key, counts in counts_by_link(outcomes):
            if code_key in by_day:
                by_day[code_key][moment.date()].add(counts)
    days = [by_day[link.key] for link in several]
    return [
        LinkCounts(total(one.values()), total(counts for day, counts in one.items() if day >= since)) for one in days
    ]


def _add_days(by_day: dict[date, Counts], subject: str, begun: date, open_from: date, *, at: datetime) -> None:
    """Add a link's counts of closed days, and its clicks of ranges since."""
    if begun < open_from:
        last_closed = open_from - timedelta(days=1)
        for row in query_rows(unique_key(subject), begun.isoformat(), last_closed.isoformat()):
            if isinstance(row, UniqueDay):
                by_day[date.fromisoformat(row.sk)].add(Counts(row.human_clicks, leads=row.leads, sales=row.sales))
    for row in query_rows(subject, max(open_from, begun).isoformat(), at.date().isoformat()):
        for moment, counts in row.counts():
            by_day[moment.date()].add(counts.of_clicks())


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
