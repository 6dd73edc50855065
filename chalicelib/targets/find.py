"""Finds action items, and partners who need attention: newest first, in both directions, by filters."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from chalicelib.kit import cursors, instants
from chalicelib.kit.cursors import ListPage, Placed, Stretch
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.notes.note import view_notes
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.targets.item_shapes import ActionItemsQuery, ActionItemView, CheckedQuery
from chalicelib.targets.table import ITEM, ActionItem, Check, TargetRow, all_of, check_ins_of, items_in, query_page

V = TypeVar("V")
# Each reads a megabyte of an index: more than a thousand rows.
_MOST_CALLS = 6
_LIVE = "prg_"


class ActionItemNotFound(NotFound):
    """There is no such action item."""


def find(identifier: str) -> ActionItem:
    """Return the action item with that id."""
    item = rows.find(ActionItem, identifier, ITEM) if identifier.startswith("act_") else None
    if item is None:
        raise ActionItemNotFound(f"There is no action item {identifier!r}.")
    return item


def find_items(
    query: ActionItemsQuery, view: Callable[[list[ActionItem]], list[V]], *, within: frozenset[str] | None = None
) -> ListPage[V]:
    """Return a page of the requested action items; *within* are the only programs that count, if given."""
    program_id = programs.find(query.program).program.id if query.program is not None else None
    partner_id = partners.find(query.partner).partner.id if query.partner is not None else None
    of_mode, of_program = items_in(query.state, program_id or partner_id or _LIVE)
    conditions: dict[str, Any] = {"owner": query.owner, "rule": query.rule}
    if partner_id is not None:
        index, name = "by_partner", partner_id
        conditions |= {"state": query.state, "program_id": program_id}
    elif program_id is not None:
        index, name = "by_program", of_program
    else:
        index, name = "listed", of_mode
    condition = all_of(conditions, within=sorted(within) if within is not None else None)
    read = partial(_between, ActionItem, index, name, condition)
    of = f"action items {name} {sorted(conditions.items(), key=str)} {sorted(within) if within is not None else ''}"
    return cursors.page(read, view, limit=query.limit, cursor=query.cursor, of=of)


def find_checked(query: CheckedQuery, view: Callable[[list[Check]], list[V]]) -> ListPage[V]:
    """Return a page of a program's partners who need attention, newest first, as they were when last checked."""
    name = check_ins_of(programs.find(query.program).program.id)
    condition = all_of({"why": query.why, "step": query.step})
    read = partial(_between, Check, "listed", name, condition)
    of = f"checked {name} {query.why} {query.step}"
    return cursors.page(read, view, limit=query.limit, cursor=query.cursor, of=of)


def list_open_of(partner_id: str, programs_of: Iterable[str]) -> list[ActionItem]:
    """Return a partner's open action items in some programs: one call."""
    allowed = set(programs_of)
    items, _ = query_page(ActionItem, "by_partner", partner_id, all_of({"state": "open"}), newest_first=True)
    return [item for item in items if item.program_id in allowed]


def view_items(items: Sequence[ActionItem]) -> list[ActionItemView]:
    """Return action items as the API gives them, with the names of partners, and notes."""
    names = partners.find_rows({item.partner_id for item in items if item.partner_id is not None})
    currencies = programs.find_rows({item.program_id for item in items})
    return [
        ActionItemView(
            id=item.id,
            object="action_item",
            program=item.program_id,
            partner=item.partner_id,
            name=names[item.partner_id].name if item.partner_id in names else None,
            target=item.target_id,
            rule=item.rule,  # type: ignore[arg-type]
            figures=item.figures,
            currency=currencies[item.program_id].currency,
            state=item.state,  # type: ignore[arg-type]
            owner=item.owner,
            due_on=item.due_on,
            reason=item.reason,  # type: ignore[arg-type]
            note=note,
            created_at=instants.text(item.created_at),
            closed_at=_text(item.closed_at),
            closed_by=item.closed_by,
        )
        for item, note in zip(items, view_notes(items), strict=True)
    ]


def _text(moment: datetime | None) -> str | None:
    return instants.text(moment) if moment is not None else None


def _between(
    model: type[TargetRow],
    index: str,
    name: str,
    condition: Any,
    *,
    after: str,
    before: str,
    newest_first: bool,
    limit: int,
) -> Stretch[Any]:
    """Return the rows of a list that match, between two places: of very many, as far as some calls read."""
    placed: list[Placed[Any]] = []
    for _ in range(_MOST_CALLS):
        if f"{after} " >= before:
            return Stretch(placed)
        # A blank sorts right behind a place. DynamoDB includes the end, at which a row may be.
        between = (f"{after} ", before)
        page, looked_to = query_page(model, index, name, condition, between=between, newest_first=newest_first)
        placed += [Placed(row.id, row) for row in page if row.id != before]
        if len(placed) >= limit or looked_to is None:
            return Stretch(placed[:limit])
        after, before = (after, looked_to) if newest_first else (looked_to, before)
    return Stretch(placed, before if newest_first else after)
