"""Lists a program's moments: who was asked, who was not and why, and what became of it."""

from collections.abc import Sequence

from chalicelib.admin.english import minute
from chalicelib.admin.lists import ListOf, Row
from chalicelib.admin.programs import asking_words as words
from chalicelib.kit.csv_text import Cell
from chalicelib.moments.find import find_moments
from chalicelib.moments.shapes import MomentsQuery, MomentView
from chalicelib.moments.table import Moment
from chalicelib.programs import find as programs
from chalicelib.programs.asking import Asking
from chalicelib.referrals.find import find_rows


def moments(reference: str) -> ListOf:
    """Return the list of a program's moments, newest first."""
    program = programs.find(reference).program
    rules = (program.asking or Asking()).rules
    return ListOf(
        name="moments",
        section="programs",
        title=f"Who was asked: {program.name}",
        path=f"programs/{program.id}/moments",
        query=MomentsQuery,
        read=lambda query: find_moments(query, list),
        rows=_rows,
        header=(
            "Moment",
            "Customer",
            "Rule",
            "State",
            "Why not",
            "Due",
            "Asked",
            "By",
            "Partner",
            "Friends",
            "Revenue",
        ),
        lines=_lines,
        fixed={"program": program.id},
        more={
            "program": program,
            "rules": [(one.name, words.rule_name(one.name)) for one in rules],
            "states": list(words.STATES.items()),
        },
    )


def _rows(page: list[Moment]) -> list[Row]:
    customers = find_rows({one.customer_id for one in page})
    return [
        {
            "id": one.id,
            "customer": one.customer_id,
            "name": (customers[one.customer_id].display_name if one.customer_id in customers else None)
            or one.customer_id,
            "rule": words.rule_name(one.rule),
            "state": words.STATES.get(one.state, one.state),
            "why": words.REASONS.get(one.because or "", ""),
            "due": minute(one.due_at),
            "asked": minute(one.asked_at) if one.is_asked and one.asked_at is not None else "",
            "by": words.WAYS.get(one.asked_by or "", "") if one.is_asked else "",
            "partner": one.partner_id or "",
            "friends": len(one.friends),
            "sort": {"at": one.id},
        }
        for one in page
    ]


def _lines(page: list[Moment]) -> list[Sequence[Cell]]:
    views = [MomentView.of(one) for one in page]
    return [
        (
            *(one.id, one.customer, one.rule, one.state, one.because or "", one.due_at),
            *(one.asked_at or "", one.asked_by or "", one.partner or "", one.friends, one.revenue),
        )
        for one in views
    ]
