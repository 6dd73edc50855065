"""Updates of rows, understood once: MiniStack reads each expression anew, and copies the row for each of its parts."""

import re
from typing import Any, NamedTuple

from infra.local.values import added

Item = dict[str, Any]

_NAME, _SET, _ADD = r"#?\w+", r"#?\w+ = :\w+", r"#?\w+ :\w+"
_EXPRESSION = re.compile(
    rf"(?:SET ({_SET}(?:, {_SET})*))? ?(?:REMOVE ({_NAME}(?:, {_NAME})*))? ?(?:ADD ({_ADD}(?:, {_ADD})*))?", re.ASCII
)
_KEYS = {"pk", "sk"}


class Update(NamedTuple):
    """What an update does to attributes, by their names: with references to values."""

    sets: list[tuple[str, str]]
    removed: list[str]
    adds: list[tuple[str, str]]

    @property
    def number(self) -> int:
        """How many attributes it changes."""
        return len(self.sets) + len(self.removed) + len(self.adds)


def understood(parameters: Item) -> Update | None:
    """Return what an update that MiniStack did does; None for what takes MiniStack each time."""
    expression = _EXPRESSION.fullmatch(parameters.get("UpdateExpression", ""))
    if expression is None or parameters.get("ReturnValues", "NONE") not in ("NONE", "ALL_NEW"):
        return None
    names = parameters.get("ExpressionAttributeNames", {})
    sets, removed, adds = (each.split(", ") if each else [] for each in expression.groups())
    update = Update(
        sets=[(names.get(name, name), value) for name, value in (one.split(" = ") for one in sets)],
        removed=[names.get(name, name) for name in removed],
        adds=[(names.get(name, name), value) for name, value in (one.split(" ") for one in adds)],
    )
    return update if not _KEYS & {*dict(update.sets), *update.removed, *dict(update.adds)} else None


def changed(update: Update, before: Item, values: Item) -> Item | None:
    """Return a row after an update with plain values; None if MiniStack may refuse that. The row itself stays."""
    after = dict(before)
    for name, reference in update.sets:
        after[name] = values[reference]
    for name in update.removed:
        after.pop(name, None)
    for name, reference in update.adds:
        total = added(after.get(name), values[reference])
        if total is None:
            return None
        after[name] = total
    return after
