"""Rolls up counts: closed days, the hours of programs, and unique visitors. Scheduled; idempotent."""

import logging
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial

from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.instants import hour_of
from chalicelib.kit.walk import Deadline
from chalicelib.links import find as links
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.stats.close_day import DayClosing, add_quarters, count_visits, put_rollup
from chalicelib.stats.cohort_days import Enrolled
from chalicelib.stats.counts import Counts, total
from chalicelib.stats.stretches import Key, read_rows, stretches
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
# Younger data may still be recounted by stream handlers, and are rolled up again (see `recount`).
_UNSETTLED = timedelta(minutes=15)
# Visitors of an open day are recounted when clicks have grown to this many percent: that reads every click.
_GROWTH = 125
# Visitors of a link with more clicks of people than this are counted once, when the day is closed.
_MOST_CLICKS = 100_000


def roll_up(*, at: datetime) -> None:
    """
    Roll up every program from where the last run ended, a little before, to now.

    Idempotent: safe to run late, twice or concurrently. Bounded by time; the next run resumes. A program takes at most
    half of the remaining time, so that a large program does not delay the others.
    """
    deadline = Deadline(_MOST_SECONDS)
    failures: list[Exception] = []
    for program in walk.each(partial(programs.walk_every_mode, limit=100)):
        try:
            _roll_up_program(program, at=at, deadline=deadline.half())
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
    day, closing, enrolled = begun.date(), None, Enrolled(program)
    summed_from = cursor.summed_from if cursor is not None else day.isoformat()
    cohorts_from = cursor.cohorts_from if cursor is not None else day.isoformat()
    stepped_from = _stepped_from(cursor, day)
    while day <= at.date() and not deadline.passed:
        if summed_from is None or day.isoformat() < summed_from:
            _adopt(program.id, day)
        if day < settled.date():
            after = cursor.closed_of(day) if cursor is not None else ""
            closed = DayClosing(program, day, enrolled=enrolled, stepped_from=stepped_from, at=at)
            closing = closed.run(after=after, deadline=deadline)
            if closing is not None:
                break
            cohorts_from = _counted_from(cohorts_from, day, by_cohort=closed.by_cohort)
        else:
            hours = OpenDay(program.id, day, since=hour_of(begun), at=at)
            hours.roll_up(visitors=before != hour_of(settled), deadline=deadline)
        day += _A_DAY
    reached = hour_of(settled) if day > at.date() else f"{day.isoformat()}T00"
    if reached == before and closing is None:
        return
    # If a late recount has moved the cursor in the meantime, it stays there, and the next run begins there.
    same = RollupCursor.hour.does_not_exist()
    if before:
        same = (RollupCursor.hour == before) & (RollupCursor.late == late)
    moved = RollupCursor(subject, "cursor", hour=reached, late=late, summed_from=summed_from, as_of=at)
    moved.cohorts_from, moved.stepped_from = cohorts_from, stepped_from.isoformat()
    if summed_from is None and day > at.date():
        moved.summed_from = begun.date().isoformat()
    if closing is not None:
        moved.closing = f"{late}|{day.isoformat()}|{closing}"
    writes.commit(writes.put_if(moved, same))


def _counted_from(before: str | None, day: date, *, by_cohort: bool) -> str | None:
    """Return from which day on all closed ones are counted by cohort, once one more is closed."""
    if not by_cohort:
        return (day + _A_DAY).isoformat()
    return min(before or day.isoformat(), day.isoformat())


def _stepped_from(cursor: RollupCursor | None, begun: date) -> date:
    """Return since when closed days have the steps of customers: a day that older code began may not."""
    if cursor is not None and cursor.stepped_from is None:
        return begun + _A_DAY
    return min(begun, date.fromisoformat(cursor.stepped_from)) if cursor is not None and cursor.stepped_from else begun


