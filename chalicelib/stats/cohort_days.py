"""Writes the cohorts of a program's closed UTC day: a row for each cohort of which anything was counted on it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial

from chalicelib.kit import walk
from chalicelib.kit.dynamo import writes
from chalicelib.partners import find as partners
from chalicelib.programs.table import Program
from chalicelib.stats.counts import CohortCounts, Cohorts
from chalicelib.stats.outcome_table import CohortDay, cohort_day, cohorts_key
from chalicelib.stats.table import Rollup

_PAGE = 1000


class Enrolled:
    """
    How many partners enrolled in a program on which UTC day, by the month of their cohort.

    All of them are walked through once, when a day is first asked for: a run that closes many days asks for each.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._days: dict[str, Counter[str]] | None = None

    def on(self, day: str) -> Mapping[str, int]:
        """Return the numbers of a day that was over when a day was first asked for."""
        if self._days is None:
            self._days = defaultdict(Counter)
            for enrollment in walk.each(partial(partners.walk_enrolled, self._program.id, limit=_PAGE)):
                month = self._program.calendar.day_of(enrollment.enrolled_at).isoformat()[:7]
                self._days[f"{enrollment.enrolled_at:%Y-%m-%d}"][month] += 1
        return self._days.get(day, {})


class CohortWriter:
    """Sums up the cohorts of a day from its partners' rollups, some of them at a time."""

    def __init__(self, program_id: str, day: str, *, enrolled: Enrolled, at: datetime) -> None:
        self._program_id = program_id
        self._day = day
        self._enrolled = enrolled
        self._at = at
        self._cohorts: Cohorts = {"customers": {}, "partners": {}}
        # One that older code closed has none; then the day is not counted.
        self.complete = True

    def add(self, rollups: Iterable[Rollup]) -> None:
        """Add some partners of the day, each once."""
        for row in rollups:
            self.complete &= row.cohorts is not None
            for kind, cohorts in (row.cohorts or {}).items():
                for cohort, months in cohorts.items():
                    own = self._cohorts[kind].setdefault(cohort, {})
                    for month, counts in months.items():
                        own.setdefault(month, CohortCounts()).add(counts)

    def finish(self) -> None:
        """Add the partners who enrolled on the day, and write all rows: up to a hundred at once."""
        self._add_enrolled()
        rows = [
            CohortDay(cohorts_key(kind, self._program_id), cohort_day(cohort, self._day), months=months, as_of=self._at)
            for kind, cohorts in self._cohorts.items()
            for cohort, months in sorted(cohorts.items())
        ]
        newer = CohortDay.as_of.does_not_exist() | (CohortDay.as_of <= self._at)
        changes = [writes.put_if(row, newer) for row in rows]
        for begin in range(0, len(changes), writes.MOST_WRITES):
            writes.commit(*changes[begin : begin + writes.MOST_WRITES])

    def _add_enrolled(self) -> None:
        """Count whoever enrolled on the day: partners are members of their cohort whether or not they do anything."""
        for month, number in self._enrolled.on(self._day).items():
            own = self._cohorts["partners"].setdefault(month, {})
            own.setdefault(month, CohortCounts()).add(CohortCounts(members=number))
