"""Lays out movements as entries at the end of their accounts."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from chalicelib.kit import instants
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.ledger import entries
from chalicelib.ledger.entries import Movement, Standing
from chalicelib.ledger.table import HEAD, Head, entry_of, head_of


class Appended(Struct, frozen=True):
    """The writes that add movements, and the number each got in its account, in the movements' order."""

    writes: list[Write]
    seqs: list[int]


def append(movements: Iterable[Movement], *, at: datetime, seen: dict[str, Standing] | None = None) -> Appended:
    """
    Return the writes that add these movements, in order: the entries, and each account's head once.

    They hold only if nobody else moves these accounts in between: commit them with the reason for
    the movements, and if a condition fails, ask again. Whoever has looked at accounts first and
    decided by what they saw passes them as *seen*.
    """
    ordered = list(movements)
    accounts = list(dict.fromkeys(movement.account for movement in ordered))
    before = seen if seen is not None else standings(accounts)
    after = dict(before)
    wanted, seqs = [], []
    for movement in ordered:
        line = entries.line(after[movement.account], movement, at=instants.text(at))
        after[movement.account] = entries.follow(after[movement.account], line)
        wanted.append(writes.insert(entry_of(line)))
        seqs.append(line.seq)
    return Appended(wanted + [_move(account, before[account], after[account]) for account in accounts], seqs)


def standings(accounts: list[str]) -> dict[str, Standing]:
    """Return where accounts stand; one without entries stands at nothing."""
    found = rows.find_all(Head, [(account, HEAD) for account in accounts]) if accounts else {}
    return {account: head.standing if (head := found.get((account, HEAD))) else Standing() for account in accounts}


def _move(account: str, before: Standing, after: Standing) -> Write:
    head = head_of(account, after)
    if before.seq == 0:
        return writes.insert(head)
    changed = [
        getattr(Head, name).set(getattr(after, name))
        for name in Standing.__struct_fields__
        if getattr(after, name) != getattr(before, name)
    ]
    return writes.update_if(head, *changed, condition=Head.seq == before.seq)
