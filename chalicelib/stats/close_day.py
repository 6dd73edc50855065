"""
Closes a program's day: writes the daily rollup of every link and partner, and of the program; and counts its visitors.

A stretch of partners at a time, in the order of the index, so that what is held in memory is bounded however many links
a day had; and a day that takes longer than one run is resumed by the next.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

import msgspec

from chalicelib.clicks.table import partition_of
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.walk import Deadline
from chalicelib.partners.duplicates import families_of
from chalicelib.programs.table import Program
from chalicelib.stats.cohort_days import CohortWriter, Enrolled
from chalicelib.stats.counts import Counts, total
from chalicelib.stats.customer_partners import count_new_partners
from chalicelib.stats.customer_steps import CustomerSteps
from chalicelib.stats.day_sums import DayWriter, cuts_of, sum_up
from chalicelib.stats.encoding import shard_of
from chalicelib.stats.journey_table import DaySteps, steps_key
from chalicelib.stats.steps import Steps
from chalicelib.stats.stretches import Key, batched, read_rows, stretches
from chalicelib.stats.table import (
    CountsByTime,
    LinkDay,
    OutcomeCounts,
    QuarterHours,
    Rollup,
    StatsRow,
    UniqueDay,
    daily_key,
    link_subject,
    partner_subject,
    program_day,
    program_subject,
    unique_key,
)
from chalicelib.stats.visits import Visits, read_visits

log = logging.getLogger(__name__)

# Rollups of partners that are in memory together.
_PARTNERS_TOGETHER = 100


class DayClosing:
    """The closing of one UTC day of a program. From the day *stepped_from* on, steps of its customers are counted."""

    def __init__(self, program: Program, day: date, *, enrolled: Enrolled, stepped_from: date, at: datetime) -> None:
        self.program = program
        self.enrolled = enrolled
        self.program_id = program.id
        self.date = day
        self.day = day.isoformat()
        # Where days of the program begin.
        self.cuts = cuts_of(program.calendar, day)
        self.at = at
        # Whether all of its partners were counted by cohort: not what older code had closed before.
        self.by_cohort = True
        self.customers = CustomerSteps(program, day, since=stepped_from)
        # The rollups of partners, as this run wrote them: None if it has not written all, or they are many.
        self._written: list[Rollup] | None = None

    def run(self, *, after: str, deadline: Deadline) -> str | None:
        """
        Close the day, starting after the partner *after*, the previous run's last one. Returns this run's last one.

        None once everything is closed. At least one stretch is done in a run, or a day would never be closed.
        """
        closed = bool(after)
        self._written = None if after else []
        for stretch in stretches(self._ranges(after)):
            self._close(stretch)
            closed = True
            if deadline.passed:
                return next(reversed(stretch))
        if closed:
            self._close_program()
        else:
            # Partners enroll on days without anything, too.
            self._cohorts().finish()
            self._put_steps(Steps(), _quarters())
        return None

    def _ranges(self, after: str) -> Iterator[tuple[str, Key]]:
        """Yield the keys of the day's ranges, with whose they are, in the order of partners."""
        behind = StatsRow.partner > after if after else None
        for row in StatsRow.by_partner.query(program_day(self.program_id, self.day), behind):
            yield str(row.partner), (row.pk, row.sk)

    def _close(self, stretch: dict[str, list[Key]]) -> None:
        families = families_of(stretch)
        # Loaded late: most runs close no day.
        from chalicelib.stats.count_outcomes import OutcomesOfDay
        from chalicelib.stats.outcome_reader import OutcomeReader

        reader = OutcomeReader(self.program_id)
        # The hours with outcomes: the other ranges are of links.
        hours = {
            partner: [hour for pk, hour in keys if pk == partner_subject(partner, self.program_id)]
            for partner, keys in stretch.items()
        }
        outcomes = OutcomesOfDay(self.program_id, self.program.calendar, self.cuts, reader).count(hours)
        for partner, counted in _count(stretch).items():
            own, by_link = counted.own, counted.by_link
            sums = {code_key: sum_up(quarters, self.cuts) for code_key, quarters in by_link.items()}
            sums[""] = sum_up(_rest(own, by_link.values()), self.cuts)
            others = [self._count_partner(one) for one in families.get(partner, ()) if one != partner]
            steps = self.customers.of_partner(partner, hours[partner] if partner.startswith("ptr_") else [], reader)
            days, shared = self._close_links(counted, others, steps)
            for quarters in by_link.values():
                for quarter, counts in quarters.items():
                    own[quarter].add(counts.of_clicks())
            rollup = self._rollup(f"{partner}#{self.program_id}", own)
            rollup.links, rollup.by_link, rollup.sums = sorted(counted.came_by), days, sums
            rollup.shared, rollup.steps = shared, msgspec.to_builtins(steps, str_keys=True)
            rollup.by_terms, rollup.cohorts = outcomes[partner].by_terms(), outcomes[partner].cohorts
            self._keep(rollup, is_newest=put_rollup(rollup))

    def _keep(self, rollup: Rollup, *, is_newest: bool) -> None:
        """Keep a rollup for the program's sums, as long as all of them are the newest, and few."""
        if self._written is not None and is_newest and len(self._written) < _PARTNERS_TOGETHER:
            self._written.append(rollup)
        else:
            self._written = None

    def _count_partner(self, partner: str) -> "_Counted":
        ranges = StatsRow.by_partner.query(program_day(self.program_id, self.day), StatsRow.partner == partner)
        return _count({partner: [(row.pk, row.sk) for row in ranges]})[partner]

    def _close_links(
        self, counted: "_Counted", others: Sequence["_Counted"], steps: Steps
    ) -> tuple[dict[str, LinkDay], dict[str, QuarterHours]]:
        """
        Write the rollups of a partner's links. Return the partner's numbers of each, and quarters of those they share.

        A link's clicks are one partner's, its results perhaps also those of *others*: who was merged with them. The
        rollup of such a link is of all of them, whoever of them is closed last.
        """
        ranges: dict[str, list[Key]] = defaultdict(list)
        for key in (key for one in (counted, *others) for key in one.keys):
            ranges[key[0]].append(key)
        clicked = {pk for pk, _ in counted.keys}
        days, shared = {}, {}
        for code_key, own in counted.by_link.items():
            subject, quarters = link_subject(code_key), own
            if parts := [one.by_link[code_key] for one in others if code_key in one.by_link]:
                shared[code_key], quarters = dict(own), _sum([own, *parts])
            counts = total(quarters.values())
            visits = count_visits(subject, self.day, ranges[subject], counts, cuts=self.cuts, at=self.at)
            rollup = self._rollup(subject, quarters)
            rollup.origins = visits.origins
            if subject in clicked:
                steps.add_visitors(visits.visitors, visits.by_section)
            put_rollup(rollup)
            days[code_key] = LinkDay(total(own.values()), visits.visitors if subject in clicked else 0)
        return days, shared

    def _close_program(self) -> None:
        """Sum up the closed partners, and the outcomes that no partner is credited with."""
        quarters, visitors, steps, stepped = _quarters(), 0, Steps(), True
        sheets = DayWriter(self.program_id, self.day, self.cuts, at=self.at)
        cohorts = self._cohorts()
        for rollups in self._rollups():
            for rollup in rollups:
                add_quarters(quarters, rollup.counts())
                visitors += sum(one.visitors for one in rollup.by_link.values())
                # One that older code wrote while the day was being closed has none.
                stepped &= rollup.steps is not None
                steps.add(msgspec.convert(rollup.steps or {}, Steps, strict=False))
            sheets.add(rollups)
            cohorts.add(rollups)
        sheets.finish()
        cohorts.finish()
        self.by_cohort = cohorts.complete
        subject = program_subject(self.program_id)
        put_rollup(self._rollup(subject, quarters))
        put_rollup(UniqueDay(unique_key(subject), self.day, visitors=visitors, as_of=self.at))
        if stepped:
            self._put_steps(steps, quarters)

    def _rollups(self) -> Iterator[list[Rollup]]:
        """Yield the rollups of all partners of the day in their order, some at a time; read unless they were kept."""
        if self._written is not None:
            yield self._written
            return
        partners = (partner for partner, _ in groupby(partner for partner, _ in self._ranges("")))
        for several in batched(partners, _PARTNERS_TOGETHER):
            keys = [(daily_key(f"{partner}#{self.program_id}"), self.day) for partner in several]
            stored = rows.find_all(Rollup, keys)
            yield [stored[key] for key in keys if key in stored]

    def _put_steps(self, steps: Steps, quarters: QuarterHours) -> None:
        """Store the steps of the day's customers; nothing of a day without any count."""
        if self.enrolled.on(self.day):
            steps.add(count_new_partners(self.program, self.date))
        if steps != Steps() or quarters:
            key, sums = steps_key(program_subject(self.program_id)), sum_up(quarters, self.cuts)
            put_rollup(DaySteps(key, self.day, steps=steps, sums=sums, cuts=self.cuts, as_of=self.at))

    def _cohorts(self) -> CohortWriter:
        return CohortWriter(self.program_id, self.day, enrolled=self.enrolled, at=self.at)

    def _rollup(self, subject: str, quarters: QuarterHours) -> Rollup:
        return Rollup(daily_key(subject), self.day, quarters=dict(quarters), as_of=self.at)


