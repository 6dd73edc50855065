"""
Composes what belongs to a change of state in one transaction: the row, its step, its line, and its partner's count.

Callers write it with `Actor.commit`, the introduction's row first; a sale adds it to its own transaction. If a write is
refused, somebody was faster: read the introduction again, compose and write again.
"""

from datetime import datetime
from typing import Any

from chalicelib.introductions import line
from chalicelib.introductions.states import ENDED, FIRST, OPEN, By, Reason, SaleReason, State
from chalicelib.introductions.steps import Change, changed, quietly
from chalicelib.introductions.table import COUNT, Introduction, OpenIntroductions, open_key
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write


def turned(
    row: Introduction,
    to: State,
    *,
    by: By,
    at: datetime,
    actor: str | None = None,
    reason: Reason | None = None,
    words: str | None = None,
    **fields: Any,
) -> Change:
    """
    Return the change of a stored introduction's state with all that follows at once; its row is the first write.

    One that was first and is declined, lapses or is lost has the next ones move up; one that waited leaves its lines.
    """
    change = changed(row, to, by=by, at=at, actor=actor, reason=reason, words=words, **fields)
    more: list[Write] = []
    if row.state == "second_in_line" and to in ENDED:
        more += line.leave(row)
    elif row.state in FIRST and to in ENDED and to != "won":
        more += line.pass_on([row], at=at)
    elif row.state in ENDED and to == "won":
        more += line.take_free(row, at=at)
    if row.state in OPEN and to in ENDED:
        more.append(count_out(row))
    return Change(change.before, change.row, [*change.writes, *more])


def won(row: Introduction, *, customer_id: str, conversion_id: str, at: datetime) -> Change:
    """
    Return the change with which a sale wins an introduction, for the transaction in which the sale is stored.

    So is one that was lost because its sale was refunded, and is restored. A further sale is only counted.
    """
    if row.state == "won":
        return quietly(row, sales=row.sales + 1)
    return turned(
        row,
        "won",
        by="sale",
        at=at,
        customer_id=customer_id,
        conversion_id=conversion_id,
        line_closed_at=None,
        sales=row.sales + 1,
    )


def uncounted(row: Introduction, *, reason: SaleReason, at: datetime) -> Change:
    """Return the change with which a won introduction has one sale less: it is lost with the last one."""
    sales = max(0, row.sales - 1)
    if sales or row.state != "won":
        return quietly(row, sales=sales)
    return turned(row, "lost", by="sale", at=at, reason=reason, sales=sales)


def count_out(row: Introduction) -> Write:
    """Return the write that counts one open introduction of the partner's less."""
    count = OpenIntroductions(open_key(row.program_id, row.partner_id), COUNT)
    return writes.update(count, OpenIntroductions.number.add(-1), OpenIntroductions.turn.add(1))
