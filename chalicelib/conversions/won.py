"""
Has introductions follow their sales: one is won as long as a sale that it brought counts, in each sale's transaction.

What wins is written on the sale (`sale_of`), and the introduction counts such sales: so it is lost with the last of
them, whichever that is, and won again with any one that is restored.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.conversions.table import Conversion
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write

# Introductions are rare: whoever imports this waits for no more of them.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor
    from chalicelib.introductions.states import SaleReason
    from chalicelib.introductions.steps import Change

# The row and its step of history.
_OF_A_CHANGE = 2


def follow(
    sale: Conversion, before: str | None, after: str | None, *, reason: "SaleReason" = "refunded", at: datetime
) -> list["Change"]:
    """
    Return the changes of the introductions that a sale won *before* and wins *after* something happened to it.

    Their writes belong to the transaction of what happened. If one is refused, it was changed meanwhile: the caller
    reads all again. *reason* is what the partner hears if no sale of theirs is left.
    """
    if before == after:
        return []
    from chalicelib.introductions.find import find_all
    from chalicelib.introductions.steps import Change
    from chalicelib.introductions.turns import uncounted, won

    stored = find_all(one for one in (before, after) if one is not None)
    changes = []
    if after is not None and after in stored:
        changes.append(won(stored[after], customer_id=sale.customer_id, conversion_id=sale.id, at=at))
    if before is not None and before in stored:
        lost = uncounted(stored[before], reason=reason, at=at)
        # Whoever would move up in its place may be the one that wins: then nobody does.
        own = lost.writes[:_OF_A_CHANGE] if changes else lost.writes
        changes.append(Change(lost.before, lost.row, own))
    return changes


def writes_of(changes: Iterable["Change"]) -> list[Write]:
    """Return the writes of changes, for a transaction that has others as well."""
    return [write for change in changes for write in change.writes]


def win(sale: Conversion, won: list["Change"], changes: list[Write], *, actor: "Actor", at: datetime) -> list[Write]:
    """Write a sale with the introduction that it wins; if that was not won, with an entry that says by whose report."""
    [change] = won
    row = change.row
    if change.before is not None and change.before.state == row.state:
        return writes.commit(*changes, *change.writes)
    return actor.commit(
        *change.writes, *changes, action="introduction.won", subject=row.id, part=sale.id, before=change.before, at=at
    )
