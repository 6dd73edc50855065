"""Lists a program's applications by status and time, and says what approving or refusing several of them does."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import get_args
from zoneinfo import ZoneInfo

from chalicelib.admin import codes
from chalicelib.admin.english import day, moment
from chalicelib.admin.lists import ListOf, Row, zone_of
from chalicelib.admin.selected import Item, Work
from chalicelib.kit import instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.shapes import fold
from chalicelib.notes.note import view_notes
from chalicelib.onboarding.applications import APPROVED, PENDING, ApplicationNotFound
from chalicelib.onboarding.shapes import ApplicationsQuery, ApplicationStatus
from chalicelib.partners.joining_table import Application
from chalicelib.programs import find as programs
from chalicelib.search.by_moment import find_applications

_EFFECTS = {
    "approve": "Becomes a partner right away, and gets an email with the link to their page.",
    "refuse": "Gets an email saying that they cannot join this time.",
}
_NOTE = "The note is kept on record and not sent to anyone."


def path_of(program_id: str) -> str:
    """Return where a program's applications are, after `/admin/`."""
    return f"programs/{program_id}/applications"


def applications(reference: str, *, at: datetime) -> ListOf:
    """Return the list of a program's applications, by default those to answer."""
    program = programs.find(reference).program
    return ListOf(
        name="applications",
        section="programs",
        title=f"Applications to {program.name}",
        path=path_of(program.id),
        query=ApplicationsQuery,
        read=lambda query: find_applications(query, list),
        rows=partial(_rows, zone=zone_of(program.id, at=at)),
        header=("Applied", "Name", "Email", "Language", "Status", "Answered", "Note", "Partner", "ID"),
        lines=_lines,
        columns=("name", "email", "answered"),
        fixed={"program": program.id},
        defaults={"status": PENDING},
        more={
            "program": program,
            "statuses": [(one, codes.name_of(one)) for one in get_args(ApplicationStatus)],
        },
    )


def _rows(page: list[Application], *, zone: ZoneInfo) -> list[Row]:
    return [
        {
            "id": one.id,
            "name": one.name,
            "email": one.email,
            "partner": one.partner_id if one.status == APPROVED else "",
            "at": moment(one.created_at, zone),
            "answered": day(one.decided_at.astimezone(zone)) if one.decided_at else "",
            "note": note,
            "can_select": one.status == PENDING,
            "sort": {
                "at": one.created_at,
                "name": fold(one.name),
                "email": fold(one.email),
                "answered": one.decided_at,
            },
        }
        for one, note in zip(page, view_notes(page), strict=True)
    ]


def _lines(page: list[Application]) -> list[Sequence[Cell]]:
    return [
        (
            *(instants.text(one.created_at), one.name, one.email, one.locale, one.status),
            instants.text(one.decided_at) if one.decided_at else "",
            (note.words or "") if note else "",
            *(one.partner_id if one.status == APPROVED else "", one.id),
        )
        for one, note in zip(page, view_notes(page), strict=True)
    ]


def find_selected(identifiers: Sequence[str], program_id: str) -> list[Application]:
    """Return selected applications to a program, in their order. Refuses what is not there."""
    stored = rows.find_all(Application, [(one, "application") for one in identifiers])
    selected = [stored.get((one, "application")) for one in identifiers]
    listed = [one for one in selected if one is not None and one.program_id == program_id]
    if len(listed) < len(selected):
        raise ApplicationNotFound("One of these applications is not to this program.")
    return listed


def describe(action: str, selected: Sequence[Application], program_id: str) -> tuple[Work, list[Item]]:
    """Return what an action does with selected applications, and what happens to each. Refuses another action."""
    if action not in _EFFECTS:
        raise InvalidValue("Choose to approve or to refuse.", pointer="/action")
    items = [_item(action, one) for one in selected]
    number = sum(one.possible for one in items)
    title = f"{action.capitalize()} {number} application{'' if number == 1 else 's'}"
    work = Work(
        path=path_of(program_id),
        section="programs",
        action=action,
        title=title,
        button=title,
        happens=[_NOTE] if action == "refuse" else [],
        asks_note=action == "refuse",
        harms=action == "refuse",
    )
    return work, items


def _item(action: str, application: Application) -> Item:
    label = f"{application.name} ({application.email})"
    if application.status != PENDING:
        return Item(application.id, label, "", f"Stays as it is: {application.status}.", possible=False)
    return Item(application.id, label, "", _EFFECTS[action])
