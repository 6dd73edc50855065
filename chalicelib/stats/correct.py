"""Compares stored counts with the rows they count, and sets right those that differ."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct

from chalicelib.clicks.table import Click, partition_of
from chalicelib.kit import rows, writes
from chalicelib.rewards.table import Outcome
from chalicelib.stats import tally
from chalicelib.stats.numbers import Numbers, stored_outcomes
from chalicelib.stats.recount import add_up_again, numbers_of
from chalicelib.stats.table import MINUTES, ClickHour, OutcomeHour, of_link, program_day


class Drift(Struct, frozen=True):
    """A minute whose stored count is not what its rows come to."""

    kind: str
    pk: str
    sk: str
    minute: int
    program_id: str
    stored: Any
    counted: Any


def of_outcomes(subject: str, program_id: str, hour: str) -> Iterator[Drift]:
    """Return the minutes of an hour whose outcomes are stored wrongly: of a partner, or of one of nobody's shards."""
    numbers: dict[int, Numbers] = defaultdict(Numbers)
    counts: dict[int, int] = defaultdict(int)
    for outcome in Outcome.query(f"{subject}#{program_id}#{hour}", consistent_read=True):
        minute = int(outcome.sk[:2])
        numbers[minute].add(numbers_of(outcome))
        counts[minute] += 1
    stored = rows.find(OutcomeHour, f"{subject}#{program_id}", hour)
    for minute, name in enumerate(MINUTES):
        before = list(getattr(stored, name) or []) or None if stored else None
        counted = stored_outcomes(counts[minute], numbers[minute]) if counts[minute] else None
        if before is not None and counted is not None:
            # What was stored before a number was added to the end of the list does not have it.
            before += [0] * (len(counted) - len(before))
        if before != counted:
            yield Drift("outcomes", f"{subject}#{program_id}", hour, minute, program_id, before, counted)


def of_clicks(code_key: str, program_id: str, hour: str, shard: int = 0) -> Iterator[Drift]:
    """Return the minutes of an hour whose clicks are stored wrongly."""
    kinds: dict[int, list[str]] = defaultdict(list)
    partition = partition_of(code_key, hour, shard)
    for click in Click.query(partition, consistent_read=True, attributes_to_get=["row", "kind", "sk", "at"]):
        kinds[click.at.minute].append(click.kind)
    stored = rows.find(ClickHour, of_link(code_key), f"{hour}#{shard}")
    for minute, name in enumerate(MINUTES):
        before = getattr(stored, name) if stored else None
        counted = tally.pack(tally.count(kinds[minute])) if kinds[minute] else None
        if before != counted:
            yield Drift("clicks", of_link(code_key), f"{hour}#{shard}", minute, program_id, before, counted)


def correct(drift: Drift, *, at: datetime) -> bool:
    """Set a minute to what its rows come to, if it still is as it was seen. Returns whether it was set."""
    kind: Any = OutcomeHour if drift.kind == "outcomes" else ClickHour
    attribute = getattr(kind, MINUTES[drift.minute])
    same = attribute.does_not_exist() if drift.stored is None else attribute == drift.stored
    actions = [
        attribute.set(drift.counted) if drift.counted is not None else attribute.remove(),
        kind.row.set(kind),
        kind.program_day.set(program_day(drift.program_id, drift.sk[:10])),
    ]
    was_set = writes.raise_to(kind(drift.pk, drift.sk), *actions, condition=same)
    add_up_again(drift.program_id, drift.sk[:10], at=at)
    return was_set
