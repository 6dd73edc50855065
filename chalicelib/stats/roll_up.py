"""Adds up what is over, and programs, and counts unique visitors: on a schedule, as often as one likes."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import partial

from chalicelib.clicks import table as clicks
from chalicelib.clicks.table import partition_of
from chalicelib.kit import walk
from chalicelib.kit.dynamo import items, rows, writes
from chalicelib.kit.instants import hour_of
from chalicelib.kit.walk import Deadline
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.stats.numbers import Numbers
from chalicelib.stats.slots import shard_of
from chalicelib.stats.table import (
    AddedUp,
    ClickCounts,
    Counted,
    Cursor,
    Quarters,
    StatsRow,
    UniqueDay,
    days_of,
    hours_of,
    of_program,
    program_day,
    unique_of,
)

log = logging.getLogger(__name__)

# Less than the function's own time-out.
_MOST_SECONDS = 200
_A_DAY = timedelta(days=1)
# What is younger may be counted again by reactions under way, and is added up once more (see `recount`).
_UNSETTLED = timedelta(minutes=15)
# Before a day is over, visitors are counted again at every fourth click more: to count them is to read every click.
_MORE = 125
# A link with more people's clicks than this has its visitors counted once the day is over.
_MANY = 100_000


def roll_up(*, at: datetime) -> None:
    """
    Add up every program from where the last run had got to, a little before, to now.

    Run twice, or late, it gives the same answer; what it cannot finish in its time the next run goes on with.
    """
    deadline = Deadline(_MOST_SECONDS)
    failures: list[Exception] = []
    for program in walk.each(partial(programs.walk_page, limit=100)):
        try:
            _roll_up_program(program, at=at, deadline=deadline)
        except Exception as failure:
            # One program's trouble is not the others'. The run fails in the end all the same.
            log.exception("%s could not be added up", program.id)
            failures.append(failure)
    if failures:
        raise ExceptionGroup("programs that could not be added up", failures)


def closed_before(cursor: Cursor | None) -> date:
    """Return the first UTC day that is not added up for good: it, and what follows, is in its ranges."""
    return _hour(cursor.hour).date() if cursor is not None and cursor.hour else date.min


def _roll_up_program(program: Program, *, at: datetime, deadline: Deadline) -> None:
    cursor = rows.find(Cursor, of_program(program.id), "cursor", consistent=False)
    before = cursor.hour if cursor is not None else None
    settled = at - _UNSETTLED
    begun = _hour(before) if before else min(program.created_at, settled)
    day = begun.date()
    while day <= at.date() and not deadline.passed:
        touched = [(row.pk, row.sk) for row in StatsRow.by_program_day.query(program_day(program.id, day.isoformat()))]
        if touched and day < settled.date():
            _close(program.id, day, touched, at=at)
        elif touched:
            _add_up(program.id, day, touched, since=hour_of(begun), new_hour=before != hour_of(settled), at=at)
        day += _A_DAY
    reached = hour_of(settled) if day > at.date() else f"{day.isoformat()}T00"
    if reached == before:
        return
    late = cursor.late if cursor is not None else 0
    # If a late count has touched the cursor in the meantime, it stays there, and the next run begins there.
    same = (Cursor.hour == before) & (Cursor.late == late) if before else Cursor.hour.does_not_exist()
    writes.commit(writes.put_if(Cursor(of_program(program.id), "cursor", hour=reached, late=late, as_of=at), same))


def _close(program_id: str, day: date, touched: list[tuple[str, str]], *, at: datetime) -> None:
    """Add up every subject's day that is over, from its ranges, and count its visitors."""
    subjects: dict[str, Quarters] = defaultdict(lambda: defaultdict(Numbers))
    for row in rows.find_all(StatsRow, touched).values():
        for subject in (row.pk, of_program(program_id)):
            _add(subjects[subject], row.counted())
    for subject, quarters in subjects.items():
        if not subject.startswith("none"):
            _put(AddedUp(days_of(subject), day.isoformat(), quarters=dict(quarters), as_of=at))
    links = {
        subject: sum(numbers.human for numbers in quarters.values())
        for subject, quarters in subjects.items()
        if subject.startswith("link#")
    }
    _count_unique(program_id, day, touched, links, at=at)


