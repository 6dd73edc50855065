"""Rolls up counts: closed days, the hours of programs, and unique visitors. Scheduled; idempotent."""

import logging
from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import partial

from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.instants import hour_of
from chalicelib.kit.walk import Deadline
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.stats.close_day import DayClosing, add_quarters, count_stored_visitors, put_rollup, put_visitors
from chalicelib.stats.counts import Counts, total
from chalicelib.stats.table import (
    ClickCounts,
    QuarterHours,
    Rollup,
    RollupCursor,
    StatsRow,
    UniqueDay,
    hourly_key,
    program_day,
    program_subject,
    unique_key,
)

log = logging.getLogger(__name__)

# Less than the function's own time-out.
_MOST_SECONDS = 200
_A_DAY = timedelta(days=1)
# What is younger may still be recounted by stream handlers, and is rolled up once more (see `recount`).
_UNSETTLED = timedelta(minutes=15)
# Visitors of an open day are recounted when clicks have grown to this many percent: that reads every click.
_GROWTH = 125
# Visitors of a link with more clicks of people than this are counted once, when the day is closed.
_MOST_CLICKS = 100_000


def roll_up(*, at: datetime) -> None:
    """
    Roll up every program from where the last run ended, a little before, to now.

    Idempotent: safe to run late, twice or concurrently. Bounded by time; the next run resumes.
    """
    deadline = Deadline(_MOST_SECONDS)
    failures: list[Exception] = []
    for program in walk.each(partial(programs.walk_page, limit=100)):
        try:
            _roll_up_program(program, at=at, deadline=deadline)
        except Exception as failure:
            # One program's failure does not stop the others; the run fails in the end.
            log.exception("%s could not be rolled up", program.id)
            failures.append(failure)
    if failures:
        raise ExceptionGroup("programs that could not be rolled up", failures)


def _roll_up_program(program: Program, *, at: datetime, deadline: Deadline) -> None:
    subject = program_subject(program.id)
    cursor = rows.find(RollupCursor, subject, "cursor", consistent=False)
    before = cursor.hour if cursor is not None else None
    late = cursor.late if cursor is not None else 0
    settled = at - _UNSETTLED
    begun = _hour(before) if before else min(program.created_at, settled)
    day, closing = begun.date(), None
    while day <= at.date() and not deadline.passed:
        touched = [(row.pk, row.sk) for row in StatsRow.by_program_day.query(program_day(program.id, day.isoformat()))]
        if touched and day < settled.date():
            after = cursor.closed_of(day) if cursor is not None else ""
            closing = DayClosing(subject, day, touched, at=at).run(after=after, deadline=deadline)
            if closing is not None:
                break
        elif touched:
            _roll_up_hours(subject, day, touched, since=hour_of(begun), new_hour=before != hour_of(settled), at=at)
        day += _A_DAY
    reached = hour_of(settled) if day > at.date() else f"{day.isoformat()}T00"
    if reached == before and closing is None:
        return
    # If a late recount has moved the cursor in the meantime, it stays there, and the next run begins there.
    same = RollupCursor.hour.does_not_exist()
    if before:
        same = (RollupCursor.hour == before) & (RollupCursor.late == late)
    moved = RollupCursor(subject, "cursor", hour=reached, late=late, as_of=at)
    if closing is not None:
        moved.closing = f"{late}|{day.isoformat()}|{closing}"
    writes.commit(writes.put_if(moved, same))


def _roll_up_hours(
    program: str, day: date, touched: list[tuple[str, str]], *, since: str, new_hour: bool, at: datetime
) -> None:
    """Write a program's hourly rollups of an open day; its links are read by their ranges meanwhile."""
    recent = [key for key in touched if key[1] >= since]
    hours: dict[str, QuarterHours] = defaultdict(lambda: defaultdict(Counts))
    links = set()
    for row in rows.find_all(StatsRow, recent, consistent=False).values():
        add_quarters(hours[row.sk[:13]], row.counts())
        if isinstance(row, ClickCounts):
            links.add(row.pk)
    for hour, quarters in hours.items():
        put_rollup(Rollup(hourly_key(program), hour, quarters=dict(quarters), as_of=at))
    if new_hour:
        _count_visitors(program, day, touched, _grown(day, touched, links), at=at)


def _grown(day: date, touched: list[tuple[str, str]], links: set[str]) -> dict[str, Counts]:
    """Return those links whose visitors should be recounted while the day is open, with their clicks."""
    counted: dict[str, Counts] = defaultdict(Counts)
    for row in rows.find_all(StatsRow, [key for key in touched if key[0] in links], consistent=False).values():
        counted[row.pk].add(total(counts for _, counts in row.counts()))
    keys = [(unique_key(link), day.isoformat()) for link in links]
    before = {row.pk: row.human_clicks for row in rows.find_all(UniqueDay, keys, consistent=False).values()}
    return {
        link: counts
        for link, counts in counted.items()
        if before.get(unique_key(link), 0) * _GROWTH < counts.human * 100 and counts.human <= _MOST_CLICKS
    }


def _count_visitors(
    program: str, day: date, touched: list[tuple[str, str]], counted: dict[str, Counts], *, at: datetime
) -> None:
    """Recount visitors of some links on a day (*counted*: what is), and sum up those of all the program's links."""
    ranges: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for pk, sk in touched:
        if pk.startswith("link#"):
            ranges[pk].append((pk, sk))
    for link, counts in counted.items():
        put_visitors(link, day.isoformat(), ranges[link], counts, at=at)
    if counted and ranges:
        visitors = count_stored_visitors(ranges, day.isoformat())
        put_rollup(UniqueDay(unique_key(program), day.isoformat(), visitors=visitors, as_of=at))


def _hour(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00:00+00:00")
