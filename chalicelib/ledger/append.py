"""Lays out movements as entries at the end of their accounts."""

from collections.abc import Iterable
from datetime import datetime

from chalicelib.kit import ids, rows, writes
from chalicelib.kit.writes import Write
from chalicelib.ledger import entries
from chalicelib.ledger.entries import Movement
from chalicelib.ledger.table import HEAD, Entry, Head


def append(movements: Iterable[Movement], *, at: datetime) -> list[Write]:
    """
    Return the writes that add these movements, in order: the entries, and each account's head once.

    They hold only if nobody else moves these accounts in between: commit them with the reason for
    the movements, and if a condition fails, ask again.
    """
    ordered = list(movements)
    keys = [(movement.account, HEAD) for movement in ordered]
    found = rows.find_all(Head, keys) if keys else {}
    wanted = []
    for account in dict.fromkeys(movement.account for movement in ordered):
        head = found.get((account, HEAD)) or Head(account, HEAD, seq=0, hash=entries.GENESIS)
        seen = head.seq
        own = [movement for movement in ordered if movement.account == account]
        wanted += [writes.put_new(_extend(head, movement, at=at)) for movement in own]
        wanted.append(_move(head, seen=seen))
    return wanted


def _extend(head: Head, movement: Movement, *, at: datetime) -> Entry:
    """Return the next entry of an account, and let the head stand behind it."""
    parts = movement.postings
    if sum(parts.values()) != 0:
        raise ValueError("a movement sums to zero")
    entry = Entry(
        head.account,
        entries.sort_of(head.seq + 1),
        id=ids.derived("led", head.account, str(head.seq + 1)),
        seq=head.seq + 1,
        owner_id=movement.owner_id,
        currency=movement.currency,
        kind=movement.kind,
        source_id=movement.source_id,
        reward_id=movement.reward_id,
        program_id=movement.program_id,
        at=at,
        previous=head.hash,
    )
    for part, gain in parts.items():
        setattr(entry, part, gain)
        setattr(head, part, getattr(head, part) + gain)
    entry.hash = entries.hash_of(entry.fields(), head.hash)
    head.seq, head.hash = entry.seq, entry.hash
    return entry


def _move(head: Head, *, seen: int) -> Write:
    if seen == 0:
        return writes.put_new(head)
    changed = [
        getattr(Head, name).set(getattr(head, name)) for name in ("seq", "hash", "held", "due", "paid", "expense")
    ]
    return writes.change(head, *changed, condition=Head.seq == seen)
