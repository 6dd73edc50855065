"""
Counts the outcomes of a program's day, one by one, once it is over: by the terms they were decided with, by cohort.

The counts of minutes say neither, and if they did, every conversion would be dearer. Outcomes are read an hour of a
partner after the other, about a thousand at a time.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct, field

from chalicelib.kit import ids
from chalicelib.kit.calendars import Calendar
from chalicelib.kit.dynamo import rows
from chalicelib.partners import find as partners
from chalicelib.rewards.table import Outcome
from chalicelib.stats.counts import CohortCounts, CohortKind, Cohorts, Counts, Newness, TermsOfOwner, TermsSums
from chalicelib.stats.day_sums import trimmed
from chalicelib.stats.decided import DecidedWith, decided_with
from chalicelib.stats.members import EVER, Appearance, first_appearances
from chalicelib.stats.outcome_reader import OutcomeReader
from chalicelib.stats.recount import counts_of
from chalicelib.stats.table import partner_subject
from chalicelib.stats.visits import section_of

# About how many outcomes are in memory together; those of one hour of a partner always are.
_TOGETHER = 1000

_Terms = tuple[str | None, int, Newness | None]


class Owned(Struct):
    """The outcomes of a partner, or of a shard of those without one, on a day."""

    sums: dict[tuple[str, str], dict[_Terms, Counts]] = field(default_factory=dict)
    cohorts: Cohorts = field(default_factory=lambda: {"customers": {}, "partners": {}})

    def add_terms(self, code_key: str, since: str, terms: _Terms, counts: Counts) -> None:
        self.sums.setdefault((code_key, since), {}).setdefault(terms, Counts()).add(counts)

    def add_to_cohort(self, kind: CohortKind, cohort: str, month: str, counts: CohortCounts) -> None:
        self.cohorts[kind].setdefault(cohort, {}).setdefault(month, CohortCounts()).add(counts)

    def by_terms(self) -> TermsOfOwner:
        """Return the sums by terms as they are stored."""
        stored: TermsOfOwner = defaultdict(dict)
        for (code_key, since), several in sorted(self.sums.items()):
            listed = sorted(several.items(), key=lambda one: (one[0][0] or "", one[0][1], one[0][2] or ""))
            sums = [TermsSums(*terms, trimmed(counts)) for terms, counts in listed if counts != Counts()]
            if sums:
                stored[code_key][since] = sums
        return dict(stored)


class _Happened(NamedTuple):
    """An outcome, whose it is, and the minute it is counted in."""

    owner: str
    outcome: Outcome
    at: datetime


class OutcomesOfDay:
    """Counts the outcomes of a program's UTC day, which is cut at some of its quarters of an hour."""

    def __init__(self, program_id: str, calendar: Calendar, cuts: Sequence[str], reader: OutcomeReader) -> None:
        self._program_id = program_id
        self._reader = reader
        self._calendar = calendar
        self._cuts = cuts

    def count(self, hours: Mapping[str, Iterable[str]]) -> dict[str, Owned]:
        """Return the outcomes of some owners; *hours* are those of each that have any."""
        owned = {owner: Owned() for owner in hours}
        for several in self._read(hours):
            decided = decided_with((one.outcome for one in several), self._reader.decisions)
            appearances: list[Appearance] = []
            for happened in several:
                with_ = decided[rows.key_of(happened.outcome)]
                self._add(owned[happened.owner], happened, with_)
                appearances += self._appear(happened, with_)
            for one in first_appearances(appearances):
                counts = CohortCounts(members=1) if one.month == EVER else CohortCounts(active=1)
                owner = one.place.rpartition("#")[2]
                owned[owner].add_to_cohort(one.kind, one.cohort, one.month or one.cohort, counts)
        return owned

    def _read(self, hours: Mapping[str, Iterable[str]]) -> Iterator[list[_Happened]]:
        """Yield outcomes, some at a time, each hour of an owner as a whole."""
        several: list[_Happened] = []
        for owner, own in hours.items():
            for hour in sorted(own):
                begun = datetime.fromisoformat(f"{hour}:00:00+00:00")
                several += (
                    _Happened(owner, row, begun + timedelta(minutes=int(row.sk[:2])))
                    for row in self._reader.of_hour(owner, hour)
                )
                if len(several) >= _TOGETHER:
                    yield several
                    several = []
        if several:
            yield several

    def _add(self, own: Owned, happened: _Happened, with_: DecidedWith) -> None:
        counts, since = counts_of(happened.outcome), section_of(f"{happened.at:%H:%M}", self._cuts)
        terms = (with_.tier(self._program_id), with_.terms_version, with_.customer)
        own.add_terms(happened.outcome.code_key or "", since, terms, counts)
        for kind, _, cohort in self._cohorts(happened, with_):
            own.add_to_cohort(kind, cohort, max(cohort, self.month_of(happened.at)), _of_cohort(counts))

    def _appear(self, happened: _Happened, with_: DecidedWith) -> Iterator[Appearance]:
        """Yield which members appear by an outcome; a partner is a member by their enrollment."""
        place = f"{happened.at:%Y-%m-%dT%H}#{happened.owner}"
        for kind, member, cohort in self._cohorts(happened, with_):
            if kind == "customers":
                yield Appearance(kind, member, cohort, EVER, place)
            if happened.outcome.what == "sale":
                yield Appearance(kind, member, cohort, max(cohort, self.month_of(happened.at)), place)

    def _cohorts(self, happened: _Happened, with_: DecidedWith) -> Iterator[tuple[CohortKind, str, str]]:
        """
        Yield the cohorts that an outcome is of, each with its member.

        What is credited later to the time before its customer was bound is of the first month.
        """
        if with_.referral_id is not None:
            # The time of a referral's id is when the customer was bound.
            yield "customers", with_.referral_id, self.month_of(ids.time_of(with_.referral_id))
        profile = partners.recall_all([happened.owner]).get(happened.owner)
        enrollment = profile.enrollment(self._program_id) if profile is not None else None
        if enrollment is not None:
            member = partner_subject(happened.owner, self._program_id)
            yield "partners", member, self.month_of(enrollment.enrolled_at)

    def month_of(self, at: datetime) -> str:
        """Return the local month of a moment, as in `2026-03`."""
        return self._calendar.day_of(at).isoformat()[:7]


def _of_cohort(counts: Counts) -> CohortCounts:
    return CohortCounts(
        customers=counts.first_sales,
        sales=counts.sales,
        revenue=counts.revenue,
        refunded=counts.refunded,
        referrer_earned=counts.referrer_earned,
        referrer_reversed=counts.referrer_reversed,
        referee_earned=counts.referee_earned,
        referee_reversed=counts.referee_reversed,
    )
