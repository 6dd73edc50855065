"""Lists the feedback of all partners, by its day."""

from collections.abc import Sequence

from chalicelib.admin.english import day
from chalicelib.admin.lists import ListOf, Row
from chalicelib.kit import instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.shapes import OrderedQuery, fold
from chalicelib.partners import find as partners
from chalicelib.partners.feedback_table import Feedback
from chalicelib.search.business import list_feedback


def feedback() -> ListOf:
    """Return the list of all feedback."""
    return ListOf(
        name="feedback",
        section="feedback",
        title="Feedback",
        path="feedback",
        query=OrderedQuery,
        read=lambda query: list_feedback(query, list),
        rows=_rows,
        header=("At", "Score", "Comment", "Partner", "Name"),
        lines=_lines,
        columns=("score", "name"),
    )


def _rows(page: list[Feedback]) -> list[Row]:
    names = _names(page)
    return [
        {
            "id": one.partner_id,
            "name": names[one.partner_id],
            "score": one.score,
            "words": one.words or "",
            "date": day(one.created_at),
            "sort": {"at": one.created_at, "score": one.score, "name": fold(names[one.partner_id])},
        }
        for one in page
    ]


def _lines(page: list[Feedback]) -> list[Sequence[Cell]]:
    names = _names(page)
    return [
        (instants.text(one.created_at), one.score, one.words or "", one.partner_id, names[one.partner_id])
        for one in page
    ]


def _names(page: list[Feedback]) -> dict[str, str]:
    stored = partners.find_rows({one.partner_id for one in page})
    return {
        one.partner_id: stored[one.partner_id].name if one.partner_id in stored else "(deleted partner)" for one in page
    }