def _adopt(program_id: str, day: date) -> None:
    """Add the partner to a day's ranges that older code stored without one."""
    for row in StatsRow.by_program_day.query(program_day(program_id, day.isoformat())):
        partner = row.pk.partition("#")[0]
        if isinstance(row, ClickCounts):
            code = row.pk.removeprefix("link#")
            link = links.find_by_codes([code]).get(code)
            partner = link.partner_id if link is not None else ""
        if partner:
            owned = StatsRow.partner.set(partner)
            writes.commit(writes.update_if(row, owned, condition=StatsRow.partner.does_not_exist()))


class OpenDay:
    """A UTC day of a program that is not closed: of hours *since* one, there may be counts that are new."""

    def __init__(self, program_id: str, day: date, *, since: str, at: datetime) -> None:
        self.program_id = program_id
        self.day = day.isoformat()
        self.since = since
        self.at = at
        self._hours: dict[str, QuarterHours] = defaultdict(lambda: defaultdict(Counts))

    def roll_up(self, *, visitors: bool, deadline: Deadline) -> None:
        """
        Write the program's hourly rollups; links are still read by their ranges. With *visitors*, recount those, too.

        Links are read in batches, so that memory is bounded for any number of links a day.
        """
        unique, recounted = 0, False
        for stretch in stretches(self._ranges()):
            touched = self._add_hours(stretch)
            if visitors:
                stored = self._stored_visitors(stretch)
                grown = {} if deadline.passed else self._grown(stretch, touched, stored)
                for link, counts in grown.items():
                    if deadline.passed:
                        break
                    number = count_visits(link, self.day, stretch[link], counts, at=self.at).visitors
                    stored[link] = UniqueDay(unique_key(link), self.day, visitors=number)
                    recounted = True
                unique += sum(row.visitors for row in stored.values())
        for hour, quarters in self._hours.items():
            key = hourly_key(program_subject(self.program_id))
            put_rollup(Rollup(key, hour, quarters=dict(quarters), as_of=self.at))
        if recounted:
            key = unique_key(program_subject(self.program_id))
            put_rollup(UniqueDay(key, self.day, visitors=unique, as_of=self.at))

    def _ranges(self) -> Iterator[tuple[str, Key]]:
        """Yield the keys of the day's ranges by their subjects."""
        for row in StatsRow.by_program_day.query(program_day(self.program_id, self.day)):
            yield row.pk, (row.pk, row.sk)

    def _add_hours(self, stretch: dict[str, list[Key]]) -> set[str]:
        """Add what may be new to the program's hours; returns the links that it is of."""
        touched = set()
        recent = [key for keys in stretch.values() for key in keys if key[1] >= self.since]
        for row in read_rows(recent, consistent=False):
            add_quarters(self._hours[row.sk[:13]], row.counts())
            if isinstance(row, ClickCounts):
                touched.add(row.pk)
        return touched

    def _stored_visitors(self, stretch: dict[str, list[Key]]) -> dict[str, UniqueDay]:
        keys = [(unique_key(subject), self.day) for subject in stretch if subject.startswith("link#")]
        stored = rows.find_all(UniqueDay, keys, consistent=False)
        return {row.pk.removeprefix("unique#"): row for row in stored.values()}

    def _grown(
        self, stretch: dict[str, list[Key]], touched: set[str], stored: dict[str, UniqueDay]
    ) -> dict[str, Counts]:
        """Return those links whose visitors should be recounted while the day is open, with their clicks."""
        counted: dict[str, Counts] = defaultdict(Counts)
        for row in read_rows((key for link in touched for key in stretch[link]), consistent=False):
            counted[row.pk].add(total(counts for _, counts in row.counts()))
        before = {link: row.human_clicks for link, row in stored.items()}
        return {
            link: counts
            for link, counts in counted.items()
            if before.get(link, 0) * _GROWTH < counts.human * 100 and counts.human <= _MOST_CLICKS
        }


def _hour(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00:00+00:00")
