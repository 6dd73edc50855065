"""
Reads the counts of each of a program's partners and links over local days, within a bound of time or calls.

Closed days are read from their sheets, newest first, a megabyte a call. A day that older code closed, or that is not
cut where a day of the zone begins, is read from its daily rollups, an open one from its ranges: a query, and a call for
each hundred rows. What there is no time for is left out by whole local days, at both ends.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta

from msgspec import Struct

from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.instants import midnight
from chalicelib.kit.walk import Deadline
from chalicelib.links import find as links
from chalicelib.programs.table import Program
from chalicelib.stats.counts import Counts
from chalicelib.stats.day_sums import cuts_of, newest_whole_days
from chalicelib.stats.parts import Part, partner_of, parts_of_range, parts_of_sheet
from chalicelib.stats.report import Span
from chalicelib.stats.table import (
    Rollup,
    StatsRow,
    daily_key,
    find_open_day,
    link_subject,
    program_day,
    program_subject,
    query_newest,
    sums_key,
)

_A_DAY, _A_MOMENT = timedelta(days=1), timedelta(milliseconds=1)
# Rows that are read by one call; then it is asked whether time is up.
_TOGETHER = 100
_LINKS = "days#link#"


class ProgramCounts(Struct):
    """
    The counts of each partner, and of each link, in the local days from *first* to *last*.

    *first* is behind *last* if there was no time for any day.
    """

    partners: dict[str, Counts]
    links: dict[str, Counts]
    first: date
    last: date
    complete: bool


def read_program_counts(program: Program, span: Span, *, deadline: Deadline, at: datetime) -> ProgramCounts:
    """Read what was counted in a span; open days may take half of the time."""
    return _Reading(program, span, deadline, at=at).run()


class _Sums:
    def __init__(self) -> None:
        self.partners: dict[str, Counts] = defaultdict(Counts)
        self.links: dict[str, Counts] = defaultdict(Counts)

    def add(self, part: Part) -> None:
        if part.partner is not None:
            self.partners[part.partner].add(part.counts)
        if part.link is not None:
            self.links[part.link].add(part.counts)

    def merge(self, other: "_Sums") -> None:
        for own, others in ((self.partners, other.partners), (self.links, other.links)):
            for name, counts in others.items():
                own[name].add(counts)


class _Reading:
    def __init__(self, program: Program, span: Span, deadline: Deadline, *, at: datetime) -> None:
        self._program = program
        self._span = span
        self._deadline = deadline
        self._first = max(span.begin.date(), program.created_at.date())
        self._last = min((span.end - _A_MOMENT).date(), at.date())
        self._sums = _Sums()
        # Those local days of which not all UTC days have been read.
        self._partial: dict[date, _Sums] = defaultdict(_Sums)
        self._local: dict[datetime, date] = {}

    def run(self) -> ProgramCounts:
        open_from = find_open_day(self._program.id)
        last = self._read_open_days(max(self._first, open_from))
        first = self._read_closed_days(min(self._last, open_from - _A_DAY) if open_from > date.min else date.min, last)
        return ProgramCounts(
            partners=_counted(self._sums.partners),
            links=_counted(self._sums.links),
            first=first,
            last=last,
            complete=(first, last) == (self._span.first, self._span.last),
        )

    def _read_open_days(self, first: date) -> date:
        """Count open days, the oldest first. Returns the last local day that can be counted in full."""
        deadline, day = self._deadline.half(), first
        while day <= self._last:
            parts = self._of_open_day(day, deadline)
            if parts is None:
                last = min(self._local_day(midnight(day)) - _A_DAY, self._span.last)
                self._partial = defaultdict(_Sums, {one: sums for one, sums in self._partial.items() if one <= last})
                return last
            self._add(parts, last=self._span.last)
            day += _A_DAY
            self._settle(since=first, until=day)
        return self._span.last

    def _read_closed_days(self, end: date, last: date) -> date:
        """Count closed days, the newest first. Returns the first local day that can be counted in full."""
        for day, parts in self._closed_days(end):
            if parts is None:
                since = day + _A_DAY
                self._settle(since=since)
                # Of the local day in which that day begins, something may be missing.
                local = self._local_day(midnight(since))
                return local + timedelta(days=midnight(since) > self._span.calendar.midnight(local))
            self._add(parts, last=last)
            self._settle(since=day)
        self._settle()
        return self._span.first

    def _closed_days(self, end: date) -> Iterator[tuple[date, Iterable[Part] | None]]:
        """Yield each closed day on which anything was counted; None in place of its parts if there is no time."""
        if end < self._first:
            return
        if self._deadline.passed:
            yield end, None
            return
        subject = program_subject(self._program.id)
        counted = query_newest(daily_key(subject), self._first, end)
        summed = newest_whole_days(sums_key(subject), self._first, end, deadline=self._deadline)
        day, upcoming = end + _A_DAY, next(summed, None)
        for row in walk.until(self._deadline, counted):
            day = date.fromisoformat(row.sk)
            while upcoming is not None and upcoming[0] > day:
                upcoming = next(summed, None)
            if upcoming is None or upcoming[0] < day or not upcoming[1][0].is_cut_at(self._cuts(day)):
                yield day, self._of_rollups(day)
            else:
                yield day, (part for sheet in upcoming[1] for part in parts_of_sheet(sheet, day))
        if counted.last_evaluated_key is not None:
            yield day - _A_DAY, None

    def _of_open_day(self, day: date, deadline: Deadline) -> list[Part] | None:
        """Return the parts of an open day, from its ranges; None if there is no time for all of them."""
        keys = self._keys_of(day, deadline)
        stored = _find_all(keys, deadline) if keys is not None else None
        if stored is None:
            return None
        parts = [part for row in stored for part in parts_of_range(row)]
        # Older code stored ranges of clicks without their partner.
        owners = _owners({part.link for part in parts if part.partner is None and part.link is not None}, deadline)
        if owners is None:
            return None
        return [part._replace(partner=part.partner or owners.get(part.link or "")) for part in parts]

    def _of_rollups(self, day: date) -> list[Part] | None:
        """Return the parts of a closed day, from the daily rollups of partners and links; None if there is no time."""
        keys = self._keys_of(day, self._deadline)
        if keys is None:
            return None
        several = {daily_key(pk): None for pk, _ in keys if not pk.startswith("none")}
        stored = _find_all([(pk, day.isoformat()) for pk in several], self._deadline)
        if stored is None:
            return None
        came_by = {daily_key(link_subject(one)) for row in stored if isinstance(row, Rollup) for one in row.links}
        # Links without clicks on a closed day, whose customers returned.
        quiet = _find_all([(pk, day.isoformat()) for pk in sorted(came_by - set(several))], self._deadline)
        code_keys = {row.pk.removeprefix(_LINKS) for row in stored if row.pk.startswith(_LINKS)}
        owners = _owners(code_keys, self._deadline)
        if quiet is None or owners is None:
            return None
        return [part for row in (*stored, *quiet) for part in _parts_of_rollup(row, owners)]

    def _keys_of(self, day: date, deadline: Deadline) -> list[tuple[str, str]] | None:
        """Return the keys of a day's ranges; None if there is no time for all of them."""
        if deadline.passed:
            return None
        query = StatsRow.by_program_day.query(program_day(self._program.id, day.isoformat()))
        keys = [(row.pk, row.sk) for row in walk.until(deadline, query)]
        return keys if query.last_evaluated_key is None else None

    def _add(self, parts: Iterable[Part], *, last: date) -> None:
        for part in parts:
            local = self._local_day(part.begun)
            if self._span.first <= local <= last:
                self._partial[local].add(part)

    def _settle(self, *, since: date | None = None, until: date | None = None) -> None:
        """Add up those local days that lie in UTC days which have been counted: from one on, and before another."""
        midnight_of = self._span.calendar.midnight
        begin = midnight(since) if since is not None and since > self._first else None
        end = midnight(until) if until is not None else None
        for day in sorted(self._partial):
            if begin is not None and midnight_of(day) < begin:
                continue
            if end is None or midnight_of(day + _A_DAY) <= end:
                self._sums.merge(self._partial.pop(day))

    def _cuts(self, day: date) -> list[str]:
        return cuts_of(self._span.calendar, day)

    def _local_day(self, begun: datetime) -> date:
        if begun not in self._local:
            self._local[begun] = self._span.calendar.day_of(begun)
        return self._local[begun]


