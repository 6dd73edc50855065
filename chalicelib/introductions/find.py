"""Finds introductions: one with its history, a partner's, a program's, those of a person, and who is in a line."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from msgspec import Struct

from chalicelib.introductions.states import OPEN, STATES
from chalicelib.introductions.table import (
    COUNT,
    HEAD,
    INTRODUCTION,
    TALKS,
    FirstInLine,
    Introduction,
    IntroductionRow,
    OfPerson,
    OpenIntroductions,
    Step,
    Talks,
    WaitingInLine,
    day_of_steps,
    line_key,
    open_key,
    person_key,
)
from chalicelib.kit import instants, walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound

_WAITING = "waiting#"


class IntroductionNotFound(NotFound):
    """There is no such introduction."""


class Line(Struct, frozen=True):
    """Where the introduced person stands in a program: who is first, by key, and since when the business talks."""

    firsts: dict[str, FirstInLine]
    talks: list[Talks]


def find(identifier: str) -> Introduction:
    """Return the introduction with that id, as it is stored now."""
    introduction = rows.find(Introduction, identifier, INTRODUCTION) if identifier.startswith("itr_") else None
    if introduction is None:
        raise IntroductionNotFound(f"There is no introduction {identifier!r}.")
    return introduction


def find_all(identifiers: Iterable[str]) -> dict[str, Introduction]:
    """Return those introductions that exist, by id, a hundred a read."""
    keys = [(one, INTRODUCTION) for one in dict.fromkeys(identifiers) if one.startswith("itr_")]
    return {row.id: row for row in rows.find_all(Introduction, keys).values()}


def list_steps(identifier: str) -> list[Step]:
    """Return an introduction's history, oldest first."""
    return list(Step.query(identifier, Step.sort.startswith("step#"), consistent_read=True))


@walk.full
def list_of_partner(
    partner_id: str, *, limit: int, position: dict[str, Any] | None = None
) -> tuple[list[Introduction], dict[str, Any] | None]:
    """Return one page of a partner's introductions, newest first, and where the next one begins."""
    page = Introduction.by_partner.query(partner_id, scan_index_forward=False, limit=limit, last_evaluated_key=position)
    return list(page), page.last_evaluated_key


def list_open(program_id: str, partner_ids: Sequence[str], *, most: int) -> list[Introduction]:
    """Return the open introductions of a partner, by all their ids, in a program: newest first, as many as *most*."""
    is_open = Introduction.program_id == program_id
    introductions: list[Introduction] = []
    for partner_id in partner_ids:
        for row in Introduction.by_partner.query(partner_id, filter_condition=is_open, scan_index_forward=False):
            if row.state in OPEN:
                introductions.append(row)
            if len(introductions) >= most:
                return introductions
    return introductions


def count_by_state(program_id: str, *, most: int) -> dict[str, int]:
    """Return how many introductions of a program are in each state; more than *most* are counted as one more."""
    return {state: rows.count_some(Introduction.by_state, [f"{program_id}#{state}"], most=most) for state in STATES}


def find_line(program_id: str, keys: Iterable[Sequence[str]]) -> Line:
    """Return the lines of a person's keys, each in all its forms, by one read."""
    line_keys = [(line_key(program_id, form), sort) for forms in keys for form in forms for sort in (HEAD, TALKS)]
    stored = rows.find_all(IntroductionRow, line_keys).values()
    return Line(
        {row.id: row for row in stored if isinstance(row, FirstInLine)},
        [row for row in stored if isinstance(row, Talks)],
    )


def list_waiting(line: str, *, limit: int) -> list[WaitingInLine]:
    """Return those that wait in a line, the first received first."""
    return list(islice(each_waiting(line, page=limit), limit))


def each_waiting(line: str, *, page: int) -> Iterator[WaitingInLine]:
    """Yield those that wait in a line, the first received first; a page is read once the one before it is used."""
    waiting = WaitingInLine.sort.startswith(_WAITING)
    return iter(WaitingInLine.query(line, waiting, page_size=page, consistent_read=True))


def list_of_person(keys: Iterable[Sequence[str]], *, most: int | None = None) -> list[Introduction]:
    """
    Return all introductions of a person in any program, oldest first, by all forms of their keys.

    Or of each form the latest ones, as many as *most*.
    """
    identifiers = {
        str(row.sort)
        for forms in keys
        for form in forms
        for row in OfPerson.query(person_key(form), consistent_read=True, scan_index_forward=False, limit=most)
    }
    return sorted(find_all(identifiers).values(), key=lambda row: row.id)


def find_open_count(program_id: str, partner_id: str) -> OpenIntroductions | None:
    """Return how many open introductions a partner has in a program; None if there never was one."""
    return rows.find(OpenIntroductions, open_key(program_id, partner_id), COUNT)


def steps_between(
    begin: datetime, end: datetime, *, limit: int, position: dict[str, Any] | None
) -> tuple[list[Step], dict[str, Any] | None]:
    """Return one page of all steps of a half-open interval in one UTC day, and where the next one begins."""
    between = Step.moment.between(instants.text(begin), instants.text(end - timedelta(milliseconds=1)))
    page = Step.by_time.query(day_of_steps(begin), between, limit=limit, last_evaluated_key=position)
    return list(page), page.last_evaluated_key
