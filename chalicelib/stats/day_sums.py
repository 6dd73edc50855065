"""
A program's closed UTC day in few rows: sums by partner and link, by origins of clicks, and by terms of outcomes.

A year of a program is read from these by a query, whatever the number of its clicks. Each row is a sheet: a day has as
many as it takes, numbered, the last of them marked, and is whole if they were written together. It is cut where local
days of the program begin, so that these are summed from it, too.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.kit import walk
from chalicelib.kit.calendars import Calendar
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.instants import midnight
from chalicelib.kit.walk import Deadline
from chalicelib.stats.counts import Counts
from chalicelib.stats.outcome_table import DayTerms, by_terms_key
from chalicelib.stats.table import (
    DayOrigins,
    DaySums,
    QuarterHours,
    Rollup,
    SectionSums,
    Sheet,
    daily_key,
    link_subject,
    origins_key,
    program_subject,
    query_newest,
    query_rows,
    sums_key,
)
from chalicelib.stats.visits import section_of

# About how many bytes a sheet may have; an item of DynamoDB 400 kB.
_MOST_BYTES = 150_000
# Rollups of links that are in memory together.
_TOGETHER = 1000
_FIRST_SHEET = "#0000"
_A_DAY = timedelta(days=1)


def cuts_of(calendar: Calendar, day: date) -> list[str]:
    """
    Return the quarters of an hour of a UTC day at which a local day begins; not the first.

    >>> cuts_of(Calendar("Europe/Berlin"), date(2026, 3, 10)), cuts_of(Calendar("UTC"), date(2026, 3, 10))
    (['23:00'], [])
    """
    begin, end = midnight(day), midnight(day + _A_DAY)
    local = calendar.day_of(begin)
    midnights = (calendar.midnight(local + timedelta(days=number)) for number in range(3))
    return [f"{at:%H:%M}" for at in midnights if begin < at < end]


def sum_up(quarters: QuarterHours, cuts: list[str]) -> SectionSums:
    """Return the sums of each section of a day, without the zeros at their end."""
    sections: dict[str, Counts] = {}
    for quarter, counts in quarters.items():
        sections.setdefault(section_of(quarter, cuts), Counts()).add(counts)
    return {since: trimmed(counts) for since, counts in sorted(sections.items()) if counts != Counts()}


def trimmed(counts: Counts) -> list[int]:
    numbers: list[int] = msgspec.to_builtins(counts)
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


class DayWriter:
    """Writes the sheets of a program's day from its partners' rollups, some of them at a time."""

    def __init__(self, program_id: str, day: str, cuts: list[str], *, at: datetime) -> None:
        subject = program_subject(program_id)
        self._day = day
        self._sums = _Sheets(DaySums(sums_key(subject), day, sums={}, cuts=cuts, as_of=at))
        self._origins = _Sheets(DayOrigins(origins_key(subject), day, origins={}, cuts=cuts, as_of=at))
        self._terms = _Sheets(DayTerms(by_terms_key(subject), day, by_terms={}, cuts=cuts, as_of=at))
        self._complete = self._terms_complete = True

    def add(self, rollups: Iterable[Rollup]) -> None:
        """Add some partners of the day, each once; reads the rollups of their links with clicks."""
        several = {row.pk.removeprefix("days#").partition("#")[0]: row for row in rollups}
        keys = {
            (daily_key(link_subject(code_key)), row.sk): (owner, code_key)
            for owner, row in several.items()
            for code_key, day in row.by_link.items()
            if day.counts.of_clicks() != Counts()
        }
        for owner, row in several.items():
            # One that older code wrote while the day was being closed has none: then the day is read from rollups.
            self._complete &= row.sums is not None
            for code_key, sums in (row.sums or {}).items():
                self._sums.add(owner, code_key, sums)
            self._terms_complete &= row.by_terms is not None
            for code_key, by_terms in (row.by_terms or {}).items():
                self._terms.add(owner, code_key, by_terms)
        ordered = sorted(keys)
        for begin in range(0, len(ordered), _TOGETHER):
            for key, link in sorted(rows.find_all(Rollup, ordered[begin : begin + _TOGETHER]).items()):
                self._complete &= link.origins is not None
                self._origins.add(*keys[key], link.origins or {})

    def finish(self) -> None:
        """Write the last sheets: from now on the day is read from them."""
        self._sums.finish(last=self._complete)
        self._origins.finish(last=self._complete)
        self._terms.finish(last=self._terms_complete)


class _Sheets:
    """The sheets of one kind: each is written once it is full."""

    def __init__(self, sheet: DaySums | DayOrigins | DayTerms) -> None:
        self._sheet = sheet
        self._content = _content(sheet)
        self._day = sheet.sk
        self._number = 0
        self._bytes = 0

    def add(self, owner: str, code_key: str, value: Mapping[str, object]) -> None:
        size = len(msgspec.json.encode(value)) + len(owner) + len(code_key)
        if self._bytes and self._bytes + size > _MOST_BYTES:
            self.finish(last=False)
        self._content.setdefault(owner, {})[code_key] = value
        self._bytes += size

    def finish(self, *, last: bool) -> None:
        kind = type(self._sheet)
        self._sheet.sk, self._sheet.last = f"{self._day}#{self._number:04}", last
        newer = kind.as_of.does_not_exist() | (kind.as_of <= self._sheet.as_of)
        writes.commit(writes.put_if(self._sheet, newer))
        self._content.clear()
        self._number, self._bytes = self._number + 1, 0


def _content(sheet: DaySums | DayOrigins | DayTerms) -> dict[str, Any]:
    if isinstance(sheet, DaySums):
        return sheet.sums
    return sheet.origins if isinstance(sheet, DayOrigins) else sheet.by_terms


def whole_days(pk: str, first: date, last: date) -> Iterator[tuple[date, list[Sheet]]]:
    """Yield those days that are whole, with their sheets, by one query."""
    day, sheets = "", list[Sheet]()
    for row in query_rows(pk, first.isoformat(), last.isoformat()):
        assert isinstance(row, Sheet)
        if row.sk[:10] != day:
            day, sheets = row.sk[:10], []
        sheets.append(row)
        # Those behind the last one are of an earlier time, as are those of another moment.
        if row.last and {one.as_of for one in sheets} == {row.as_of}:
            yield date.fromisoformat(day), sheets


def newest_whole_days(pk: str, first: date, last: date, *, deadline: Deadline) -> Iterator[tuple[date, list[Sheet]]]:
    """Yield the same, newest first, from what calls before the deadline have read: of a megabyte each."""
    sheets = list[Sheet]()
    for row in walk.until(deadline, query_newest(pk, first, last)):
        assert isinstance(row, Sheet)
        if sheets and sheets[0].sk[:10] != row.sk[:10]:
            sheets = []
        sheets.insert(0, row)
        if row.sk.endswith(_FIRST_SHEET) and (whole := _up_to_last(sheets)):
            yield date.fromisoformat(row.sk[:10]), whole


def _up_to_last(sheets: list[Sheet]) -> list[Sheet]:
    """Return a day's sheets up to the last one; none, if they were not written together."""
    for number, row in enumerate(sheets, start=1):
        if row.last and {one.as_of for one in sheets[:number]} == {row.as_of}:
            return sheets[:number]
    return []
