"""Finds action items, and partners who need attention: newest first, in both directions, by filters."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from pynamodb.expressions.operand import Path

from chalicelib.kit import cursors, instants
from chalicelib.kit.cursors import ListPage, Placed, Stretch
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.notes.note import view_notes
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.targets.item_shapes import ActionItemsQuery, ActionItemView, CheckedQuery
from chalicelib.targets.rules import FOR_PARTNERS
from chalicelib.targets.table import ITEM, ActionItem, Check, TargetRow, check_ins_of, check_key, items_in

V = TypeVar("V")
# Each reads a megabyte of an index: more than a thousand rows.
_MOST_CALLS = 6
_MOST_OPERANDS = 100
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
    condition = _all_of(conditions)
    if within is not None and program_id is None:
        allowed = _one_of(sorted(within))
        condition = allowed if condition is None else condition & allowed
    read = partial(_between, ActionItem, index, name, condition)
    of = f"action items {name} {sorted(conditions.items(), key=str)} {sorted(within) if within is not None else ''}"
    return cursors.page(read, view, limit=query.limit, cursor=query.cursor, of=of)


def find_checked(query: CheckedQuery, view: Callable[[list[Check]], list[V]]) -> ListPage[V]:
    """Return a page of a program's partners who need attention, newest first, as they were when last checked."""
    name = check_ins_of(programs.find(query.program).program.id)
    condition = _all_of({"why": query.why, "step": query.step})
    read = partial(_between, Check, "listed", name, condition)
    of = f"checked {name} {query.why} {query.step}"
    return cursors.page(read, view, limit=query.limit, cursor=query.cursor, of=of)


def find_for_partner(partner_id: str, program_id: str) -> dict[str, ActionItem]:
    """Return the open items of which the partner reads, too, by their rules: two calls."""
    check = rows.find(Check, partner_id, check_key(program_id), consistent=False)
    current = check.current if check is not None else {}
    keys = [(current[rule], ITEM) for rule in FOR_PARTNERS if rule in current]
    return {item.rule: item for item in rows.find_all(ActionItem, keys).values() if item.state == "open"}


def list_open_of(partner_id: str, programs_of: Iterable[str]) -> list[ActionItem]:
    """Return a partner's open action items in some programs: one call."""
    allowed = set(programs_of)
    items, _ = _query(ActionItem, "by_partner", partner_id, None, Path("state") == "open", newest_first=True)
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


def _all_of(values: dict[str, Any]) -> Any:
    condition = None
    for name, value in values.items():
        if value is not None:
            one = Path(name) == value
            condition = one if condition is None else condition & one
    return condition


def _one_of(programs_of: Sequence[str]) -> Any:
    """Return the condition that a row is of one of these programs: DynamoDB takes a hundred at a time."""
    condition = Path("program_id").does_not_exist()
    for begin in range(0, len(programs_of), _MOST_OPERANDS):
        condition |= Path("program_id").is_in(*programs_of[begin : begin + _MOST_OPERANDS])
    return condition


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
        between = Path("pk").between(f"{after} ", before)
        page, looked_to = _query(model, index, name, between, condition, newest_first=newest_first)
        placed += [Placed(row.id, row) for row in page if row.id != before]
        if len(placed) >= limit or looked_to is None:
            return Stretch(placed[:limit])
        after, before = (after, looked_to) if newest_first else (looked_to, before)
    return Stretch(placed, before if newest_first else after)


def _query(
    model: type[TargetRow], index: str, name: str, between: Any, condition: Any, *, newest_first: bool
) -> tuple[list[Any], str | None]:
    """Return the matching rows that one call reads; and the place of the last row it read, if there may be more."""
    page = model._get_connection().query(
        name,
        range_key_condition=between,
        filter_condition=condition,
        index_name=index,
        scan_index_forward=not newest_first,
    )
    key = page.get("LastEvaluatedKey")
    return [model.from_raw_data(item) for item in page["Items"]], key["pk"]["S"] if key else None
