"""
Adds up what customers bought: from all that was received, day by day, once each day is over.

Nothing lists a customer's conversions, so what is received is walked through once, for all programs together, and kept
as few rows: what each customer bought, net of what was taken back, of a day, or of a part of a day with much. A part
that is walked again writes the same row.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from chalicelib.conversions.find import received_on
from chalicelib.conversions.table import (
    RECEIVED_SHARDS,
    Amendment,
    Conversion,
    ConversionRow,
    Correction,
    Received,
    Refund,
    Restore,
)
from chalicelib.graph.table import BOUGHT, WALK, Bought, BoughtWalk, bought_key, put
from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.instants import midnight
from chalicelib.kit.walk import Deadline
from chalicelib.programs import find as programs

_A_DAY = timedelta(days=1)
# What was received is read by so many rows, and about as many are counted together.
_A_PAGE = 400
_KINDS = ("conversion", "refund", "restore", "amendment", "correction")


def count_bought(as_of: datetime, *, deadline: Deadline) -> bool:
    """
    Count what was received before a midnight, from where the last run ended. Idempotent; returns whether all is.

    Reads: of a day, a query for each shard, and a call for each hundred of its facts and of their conversions; it
    writes a row for each program and day, or for each part of a day with much.
    """
    row = rows.find(BoughtWalk, BOUGHT, WALK)
    if row is None:
        first = min((one.created_at for one in walk.each(partial(programs.walk_every_mode, limit=100))), default=as_of)
        row = BoughtWalk(BOUGHT, WALK, day=first.date().isoformat())
    while date.fromisoformat(row.day) < as_of.date():
        name = f"{row.day}#{row.shard:02}#{row.page:06}"
        added = _amounts(_received_next(row))
        for program_id, amounts in added.items():
            put(Bought(bought_key(program_id), name, amounts=amounts))
        is_whole = date.fromisoformat(row.day) >= as_of.date()
        # Of days on which nothing was received, a run that fails counts again.
        if added or is_whole or deadline.passed:
            put(row)
        if deadline.passed:
            break
    return date.fromisoformat(row.day) >= as_of.date()


def _received_next(row: BoughtWalk) -> list[Received]:
    """
    Return what was received next, of one day, and move the walk behind it: at least a page, or what is left of the day.

    Where it ends depends only on where it begins: two runs at once write the same rows.
    """
    day, several = date.fromisoformat(row.day), list[Received]()
    while len(several) < _A_PAGE and row.day == day.isoformat():
        page, following = received_on(
            day, row.shard, begin=midnight(day), end=midnight(day + _A_DAY), limit=_A_PAGE, position=row.place
        )
        several += page
        row.page, row.position = row.page + 1, json.dumps(following) if following is not None else None
        if following is None:
            row.page, row.shard = 0, row.shard + 1
        if row.shard > RECEIVED_SHARDS:
            row.shard, row.day = 0, (day + _A_DAY).isoformat()
    return several


def bought_by(
    program_id: str, partner_of: Mapping[str, str], *, as_of: datetime, deadline: Deadline
) -> tuple[dict[str, int], bool]:
    """Return what partners bought in a program before a day, by whom each customer is; and whether that is all."""
    sums: dict[str, int] = defaultdict(int)
    query = Bought.query(bought_key(program_id), Bought.sk < as_of.date().isoformat(), consistent_read=True)
    for row in walk.until(deadline, query):
        for customer, amount in row.amounts.items():
            if (partner := partner_of.get(customer)) is not None:
                sums[partner] += amount
    return sums, query.last_evaluated_key is None


def _amounts(received: Sequence[Received]) -> dict[str, dict[str, int]]:
    """Return what this adds to what each customer of each program bought."""
    listed = [one for one in received if one.kind_name in _KINDS]
    keys = dict.fromkeys((key, sort) for one in listed for key, sort in ((one.id, one.sort), (one.id, "conversion")))
    stored = rows.find_all(ConversionRow, list(keys), consistent=False)
    amounts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in listed:
        sale, fact = stored.get((one.id, "conversion")), stored.get((one.id, one.sort))
        if isinstance(sale, Conversion) and sale.type == "sale" and fact is not None:
            amounts[one.program_id][sale.customer_id] += _added(sale, fact)
    return {program: {one: amount for one, amount in own.items() if amount} for program, own in amounts.items()}


def _added(sale: Conversion, fact: ConversionRow) -> int:
    """Return what a fact adds to what is left of a sale."""
    if isinstance(fact, Refund | Restore | Amendment | Correction):
        before, after = fact.states(sale)
        voided = isinstance(fact, Correction) and fact.voids
        return (0 if voided else after.left) - before.left
    return sale.amount
