"""The introductions of a program: a board of those that are open, overdue ones first, and the table of all."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.admin import introduction_words as words
from chalicelib.admin.english import day
from chalicelib.admin.lists import ListOf, Row
from chalicelib.introductions.shapes import IntroductionsQuery
from chalicelib.introductions.states import OPEN
from chalicelib.introductions.table import Introduction
from chalicelib.kit import instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.shapes import fold
from chalicelib.partners import find as partners
from chalicelib.programs.receiving import receiving_of
from chalicelib.programs.table import Program
from chalicelib.search.introductions import find_introductions

_MOST_READ, _MOST_CARDS = 50, 8
_A_MOMENT = timedelta(milliseconds=1)


def introductions(program: Program, *, at: datetime) -> ListOf:
    """Return the list of a program's introductions, with the board above it."""
    return ListOf(
        name="introductions",
        section="programs",
        title=f"Introductions: {program.name}",
        path=f"programs/{program.id}/introductions",
        query=IntroductionsQuery,
        read=find_introductions,
        rows=partial(_rows, program=program, at=at),
        header=(
            *("Created", "Person", "Company", "Partner", "Partner name", "State", "Reason", "Next date", "Overdue"),
            *("Protected until", "Place in line", "Owner", "Customer", "ID"),
        ),
        lines=partial(_lines, program=program, at=at),
        columns=("person", "partner", "state", "due"),
        fixed={"program": program.id},
        more={
            "program": program,
            "states": list(words.STATES.items()),
            "is_open": receiving_of(program).open,
            **board(program, at=at),
        },
    )


def board(program: Program, *, at: datetime) -> dict[str, Any]:
    """Return the columns of open introductions, overdue ones first; a query for each state."""
    by_state = {
        state: find_introductions(IntroductionsQuery(program=program.id, state=state, limit=_MOST_READ, order="oldest"))
        for state in words.BOARD
    }
    card = {state: sorted(page.data, key=lambda row: _due(row) or at)[:_MOST_CARDS] for state, page in by_state.items()}
    names = names_of([row for rows in card.values() for row in rows])
    columns = [
        {
            "state": state,
            "name": words.STATES[state],
            "count": len(page.data),
            "has_more": page.has_more,
            "cards": [view(row, names, program, at=at) for row in card[state]],
        }
        for state, page in by_state.items()
    ]
    overdue = sum(_is_overdue(row, at) for page in by_state.values() for row in page.data)
    return {"columns": columns, "overdue": overdue}


def names_of(page: Sequence[Introduction]) -> dict[str, str]:
    """Return the names of the partners of introductions, by id."""
    return {one.id: one.name or one.id for one in partners.find_rows({row.partner_id for row in page}).values()}


def view(row: Introduction, names: dict[str, str], program: Program, *, at: datetime) -> dict[str, Any]:
    """Return an introduction as templates take it: who, by whom, how it stands, and what is due when."""
    due, person = _due(row), row.person
    return {
        "id": row.id,
        "person": person.name if person is not None else "Erased",
        "company": (person.company or "") if person is not None else "",
        "partner_id": row.partner_id,
        "partner": names.get(row.partner_id, row.partner_id),
        "state": words.STATES[row.state],  # type: ignore[index]
        "tone": words.TONES.get(row.state, ""),  # type: ignore[call-overload]
        "reason": words.reason_of(row.reason),
        "due": last_day(due, program) if due else "",
        "is_overdue": _is_overdue(row, at),
        "created": day(program.calendar.day_of(row.created_at)),
        "protected_until": last_day(row.protected_until, program) if row.protected_until and row.state in OPEN else "",
        "place": row.place_in_line or "",
    }


def last_day(until: datetime, program: Program) -> str:
    """Return the last day before a moment, in the program's zone."""
    return day(program.calendar.day_of(until - _A_MOMENT))


def _due(row: Introduction) -> datetime | None:
    """Return by when the business owes the partner a word: the answer, or the next news."""
    if row.owed_since is not None:
        return row.owed_since
    return row.next_word_by if row.state in OPEN else None


def _is_overdue(row: Introduction, at: datetime) -> bool:
    """Return whether the partner waits longer than promised: an answer, or a word that was not said in time."""
    due = _due(row)
    return row.owed_since is not None or (due is not None and due <= at)


def _rows(page: list[Introduction], *, program: Program, at: datetime) -> list[Row]:
    names = names_of(page)
    return [
        {
            **card,
            "sort": {
                "at": row.id,
                "person": fold(card["person"]),
                "partner": fold(card["partner"]),
                "state": words.BOARD.index(row.state) if row.state in words.BOARD else len(words.BOARD),
                "due": instants.text(due) if (due := _due(row)) else None,
            },
        }
        for row in page
        for card in [view(row, names, program, at=at)]
    ]


def _lines(page: list[Introduction], *, program: Program, at: datetime) -> list[Sequence[Cell]]:
    names = names_of(page)
    return [
        (
            *(instants.text(row.created_at), card["person"], card["company"], row.partner_id, card["partner"]),
            *(card["state"], card["reason"], card["due"], "yes" if card["is_overdue"] else ""),
            *(card["protected_until"], row.place_in_line or "", row.owner or "", row.customer_id or "", row.id),
        )
        for row in page
        for card in [view(row, names, program, at=at)]
    ]
