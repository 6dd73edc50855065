"""Appends movements of money to accounts, as entries chained by hash."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from chalicelib.kit import instants
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.ledger import entries
from chalicelib.ledger.entries import AccountState, Movement
from chalicelib.ledger.find import account_states
from chalicelib.ledger.table import Head, entry_of, head_of


class Appended(Struct, frozen=True):
    """The writes that add movements, and the number each got in its account, in the movements' order."""

    writes: list[Write]
    seqs: list[int]


def append(movements: Iterable[Movement], *, at: datetime, states: dict[str, AccountState] | None = None) -> Appended:
    """
    Return the writes that append these movements, in order: the entries, and each account's head once.

    They hold only if no one else moves money of these accounts in between: commit them together with the cause of the
    movements, and if a condition fails, call again. *states* are the accounts as the caller read them, if what it
    commits depends on them.
    """
    ordered = list(movements)
    accounts = list(dict.fromkeys(movement.account for movement in ordered))
    before = states if states is not None else account_states(accounts)
    after = dict(before)
    new, seqs = [], []
    for movement in ordered:
        line = entries.next_line(after[movement.account], movement, at=instants.text(at))
        after[movement.account] = entries.apply(after[movement.account], line)
        new.append(writes.insert(entry_of(line)))
        seqs.append(line.seq)
    return Appended(new + [_move_head(account, before[account], after[account]) for account in accounts], seqs)


def _move_head(account: str, before: AccountState, after: AccountState) -> Write:
    head = head_of(account, after)
    if before.seq == 0:
        return writes.insert(head)
    changed = [
        getattr(Head, name).set(getattr(after, name))
        for name in AccountState.__struct_fields__
        if getattr(after, name) != getattr(before, name)
    ]
    return writes.update_if(head, *changed, condition=Head.seq == before.seq)
