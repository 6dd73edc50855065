"""Reads the audit trail: entries by actor, action, subject and time, both ways; and the list of chains."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from chalicelib.audit.entries import Action, AuditState
from chalicelib.audit.table import SHARDS, AuditEntry, AuditHead, AuditRow, shard_name
from chalicelib.kit import cursors, ids
from chalicelib.kit.chains import HEAD
from chalicelib.kit.cursors import ListPage, Placed, Stretch
from chalicelib.kit.digests import digest
from chalicelib.kit.dynamo import rows
from chalicelib.kit.shapes import Order

# What publishes roots reads chains only, and loads none of what reads queries.
if TYPE_CHECKING:
    from chalicelib.audit.shapes import AuditQuery

V = TypeVar("V")

_FIRST, _LAST = "aud_", "aud_~"
# Of a list in which few fit: how often it is read on, and how many entries at most each time.
_MOST_ROUNDS, _MOST_ROWS = 5, 500


class Filters(NamedTuple):
    """Which entries: those that fit all that is given; from a moment up to before another."""

    actor: str | None = None
    action: Action | None = None
    subject: str | None = None
    begin: datetime | None = None
    end: datetime | None = None


def filters_of(query: "AuditQuery") -> Filters:
    """Return what a query asks for; its span may be of days, which begin at midnight UTC."""
    from chalicelib.kit import bodies

    return Filters(
        actor=query.actor,
        action=query.action,
        subject=query.subject,
        begin=bodies.read_day_or_instant(query.from_, pointer="/from") if query.from_ is not None else None,
        end=bodies.read_day_or_instant(query.to, pointer="/to") if query.to is not None else None,
    )


def list_entries(
    filters: Filters,
    view: Callable[[list[AuditEntry]], list[V]],
    *,
    limit: int,
    cursor: str | None = None,
    order: Order = "newest",
) -> ListPage[V]:
    """
    Return a page of entries in an order, as *view* shows them.

    One index finds them, that of the subject before the actor's and the action's, and what else is given is a filter
    on it: if few of many fit, a page may be short.
    """
    named = f"audit, both ways {digest(*map(str, filters))}"
    return cursors.page(partial(_read, filters), view, limit=limit, cursor=cursor, order=order, of=named)


def latest(subject: str, *, limit: int) -> list[AuditEntry]:
    """Return the last entries about a subject, newest first."""
    return list_entries(Filters(subject=subject), list, limit=limit).data


def _read(filters: Filters, *, after: str, before: str, newest_first: bool, limit: int) -> Stretch[AuditEntry]:
    index, key = _index_for(filters)
    # A moment sorts before all ids of its own millisecond, so the span is half open.
    low = max(after, _FIRST + ids.first_of(filters.begin) if filters.begin is not None else _FIRST)
    high = min(before, _FIRST + ids.first_of(filters.end) if filters.end is not None else _LAST)
    pairs = [("actor", filters.actor), ("action", filters.action)]
    placed: list[Placed[AuditEntry]] = []
    looked_to: str | None = None
    size = limit
    for _ in range(_MOST_ROUNDS):
        read = rows.between(index, AuditRow.id, key, after=low, before=high, newest_first=newest_first, limit=size)
        placed += [
            Placed(one.id, one) for one in read if all(value in (None, getattr(one, name)) for name, value in pairs)
        ]
        if len(placed) >= limit or len(read) < size:
            return Stretch(placed[:limit])
        looked_to = str(read[-1].id)
        low, high = (low, looked_to) if newest_first else (looked_to, high)
        size = min(_MOST_ROWS, size * 4)
    return Stretch(placed, looked_to)


def _index_for(filters: Filters) -> tuple[Any, str]:
    if filters.subject is not None:
        return AuditRow.by_subject, filters.subject
    if filters.actor is not None:
        return AuditRow.by_actor, filters.actor
    return (AuditRow.by_action, filters.action) if filters.action is not None else (AuditRow.listed, "audit_entry")


def each_head(*, page: int = 100) -> Iterator[tuple[str, AuditState]]:
    """Yield every chain with its state, shard by shard, and in order."""
    for shard in range(SHARDS):
        after, more = None, True
        while more:
            chains, more = rows.partitions(AuditRow, shard_name(shard), index="chains", after=after, limit=page)
            heads = rows.find_all(AuditHead, [(chain, HEAD) for chain in chains])
            yield from ((chain, heads[chain, HEAD].state) for chain in chains if (chain, HEAD) in heads)
            after = chains[-1] if chains else after