class _Counted(NamedTuple):
    """What a partner's ranges of a day say: outcomes, the counts of each link, and those that conversions came by."""

    own: QuarterHours
    by_link: dict[str, QuarterHours]
    came_by: set[str]
    keys: list[Key]


def _count(stretch: dict[str, list[Key]]) -> dict[str, _Counted]:
    """Count the ranges of each partner, a hundred ranges a call."""
    counted = {partner: _Counted(_quarters(), defaultdict(_quarters), set(), keys) for partner, keys in stretch.items()}
    owners = {key: partner for partner, keys in stretch.items() for key in keys}
    for row in read_rows(owners):
        own = counted[owners[row.pk, row.sk]]
        if isinstance(row, OutcomeCounts):
            add_quarters(own.own, row.counts())
            for begun, code_key, counts in row.counts_by_link():
                add_quarters(own.by_link[code_key], iter(((begun, counts),)))
                own.came_by.add(code_key)
        else:
            add_quarters(own.by_link[row.pk.removeprefix("link#")], row.counts())
    return counted


def _sum(several: Iterable[QuarterHours]) -> QuarterHours:
    quarters = _quarters()
    for one in several:
        for quarter, counts in one.items():
            quarters[quarter].add(counts)
    return quarters


def _rest(own: QuarterHours, by_link: Iterable[QuarterHours]) -> QuarterHours:
    """Return what is left of outcomes without those of each link."""
    rest = _sum([own])
    for quarters in by_link:
        for quarter, counts in quarters.items():
            rest[quarter].add(counts.without_clicks().negative())
    return rest