def _find_all(keys: list[tuple[str, str]], deadline: Deadline) -> list[StatsRow] | None:
    stored: list[StatsRow] = []
    for begin in range(0, len(keys), _TOGETHER):
        if deadline.passed:
            return None
        stored += rows.find_all(StatsRow, keys[begin : begin + _TOGETHER], consistent=False).values()
    return stored


def _owners(code_keys: set[str], deadline: Deadline) -> dict[str, str] | None:
    """Return the partners of links; None if there is no time for all of them."""
    owners, ordered = dict[str, str](), sorted(code_keys)
    for begin in range(0, len(ordered), _TOGETHER):
        if deadline.passed:
            return None
        several = links.find_by_codes(ordered[begin : begin + _TOGETHER])
        owners |= {code_key: link.partner_id for code_key, link in several.items()}
    return owners


def _parts_of_rollup(row: StatsRow, owners: Mapping[str, str]) -> Iterator[Part]:
    if row.pk.startswith(_LINKS):
        code_key = row.pk.removeprefix(_LINKS)
        for begun, counts in row.counts():
            # Clicks are credited with their link: a partner's rollup by older code has none.
            yield Part(begun, owners.get(code_key), code_key, counts.of_clicks())
            yield Part(begun, None, code_key, counts.without_clicks())
    else:
        for begun, counts in row.counts():
            yield Part(begun, partner_of(row.pk), None, counts.without_clicks())


def _counted(counts: dict[str, Counts]) -> dict[str, Counts]:
    """Leave out those without numbers in the period."""
    return {name: one for name, one in counts.items() if one != Counts()}
