"""
Has introductions follow their sales: one is won as long as a sale that it brought counts, in each sale's transaction.

What wins is written on the sale (`sale_of`), and the introduction counts such sales: so it is lost with the last of
them, whichever that is, and won again with any one that is restored.
"""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.conversions.table import Conversion
from chalicelib.introductions.find import find_all
from chalicelib.introductions.states import SaleReason
from chalicelib.introductions.steps import Change
from chalicelib.introductions.turns import uncounted, won
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write

# The row and its step of history.
_OF_A_CHANGE = 2


def follow_introductions(
    sale: Conversion, before: str | None, after: str | None, *, reason: SaleReason, at: datetime
) -> list[Change]:
    """Return the changes of the introductions that a sale won before, and wins after: see `credits.follow`."""
    stored = find_all(one for one in (before, after) if one is not None)
    changes = []
    if after is not None and after in stored:
        changes.append(won(stored[after], customer_id=sale.customer_id, conversion_id=sale.id, at=at))
    if before is not None and before in stored:
        lost = uncounted(stored[before], reason=reason, at=at)
        # Whoever would move up in its place may be the one that wins: then nobody does.
        if not _keys(lost.writes).isdisjoint(key for change in changes for key in _keys(change.writes)):
            lost = Change(lost.before, lost.row, lost.writes[:_OF_A_CHANGE])
        changes.append(lost)
    return changes


def _keys(changes: list[Write]) -> set[tuple[str, str]]:
    return {rows.key_of(write.row) for write in changes}


def win(sale: Conversion, change: Change, changes: list[Write], *, actor: Actor, at: datetime) -> list[Write]:
    """Write a sale with the introduction that it wins; if that was not won, with an entry that says by whose report."""
    row, before = change.row, change.before
    if before is not None and before.state == row.state:
        return writes.commit(*changes, *change.writes)
    return actor.commit(
        *change.writes, *changes, action="introduction.won", subject=row.id, part=sale.id, before=before, at=at
    )
