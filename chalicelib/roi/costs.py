"""Enters what a program cost, takes back what was entered by mistake, and lists both."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from chalicelib.audit.actor import Actor
from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, InvalidValue, NotFound, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.ids import is_test, new_id
from chalicelib.notes.note import view_notes
from chalicelib.notes.table import new_note
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.roi.cost_shapes import CostReversalView, CostView, NewCost
from chalicelib.roi.table import PLACE, Cost, CostPlace, CostReversal, costs_key, reversals_key, sort_of

# So that the costs of a year are read in a few calls.
MOST_A_MONTH = 200
_EARLIEST = "2000-01"


class CostNotFound(NotFound):
    """The program has no such cost."""


class TooManyCosts(Refused):
    """The month already has as many costs as it can have: enter sums instead of single bills."""


def enter(reference: str, new: NewCost, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt) -> Cost:
    """
    Enter what a program cost in a month, for good: a mistake is taken back by `reverse`.

    Refused: another currency than the program's, an amount of zero, and a month that is none or has not begun.
    """
    program = programs.find(reference).program
    _check(new, program, at=at)
    if len(_of_months(program.id, new.month, new.month, most=MOST_A_MONTH)) >= MOST_A_MONTH:
        raise TooManyCosts(f"{new.month} already has {MOST_A_MONTH} costs.", pointer="/month")
    cost_id = new_id("cos", at, test=is_test(program.id))
    row = Cost(
        costs_key(program.id),
        sort_of(new.month, cost_id),
        month=new.month,
        purpose=new.kind,
        what=new.what,
        amount=new.amount.amount,
        currency=new.amount.currency,
        entered_by=actor.id,
        created_at=at,
    )
    place = CostPlace(cost_id, PLACE, program_id=program.id, place=row.sort)
    changes = [writes.insert(row), writes.insert(place), *receipt(row)]
    if actor.commit(*changes, action="cost.entered", subject=program.id, part=cost_id, at=at):
        raise Busy("This call was just sent a second time; send it again for its answer.")
    return row


def reverse(reference: str, cost_id: str, words: str, *, actor: Actor, at: datetime) -> Cost:
    """Take back a cost, with a note that says why. Idempotent: the first note stays."""
    program_id = programs.find(reference).program.id
    row = find(program_id, cost_id)
    note = new_note(words, at=at)
    reversal = CostReversal(reversals_key(program_id), row.sort, note=note.id, reversed_by=actor.id, created_at=at)
    if not _reversals(program_id, [row]):
        changes = [writes.insert(reversal), writes.insert(note)]
        actor.commit(*changes, action="cost.reversed", subject=program_id, part=cost_id, at=at)
    return row


def find(program_id: str, cost_id: str) -> Cost:
    """Return a cost of a program."""
    place = rows.find(CostPlace, cost_id, PLACE) if cost_id.startswith("cos_") else None
    of_program = place is not None and place.program_id == program_id
    row = rows.find(Cost, costs_key(program_id), place.place) if place is not None and of_program else None
    if row is None:
        raise CostNotFound(f"The program has no cost {cost_id!r}.", pointer="/cost")
    return row


@walk.full
def list_page(
    program_id: str, *, limit: int, position: dict[str, Any] | None
) -> tuple[list[Cost], dict[str, Any] | None]:
    """Return one page of a program's costs, the newest month first, and where the next one begins."""
    page = Cost.query(
        costs_key(program_id),
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key=position,
        consistent_read=True,
    )
    return list(page), page.last_evaluated_key


def standing_costs(program_id: str, first: date, last: date) -> list[Cost]:
    """Return the costs of the months from one day to another that were not taken back: two queries."""
    months = (f"{first:%Y-%m}", f"{last:%Y-%m}")
    reversed_ = CostReversal.query(
        reversals_key(program_id), CostReversal.sort.between(*_between(*months)), consistent_read=True
    )
    gone = {one.sort for one in reversed_}
    return [row for row in _of_months(program_id, *months) if row.sort not in gone]


def view_costs(several: Sequence[Cost]) -> list[CostView]:
    """Return costs of a program as the API gives them, with what takes them back: two reads."""
    reversals = _reversals(several[0].program_id, several) if several else {}
    taken_back = list(reversals.values())
    notes = dict(zip(reversals, view_notes(taken_back), strict=True))
    return [
        CostView.of(row, CostReversalView.of(reversals[row.sort], notes[row.sort]) if row.sort in reversals else None)
        for row in several
    ]


def _check(new: NewCost, program: Program, *, at: datetime) -> None:
    try:
        begun = date.fromisoformat(f"{new.month}-01") <= program.calendar.day_of(at)
    except ValueError as error:
        raise InvalidValue("A month is written as 2026-11.", pointer="/month") from error
    if not begun:
        raise InvalidValue("The month has not begun.", pointer="/month")
    if new.month < _EARLIEST:
        raise InvalidValue(f"The earliest month is {_EARLIEST}.", pointer="/month")
    if new.amount.currency != program.currency:
        raise InvalidValue(f"The program's costs are in {program.currency}.", pointer="/amount/currency")
    if new.amount.amount == 0:
        raise InvalidValue("The amount must be above zero.", pointer="/amount/amount")


def _of_months(program_id: str, first: str, last: str, *, most: int | None = None) -> list[Cost]:
    between = Cost.sort.between(*_between(first, last))
    return list(Cost.query(costs_key(program_id), between, limit=most, consistent_read=True))


def _between(first: str, last: str) -> tuple[str, str]:
    """Return between which places the costs of some months are."""
    return f"{first}#", f"{last}#~"


def _reversals(program_id: str, several: Sequence[Cost]) -> dict[str, CostReversal]:
    keys = [(reversals_key(program_id), row.sort) for row in several]
    return {sort: row for (_, sort), row in rows.find_all(CostReversal, keys).items()}
