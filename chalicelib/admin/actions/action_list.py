"""Lists action items, shows one, and says what doing or dismissing several of them does."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, get_args

from chalicelib.admin import action_words as words
from chalicelib.admin.english import day
from chalicelib.admin.lists import ListOf, Row, readable_programs
from chalicelib.admin.page import AdminPage, AdminVisit
from chalicelib.admin.selected import Item, Work
from chalicelib.kit import instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.ids import mode_of
from chalicelib.kit.revisions import etag_of
from chalicelib.kit.shapes import fold
from chalicelib.notes.note import view_notes
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.targets.find import ActionItemNotFound, find, find_items
from chalicelib.targets.item_shapes import ActionItemsQuery
from chalicelib.targets.kinds import RuleName
from chalicelib.targets.table import ITEM, ActionItem
from chalicelib.users import find as users
from chalicelib.users.roles import Rights
from chalicelib.users.table import User

PATH = "actions"
_MOST_PEOPLE = 100
_LONGEST_ID = 40
_EFFECTS = {
    "done": "Is done. While its rule holds, no other item is opened.",
    "dismiss": "Is dismissed, since nothing needs to be done. While its rule holds, no other item is opened.",
}
_LABELS = {"done": "Mark as done", "dismiss": "Dismiss"}


def actions(visit: AdminVisit) -> ListOf:
    """Return the list of action items, by default the open ones, of the programs that a person may see."""
    within = readable_programs(visit.rights)
    people = owners([visit.query.get("owner")])
    return ListOf(
        name="actions",
        section="today",
        title="Action items",
        path=PATH,
        query=ActionItemsQuery,
        read=lambda query: find_items(query, list, within=within),
        rows=partial(_rows, may=lambda item: visit.rights.may("partners:write", [item.program_id]), people=people),
        header=(
            *("Created", "Item", "Why", "Program", "Partner", "Name", "State", "Owner", "Due"),
            *("Reason", "Note", "Closed", "Closed by", "ID"),
        ),
        lines=partial(_lines, people=people),
        columns=("what", "partner", "due", "owner"),
        defaults={"state": "open"},
        within=within,
        more={
            "rules": list(words.RULES.items()),
            "states": list(words.STATES.items()),
            "people": list(people.items()),
        },
    )


def owners(present: Iterable[str | None] = ()) -> dict[str, str]:
    """
    Return the names of people who administer, by id: as many as are read at once, and those who are *present*.

    Someone present may be removed; the name says so.
    """
    page = users.list_page(limit=_MOST_PEOPLE, position=None)[0]
    return _with({user.id: _name(user) for user in page}, present)


def _with(people: Mapping[str, str], present: Iterable[str | None]) -> dict[str, str]:
    """Return people's names, with those who are present and not among them: a read for all of these."""
    # A longer one was typed into an address, and the table refuses to look it up.
    missing = users.find_rows(one for one in present if one and one not in people and len(one) <= _LONGEST_ID)
    return {**people, **{one: _name(user) for one, user in missing.items()}}


def _name(user: User) -> str:
    name = user.name or user.email
    return name if user.removed_at is None else f"{name} (removed)"


def show_items(
    items: Sequence[ActionItem],
    people: Mapping[str, str],
    *,
    names: Mapping[str, str] | None = None,
    of_programs: Mapping[str, Program] | None = None,
) -> list[dict[str, Any]]:
    """
    Return action items as templates take them: what, why, about whom, by when, and who does it.

    Reads the *names* of partners and the programs, unless they are passed.
    """
    names = names_of(items) if names is None else names
    of_programs = programs.find_rows({item.program_id for item in items}) if of_programs is None else of_programs
    return [
        {
            "id": item.id,
            "what": words.RULES[_rule(item)],
            "why": words.why(item.rule, item.figures, of_programs[item.program_id].currency),
            "partner_id": item.partner_id,
            "partner": names.get(item.partner_id or "", item.partner_id or ""),
            "program": of_programs[item.program_id],
            "target": item.target_id,
            "due": day(item.due_on),
            "owner": people.get(item.owner or "", item.owner or ""),
            "state": words.STATES[item.state],  # type: ignore[index]
            "is_open": item.state == "open",
        }
        for item in items
    ]


def names_of(items: Sequence[ActionItem]) -> dict[str, str]:
    """Return the names of the partners whom items are about, by id."""
    stored = partners.find_rows({item.partner_id for item in items if item.partner_id is not None})
    return {one: row.name or one for one, row in stored.items()}


def _rule(item: ActionItem) -> RuleName:
    rule: RuleName = item.rule  # type: ignore[assignment]
    return rule


