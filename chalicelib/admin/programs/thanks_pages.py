"""Shows the thanks to a program's partners: due ones, with a form for each, settled ones, and the form of new ones."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, get_args

from chalicelib.admin.english import day, money
from chalicelib.admin.names import survivors_of
from chalicelib.admin.page import AdminPage, rest_of
from chalicelib.admin.programs.receiving_pages import THANKS
from chalicelib.introductions.find import find_all
from chalicelib.introductions.table import Introduction
from chalicelib.introductions.thanks import list_page
from chalicelib.introductions.thanks_by_hand import AHEAD
from chalicelib.introductions.thanks_list import view_thanks
from chalicelib.introductions.thanks_rule import WITHIN
from chalicelib.introductions.thanks_shapes import SkipReason, ThanksFor, ThanksState, ThanksView
from chalicelib.kit import cursors, ids
from chalicelib.kit.errors import InvalidValue
from chalicelib.programs import find as programs
from chalicelib.users.find import find_names

NEW_FIELDS = ("partner", "kind", "due_on", "words", "introduction")
FIELDS = ("thanks", "step", "kind", "cost", "reason", "words")
_FEW = 25
STATES: Mapping[ThanksState, str] = {"due": "Due", "done": "Done", "skipped": "Skipped"}
REASONS: Mapping[SkipReason, str] = {
    "partner_left": "The partner has left",
    "partner_declined": "The partner does not want it",
    "not_allowed": "The partner may not accept it",
    "thanked_already": "They were thanked already",
    "other": "Another reason",
}
FOR: Mapping[ThanksFor, str] = {
    "received": "An introduction",
    "meeting": "A meeting",
    "won": "A sale",
    "by_hand": "Added by hand",
}


def thanks(
    reference: str,
    state: str,
    cursor: str | None,
    *,
    done: str = "",
    typed: Mapping[str, str] | None = None,
    new: Mapping[str, str] | None = None,
    at: datetime,
) -> AdminPage:
    """Show a page of a program's thanks in a state; *typed* and *new* are forms that were refused."""
    program, chosen = programs.find(reference).program, _state(state)
    today = program.calendar.day_of(at)
    named = f"admin {chosen} thanks of {program.id}"
    stored, position = list_page(program.id, chosen, limit=_FEW, position=cursors.read(cursor, of=named))
    values = {
        "program": program,
        "state": chosen,
        "states": list(STATES.items()),
        "rows": rows(view_thanks(stored), typed or {}, today=today),
        "kinds": THANKS,
        "reasons": REASONS,
        "done": done,
        **form_of_new(new, today=today, at=at),
        **rest_of(position, named, cursor),
    }
    return AdminPage("thanks", "programs", f"Thanks to partners of {program.name}", values)


def form_of_new(typed: Mapping[str, str] | None, *, today: date, at: datetime) -> dict[str, Any]:
    """Return the values of the form that adds thanks, once for each time it is shown."""
    fields = {"kind": "note", "due_on": (today + WITHIN).isoformat()} if typed is None else typed
    return {
        "new": {name: fields.get(name, "") for name in NEW_FIELDS},
        "refused_new": typed is not None,
        "first_day": today.isoformat(),
        "last_day": (today + AHEAD).isoformat(),
        "once": ids.ulid(at),
    }


def rows(views: Sequence[ThanksView], typed: Mapping[str, str], *, today: date) -> list[dict[str, Any]]:
    """Return thanks as templates take them: to whom, for what, until when; and what is typed into the form of each."""
    names = survivors_of(view.to for view in views)
    introduced = find_all(view.introduction for view in views if view.introduction is not None)
    people = find_names(view.settled_by for view in views if view.settled_by is not None)
    return [
        {
            "view": view,
            "to": names[view.to][0],
            "partner": names[view.to][1],
            "for": FOR[view.for_],
            "person": person_of(introduced.get(view.introduction or "")),
            "kind": THANKS[view.kind],
            "due": day(date.fromisoformat(view.due_on)),
            "late": view.state == "due" and date.fromisoformat(view.due_on) < today,
            "cost": money(view.cost.amount, view.cost.currency) if view.cost.amount else "",
            "settled": day(view.settled_at) if view.settled_at else "",
            "by": people.get(view.settled_by or "", view.settled_by or ""),
            "reason": REASONS[view.reason] if view.reason else "",
            "typed": typed if typed.get("thanks") == view.id else {},
        }
        for view in views
    ]


def person_of(introduction: Introduction | None) -> str:
    """Return who was introduced, as far as that was not erased."""
    return introduction.person.name if introduction is not None and introduction.person is not None else "Erased"


def _state(text: str) -> ThanksState:
    state = next((one for one in STATES if one == text), None)
    if state is None:
        raise InvalidValue("Choose due, done or skipped thanks.", pointer="/state")
    return state


assert set(STATES) == set(get_args(ThanksState)), "each state has a name"
assert set(REASONS) == set(get_args(SkipReason)), "each reason has a name"
assert set(FOR) == set(get_args(ThanksFor)), "all that thanks are for has a name"
