"""Lists the partners of a program who need attention, as they were when last checked, with what is to do."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from chalicelib.admin import codes
from chalicelib.admin.action_words import RULES
from chalicelib.admin.actions.waiting import waiting_in
from chalicelib.admin.english import day, minute
from chalicelib.admin.lists import ListOf, Row
from chalicelib.kit import ids, instants
from chalicelib.kit.calendars import Calendar
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.dynamo import rows
from chalicelib.kit.shapes import fold
from chalicelib.onboarding.progress import QUIET_DAYS, STEPS, STUCK_DAYS
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.targets.derive import find_current
from chalicelib.targets.find import find_checked
from chalicelib.targets.item_shapes import CheckedQuery
from chalicelib.targets.table import SUMMARY, Check, Summary, summary_key

# Before one of these a partner can be stuck.
_STEPS = STEPS[1:-1]


def check_ins(reference: str) -> ListOf:
    """Return the list of a program's partners who are stuck, or have gone quiet."""
    program = programs.find(reference).program
    summary = rows.find(Summary, summary_key(program.id), SUMMARY)
    return ListOf(
        name="check_ins",
        section="programs",
        title=f"Partners who need attention in {program.name}",
        path=f"programs/{program.id}/check-ins",
        query=CheckedQuery,
        read=lambda query: find_checked(query, list),
        rows=partial(_rows, calendar=program.calendar),
        header=("Partner", "Name", "Why", "Next step", "Since", "To do"),
        lines=_lines,
        columns=("name", "why", "step", "since"),
        fixed={"program": program.id},
        more={
            "program": program,
            "whys": [("stuck", "Stuck"), ("quiet", "Quiet")],
            "steps": [(one, codes.name_of(one)) for one in _STEPS],
            "stuck_days": STUCK_DAYS,
            "quiet_days": QUIET_DAYS,
            "waiting": waiting_in(program),
            "checked": minute(summary.checked_at) if summary is not None else "",
            "counts": [(RULES[rule], rule, count) for rule in RULES if (count := _count(summary, rule))],
        },
    )


def _count(summary: Summary | None, rule: str) -> int:
    return summary.counts.get(rule, 0) if summary is not None else 0


def _rows(page: list[Check], *, calendar: Calendar) -> list[Row]:
    names, to_do = _names(page), _to_do(page)
    return [
        {
            "id": one.id,
            "name": names[one.id],
            "why": codes.name_of(one.why),
            "step": codes.name_of(one.step),
            "since": day(calendar.day_of(one.since)) if one.since else "",
            "joined": day(calendar.day_of(ids.time_of(one.id))),
            "items": to_do[one.id],
            "sort": {
                "at": one.id,
                "name": fold(names[one.id]),
                "why": one.why,
                "step": _STEPS.index(one.step) if one.step in _STEPS else None,
                "since": one.since,
            },
        }
        for one in page
    ]


def _lines(page: list[Check]) -> list[Sequence[Cell]]:
    names, to_do = _names(page), _to_do(page)
    return [
        (
            *(one.id, names[one.id], one.why or "", one.step or ""),
            instants.text(one.since) if one.since else "",
            ", ".join(label for label, _ in to_do[one.id]),
        )
        for one in page
    ]


def _names(page: Sequence[Check]) -> dict[str, str]:
    stored = partners.find_rows(one.id for one in page)
    return {one.id: stored[one.id].name if one.id in stored else one.id for one in page}


def _to_do(page: Sequence[Check]) -> Mapping[str, list[Any]]:
    """Return the open action items of each partner: what each is called, and its page."""
    items = find_current(page)
    return {
        one.id: [
            (RULES[item.rule], f"/admin/actions/{item.id}")  # type: ignore[index]
            for identifier in one.current.values()
            if (item := items.get(identifier)) is not None and item.state == "open"
        ]
        for one in page
    }