def _rows(page: list[ActionItem], *, may: Callable[[ActionItem], bool], people: Mapping[str, str]) -> list[Row]:
    people = _with(people, (item.owner for item in page))
    return [
        {
            **view,
            "can_select": item.state == "open" and may(item),
            "sort": {
                "at": item.id,
                "what": view["what"],
                "partner": fold(view["partner"]),
                "due": item.due_on,
                "owner": fold(view["owner"]),
            },
        }
        for item, view in zip(page, show_items(page, people), strict=True)
    ]


def _lines(page: list[ActionItem], *, people: Mapping[str, str]) -> list[Sequence[Cell]]:
    notes, people = view_notes(page), _with(people, [one for item in page for one in (item.owner, item.closed_by)])
    return [
        (
            *(instants.text(item.created_at), view["what"], view["why"], view["program"].name),
            *(item.partner_id or "", view["partner"], item.state, view["owner"], item.due_on),
            *(item.reason or "", (note.words or "") if note else ""),
            instants.text(item.closed_at) if item.closed_at else "",
            *(people.get(item.closed_by or "", item.closed_by or ""), item.id),
        )
        for item, view, note in zip(page, show_items(page, people), notes, strict=True)
    ]


def item_page(identifier: str, rights: Rights, *, done: str = "", typed: Mapping[str, str] | None = None) -> AdminPage:
    """Show an action item: why, what to do, and the forms that assign it, or close it."""
    item, typed = find(identifier), typed or {}
    people = owners([item.owner, typed.get("owner")])
    [view] = show_items([item], people)
    calendar = view["program"].calendar
    closed_by = item.closed_by or ""
    title = f"{view['what']}: {view['partner']}" if item.partner_id else view["what"]
    values = {
        "item": view,
        "advice": words.ADVICE[_rule(item)],
        "created": day(calendar.day_of(item.created_at)),
        "closed": day(calendar.day_of(item.closed_at)) if item.closed_at else "",
        "closed_by": _with(people, [closed_by]).get(closed_by, closed_by),
        "reason": words.REASONS[item.reason] if item.reason else "",  # type: ignore[index]
        "note": view_notes([item])[0],
        "due_on": item.due_on,
        "owner": item.owner or "",
        "people": list(people.items()),
        "reasons": list(words.REASONS.items()),
        "may_act": rights.may("partners:write", [item.program_id]),
        "etag": etag_of(item),
        "done": done,
        "typed": typed,
        "mode": mode_of(item.program_id),
    }
    return AdminPage("action", "today", title, values)


def find_selected(identifiers: Sequence[str], rights: Rights) -> list[ActionItem]:
    """Return selected action items, in their order. Refuses what is not there, or of a program they may not read."""
    stored = rows.find_all(ActionItem, [(one, ITEM) for one in identifiers])
    items = [stored.get((one, ITEM)) for one in identifiers]
    there = [one for one in items if one is not None and rights.may("stats:read", [one.program_id])]
    if len(there) < len(items):
        raise ActionItemNotFound("One of these action items does not exist.")
    return there


def describe(action: str, items: Sequence[ActionItem], rights: Rights) -> tuple[Work, list[Item]]:
    """Return what an action does with selected items, and what happens to each. Refuses another action."""
    if action not in _EFFECTS:
        raise InvalidValue("Choose to mark them as done, or to dismiss them.", pointer="/action")
    names = names_of(items)
    each = [_item(action, one, names, rights) for one in items]
    number = sum(one.possible for one in each)
    title = f"{_LABELS[action]}: {number} action item{'' if number == 1 else 's'}"
    work = Work(
        path=PATH,
        section="today",
        action=action,
        title=title,
        button=title,
        happens=["The note is kept on record and not sent to anyone."],
        asks_note=True,
    )
    return work, each


def label_of(item: ActionItem, names: Mapping[str, str]) -> str:
    """Return what an item is called in a list of selected ones."""
    what = words.RULES[_rule(item)]
    return f"{names.get(item.partner_id, item.partner_id)}: {what}" if item.partner_id else what


def _item(action: str, item: ActionItem, names: Mapping[str, str], rights: Rights) -> Item:
    label, page = label_of(item, names), f"/admin/actions/{item.id}"
    if item.state != "open":
        return Item(item.id, label, page, f"Stays as it is: {words.STATES[item.state]}.", possible=False)  # type: ignore[index]
    if not rights.may("partners:write", [item.program_id]):
        return Item(item.id, label, page, "Your role does not allow this in its program.", possible=False)
    return Item(item.id, label, page, _EFFECTS[action])


assert set(words.RULES) == set(get_args(RuleName)), "each rule has a name"