def add_quarters(quarters: QuarterHours, ranges: CountsByTime) -> None:
    """Add ranges to the quarters of an hour they are in."""
    for begin, counts in ranges:
        quarters[f"{begin:%H}:{begin.minute // 15 * 15:02}"].add(counts)


def put_rollup(row: Rollup | UniqueDay | DaySteps) -> bool:
    """Put a rollup, unless a later one is there; return whether it was put."""
    newer = type(row).as_of.does_not_exist() | (type(row).as_of <= row.as_of)
    if writes.commit(writes.put_if(row, newer)):
        log.info("%s %s: a later rollup was faster", row.pk, row.sk)
        return False
    return True


def count_visits(
    link: str, day: str, ranges: Iterable[Key], counts: Counts, *, cuts: Sequence[str] = (), at: datetime
) -> Visits:
    """
    Recount a link's visitors on a day from the clicks of its ranges, and where they came from; store the visitors.

    *counts* is what is known of that day.
    """
    partitions = {partition_of(pk.removeprefix("link#"), sk[:13], shard_of(sk)) for pk, sk in ranges}
    visits = read_visits(sorted(partitions), cuts)
    row = UniqueDay(unique_key(link), day, visitors=visits.visitors, human_clicks=counts.human, as_of=at)
    row.leads, row.sales = counts.leads, counts.sales
    put_rollup(row)
    return visits


def _quarters() -> QuarterHours:
    return defaultdict(Counts)
