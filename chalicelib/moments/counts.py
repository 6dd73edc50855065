"""Adds up what became of moments, in the transaction in which it does."""

from collections.abc import Mapping

from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.moments.table import NUMBERS_SHARDS, Moment, Numbers, numbers_key

# The attributes that have another name than what they count.
_NAMES = {"asked": "asks", "shown": "shown_times"}


def counted(moment: Moment, amounts: Mapping[str, int]) -> Write:
    """
    Return the write that adds to the counts of a moment's rule, in the month in which the moment was made.

    A few rows share the counts, so that moments at the same time are not in each other's way.
    """
    month = f"{moment.created_at:%Y-%m}"
    shard = ids.shard(moment.id, of=NUMBERS_SHARDS)
    row = Numbers(numbers_key(moment.program_id), f"{moment.rule}#{month}#{shard}", month=month, rule=moment.rule)
    actions = [getattr(Numbers, _NAMES.get(name, name)).add(amount) for name, amount in amounts.items() if amount]
    always = Numbers.month.does_not_exist() | (Numbers.month == month)
    return writes.upsert_if(
        row,
        *actions,
        Numbers.month.set(month),
        Numbers.rule.set(moment.rule),
        Numbers.kind.set(Numbers),
        condition=always,
    )