def _add_up(
    program_id: str, day: date, touched: list[tuple[str, str]], *, since: str, new_hour: bool, at: datetime
) -> None:
    """Add up a program's hours of a day that is not over; its links are read by their ranges meanwhile."""
    recent = [key for key in touched if key[1] >= since]
    hours: dict[str, Quarters] = defaultdict(lambda: defaultdict(Numbers))
    links = set()
    for row in rows.find_all(StatsRow, recent, consistent=False).values():
        _add(hours[row.sk[:13]], row.counted())
        if isinstance(row, ClickCounts):
            links.add(row.pk)
    for hour, quarters in hours.items():
        _put(AddedUp(hours_of(of_program(program_id)), hour, quarters=dict(quarters), as_of=at))
    if new_hour:
        _count_unique(program_id, day, touched, _with_news(day, touched, links), at=at)


def _with_news(day: date, touched: list[tuple[str, str]], links: set[str]) -> dict[str, int]:
    """Return those links whose visitors are worth counting again before the day is over, with their people's clicks."""
    people: dict[str, int] = defaultdict(int)
    for row in rows.find_all(StatsRow, [key for key in touched if key[0] in links], consistent=False).values():
        people[row.pk] += sum(numbers.human for _, numbers in row.counted())
    keys = [(unique_of(link), day.isoformat()) for link in links]
    before = {row.pk: row.human_clicks for row in rows.find_all(UniqueDay, keys, consistent=False).values()}
    return {
        link: clicks
        for link, clicks in people.items()
        if before.get(unique_of(link), 0) * _MORE < clicks * 100 and clicks <= _MANY
    }


def _add(quarters: Quarters, counted: Counted) -> None:
    for begin, numbers in counted:
        quarters[f"{begin:%H}:{begin.minute // 15 * 15:02}"].add(numbers)


def _count_unique(
    program_id: str, day: date, touched: list[tuple[str, str]], links: dict[str, int], *, at: datetime
) -> None:
    """Count some links' visitors on a day again, and add up those of all its links."""
    partitions: dict[str, set[str]] = defaultdict(set)
    for pk, sk in touched:
        if pk.startswith("link#"):
            partitions[pk].add(partition_of(pk.removeprefix("link#"), sk[:13], shard_of(sk)))
    for link, people in links.items():
        visitors = _visitors(partitions[link])
        _put(UniqueDay(unique_of(link), day.isoformat(), visitors=visitors, human_clicks=people, as_of=at))
    if links:
        counted = rows.find_all(UniqueDay, [(unique_of(link), day.isoformat()) for link in partitions]).values()
        everybody = sum(link.visitors for link in counted)
        _put(UniqueDay(unique_of(of_program(program_id)), day.isoformat(), visitors=everybody, as_of=at))


def _visitors(partitions: Iterable[str]) -> int:
    """Return how many people left clicks in some partitions of one day."""
    visitors = set()
    for partition in partitions:
        for click in items.query(clicks.TABLE, partition, attributes=["kind", "visitor"]):
            if click["kind"]["S"] == "human":
                visitors.add(click["visitor"]["S"])
    return len(visitors)


def _put(row: AddedUp | UniqueDay) -> None:
    """Put what was counted, unless somebody counted it later."""
    newer = type(row).as_of.does_not_exist() | (type(row).as_of <= row.as_of)
    if writes.commit(writes.put_if(row, newer)):
        log.info("%s %s: a later rollup was faster", row.pk, row.sk)


def _hour(written: str) -> datetime:
    return datetime.fromisoformat(f"{written}:00:00+00:00")
