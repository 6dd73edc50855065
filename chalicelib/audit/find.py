"""Reads the audit trail: entries by actor, action, subject and time; and the list of chains."""

from collections.abc import Iterator
from datetime import datetime

from chalicelib.audit.entries import Action, AuditState
from chalicelib.audit.table import SHARDS, AuditEntry, AuditHead, AuditRow, read_entries, shard_name
from chalicelib.kit import ids
from chalicelib.kit.chains import HEAD
from chalicelib.kit.dynamo import rows
from chalicelib.kit.walk import Deadline, Position

_MOST_SECONDS = 5.0
_FIRST, _LAST = "aud_", "aud_~"


def list_page(
    *,
    actor: str | None = None,
    action: Action | None = None,
    subject: str | None = None,
    begin: datetime | None = None,
    end: datetime | None = None,
    limit: int,
    position: Position | None = None,
) -> tuple[list[AuditEntry], Position | None]:
    """
    Return one page of the entries that fit all that is given, newest first, and where the next one begins.

    One index finds them, that of the subject before the actor's and the action's, and what else is given is a filter
    on it: a page may be a short one.
    """
    index, key = _index_for(actor, action, subject)
    # A moment sorts before all ids of its own millisecond, so the span is half open.
    first = _FIRST + ids.first_of(begin) if begin is not None else _FIRST
    last = _FIRST + ids.first_of(end) if end is not None else _LAST
    others = {"actor": actor, "action": action}

    deadline = Deadline(_MOST_SECONDS)
    while True:
        entries, position = read_entries(
            index, key, between=(first, max(first, last)), where=others, limit=limit, position=position
        )
        if entries or position is None or deadline.passed:
            return entries, position


def _index_for(actor: str | None, action: str | None, subject: str | None) -> tuple[str, str]:
    if subject is not None:
        return "by_subject", subject
    if actor is not None:
        return "by_actor", actor
    return ("by_action", action) if action is not None else ("listed", "audit_entry")


def each_head(*, page: int = 100) -> Iterator[tuple[str, AuditState]]:
    """Yield every chain with its state, shard by shard, and in order."""
    for shard in range(SHARDS):
        after, more = None, True
        while more:
            chains, more = rows.partitions(AuditRow, shard_name(shard), index="chains", after=after, limit=page)
            heads = rows.find_all(AuditHead, [(chain, HEAD) for chain in chains])
            yield from ((chain, heads[chain, HEAD].state) for chain in chains if (chain, HEAD) in heads)
            after = chains[-1] if chains else after
