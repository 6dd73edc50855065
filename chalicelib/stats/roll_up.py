"""Adds up programmes, and counts unique visitors: on a schedule, as often as one likes."""

import logging
import time
from collections import defaultdict
from datetime import date, datetime, timedelta

from chalicelib.clicks.table import Click, partition_of
from chalicelib.kit import rows, writes
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.stats.numbers import Numbers, total
from chalicelib.stats.table import (
    ClickHour,
    Cursor,
    OutcomeHour,
    ProgramDay,
    StatsRow,
    UniqueDay,
    of_program,
    of_unique,
    program_day,
)

log = logging.getLogger(__name__)

# Less than the function's own time-out.
_MOST_SECONDS = 200
_AGAIN = timedelta(days=1)
# A link with more clicks a day than this has its visitors counted once the day is over.
_MANY = 100_000


def roll_up(*, at: datetime) -> None:
    """
    Add up every programme's days from the one before the last that was added up, to today.

    Run twice, or late, it gives the same answer; what it cannot finish in its time the next run goes on with.
    """
    until = time.monotonic() + _MOST_SECONDS
    position = None
    failures: list[Exception] = []
    while True:
        page, position = programs.page(limit=100, position=position)
        for program in page:
            try:
                _roll_up_program(program, at=at, until=until)
            except Exception as failure:
                # One programme's trouble is not the others'. The run fails in the end all the same.
                log.exception("%s could not be added up", program.id)
                failures.append(failure)
        if position is None:
            break
    if failures:
        raise ExceptionGroup("programmes that could not be added up", failures)


def _roll_up_program(program: Program, *, at: datetime, until: float) -> None:
    cursor = rows.find(Cursor, of_program(program.id), "cursor")
    begun = date.fromisoformat(cursor.day) if cursor else program.created_at.date()
    begun = min(begun, at.date())
    day = begun - _AGAIN
    while day <= at.date() and time.monotonic() < until:
        _roll_up_day(program.id, day, at=at)
        day += _AGAIN
    moved = Cursor(of_program(program.id), "cursor", day=min(max(day, begun), at.date()).isoformat())
    # If a late count has moved the cursor back in the meantime, it stays there, and the next run begins there.
    same = Cursor.day == cursor.day if cursor else Cursor.day.does_not_exist()
    writes.commit(writes.Write(moved, same))


def _roll_up_day(program_id: str, day: date, *, at: datetime) -> None:
    touched = list(StatsRow.by_program_day.query(program_day(program_id, day.isoformat())))
    if not touched:
        return
    hours = rows.find_all(StatsRow, [(row.pk, row.sk) for row in touched]).values()
    quarters: dict[str, Numbers] = defaultdict(Numbers)
    people: dict[str, int] = defaultdict(int)
    partitions: dict[str, list[str]] = defaultdict(list)
    for row in hours:
        if not isinstance(row, ClickHour | OutcomeHour):
            continue
        minutes = row.minutes()
        for minute, numbers in minutes.items():
            quarters[f"{row.sk[11:13]}:{minute // 15 * 15:02}"].add(numbers)
        if isinstance(row, ClickHour):
            code_key = row.pk.removeprefix("link#")
            people[code_key] += total(minutes.values()).human
            hour, _, shard = row.sk.partition("#")
            partitions[code_key].append(partition_of(code_key, hour, int(shard)))
    unique = sum(_unique(link, day, clicks, partitions[link], at=at) for link, clicks in people.items())
    added_up = ProgramDay(of_program(program_id), day.isoformat(), quarters=dict(quarters), unique=unique, as_of=at)
    newer = ProgramDay.as_of.does_not_exist() | (ProgramDay.as_of <= at)
    if writes.commit(writes.Write(added_up, newer)):
        log.info("%s %s: a later roll-up was faster", program_id, day)


def _unique(code_key: str, day: date, clicks: int, partitions: list[str], *, at: datetime) -> int:
    """Return a link's unique visitors on a day: counted again only if more people clicked since."""
    if clicks == 0:
        return 0
    before = rows.find(UniqueDay, of_unique(code_key), day.isoformat())
    over = at.date() > day
    if before is not None and (before.human_clicks >= clicks or (clicks > _MANY and not over)):
        return before.visitors
    visitors: set[str] = set()
    counted = 0
    for partition in partitions:
        for click in Click.query(partition, attributes_to_get=["row", "kind", "visitor"]):
            if click.kind == "human":
                visitors.add(click.visitor)
                counted += 1
    UniqueDay(of_unique(code_key), day.isoformat(), visitors=len(visitors), human_clicks=counted, as_of=at).save()
    return len(visitors)
