"""Shows what was entered of a program's costs, the form that enters more, and what taking one back does."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from chalicelib.access import api_keys
from chalicelib.admin.english import LOCALE, day, money
from chalicelib.admin.page import AdminPage, rest_of
from chalicelib.admin.programs.roi_words import KINDS
from chalicelib.kit import cursors, ids
from chalicelib.language import formats
from chalicelib.programs import find as programs
from chalicelib.roi.cost_shapes import CostView
from chalicelib.roi.costs import find, list_page, view_costs
from chalicelib.users.find import find_names

FIELDS = ("month", "amount", "kind", "what")
_FEW = 50


def costs(
    reference: str, cursor: str | None, *, done: str = "", typed: Mapping[str, str] | None = None, at: datetime
) -> AdminPage:
    """Show a program's costs, the newest month first, a page at a time; *typed* is a form that was refused."""
    program = programs.find(reference).program
    named = f"admin costs of {program.id}"
    stored, position = list_page(program.id, limit=_FEW, position=cursors.read(cursor, of=named))
    views = view_costs(stored)
    names = _names(views)
    values = {
        "program": program,
        "costs": [_row(view, names) for view in views],
        "done": done,
        **form_of_new(typed, at=at),
        **rest_of(position, named, cursor),
    }
    return AdminPage("costs", "programs", "Costs", values)


def form_of_new(typed: Mapping[str, str] | None = None, *, at: datetime) -> dict[str, Any]:
    """Return the values of the form that enters a cost, once for each time it is shown."""
    cost = {name: (typed or {}).get(name, "") for name in FIELDS}
    return {"kinds": KINDS, "cost": cost, "once": ids.ulid(at)}


def reversal(reference: str, cost_id: str, *, typed: str = "") -> AdminPage:
    """Say what taking back a cost does."""
    program = programs.find(reference).program
    [view] = view_costs([find(program.id, cost_id)])
    values = {
        "program": program,
        "cost": _row(view, {}),
        "happens": [
            f"{money(view.amount.amount, view.amount.currency)} for {view.what} in {_month(view)} counts no more. "
            "The entry stays in the list, with your note.",
            "This cannot be undone: to correct a mistake, take the entry back and enter the right one.",
        ],
        "typed": typed,
    }
    return AdminPage("reverse_cost", "programs", "Take back a cost", values)


def _row(view: CostView, names: Mapping[str, str]) -> dict[str, Any]:
    back = view.reversed
    return {
        "id": view.id,
        "month": _month(view),
        "kind": KINDS[view.kind],
        "what": view.what,
        "amount": money(view.amount.amount, view.amount.currency),
        "entered": f"{names.get(view.entered_by, view.entered_by)}, {day(view.created_at)}",
        "taken_back": f"{names.get(back.reversed_by, back.reversed_by)}, {day(back.reversed_at)}" if back else "",
        "note": back.note if back else None,
    }


def _month(view: CostView) -> str:
    return formats.month(date.fromisoformat(f"{view.month}-01"), LOCALE)


def _names(views: list[CostView]) -> dict[str, str]:
    """Return the names of the people and keys that entered costs, and took them back."""
    actors = {view.entered_by for view in views} | {view.reversed.reversed_by for view in views if view.reversed}
    keys = {one: key.name for one in actors if one.startswith("key_") and (key := api_keys.recall(one)) is not None}
    return keys | find_names(actors)
