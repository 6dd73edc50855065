"""Compares stored counts with the rows they count, and sets right those that differ."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from chalicelib.clicks import table as clicks
from chalicelib.kit import ids
from chalicelib.kit.dynamo import items, rows, writes
from chalicelib.rewards.table import Outcome
from chalicelib.stats import tally
from chalicelib.stats.numbers import Numbers, stored_outcomes
from chalicelib.stats.numbers import of_clicks as of_click_count
from chalicelib.stats.numbers import of_outcomes as of_stored_outcomes
from chalicelib.stats.recount import add_up_again, numbers_of
from chalicelib.stats.slots import SLOTS, Slot, slot_of
from chalicelib.stats.table import ClickCounts, OutcomeHour, StatsRow, of_link, program_day


class Drift(Struct, frozen=True):
    """A range whose stored count is not what its rows come to."""

    kind: str
    pk: str
    sk: str
    slot: int
    program_id: str
    stored: Any
    counted: Any

    @property
    def detail(self) -> str:
        """Say for people what is stored and what was counted."""
        return f"stored {self._spelled(self.stored)}, counted {self._spelled(self.counted)}"

    def _spelled(self, value: Any) -> str:
        if value is None:
            return "nothing"
        numbers = of_click_count(value) if self.kind == "clicks" else of_stored_outcomes(value)
        said = {name: number for name, number in asdict(numbers).items() if number}
        total = tally.total(value) if self.kind == "clicks" else value[0]
        return f"{total} ({', '.join(f'{name} {number}' for name, number in said.items()) or 'of no kind'})"


def of_outcomes(subject: str, program_id: str, hours: list[str]) -> Iterator[Drift]:
    """
    Return the minutes whose outcomes are stored wrongly, of those hours of which any are stored.

    *subject* is a partner, or one of nobody's shards. Hours of which nothing is stored: `of_uncounted`.
    """
    pk = f"{subject}#{program_id}"
    for hour, row in _stored(pk, hours).items():
        if hour in hours:
            yield from _of_outcomes(pk, program_id, hour, row)


def of_uncounted(hours: Iterable[tuple[str, str]]) -> Iterator[Drift]:
    """Return the minutes with outcomes in hours (whose they are, and which) of which nothing is stored."""
    asked = sorted(set(hours))
    known = rows.find_all(OutcomeHour, asked)
    for pk, hour in asked:
        if (pk, hour) not in known:
            yield from _of_outcomes(pk, pk.partition("#")[2], hour, None)


def _of_outcomes(pk: str, program_id: str, hour: str, row: StatsRow | None) -> Iterator[Drift]:
    numbers: dict[int, Numbers] = defaultdict(Numbers)
    counts: dict[int, int] = defaultdict(int)
    for outcome in Outcome.query(f"{pk}#{hour}", consistent_read=True):
        minute = int(outcome.sk[:2])
        numbers[minute].add(numbers_of(outcome))
        counts[minute] += 1
    for minute, name in enumerate(SLOTS):
        before = list(getattr(row, name, None) or []) or None
        counted = stored_outcomes(counts[minute], numbers[minute]) if counts[minute] else None
        if before is not None and counted is not None:
            # What was stored before a number was added to the end of the list does not have it.
            before += [0] * (len(counted) - len(before))
        if before != counted:
            yield Drift("outcomes", pk, hour, minute, program_id, before, counted)


def of_clicks(code_key: str, program_id: str, hours: list[str]) -> Iterator[Drift]:
    """Return the ranges of some hours whose clicks are stored wrongly."""
    known = _stored(of_link(code_key), hours)
    for hour in hours:
        counted: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        for slot, kind in _clicks(code_key, hour):
            counted[slot.sk][slot.number].append(kind)
        for sk in sorted({sk for sk in known if sk.startswith(hour)} | set(counted)):
            for number, name in enumerate(SLOTS):
                before = getattr(known.get(sk), name, None)
                kinds = counted[sk][number]
                packed = tally.pack(tally.count(kinds)) if kinds else None
                if before != packed:
                    yield Drift("clicks", of_link(code_key), sk, number, program_id, before, packed)


def _clicks(code_key: str, hour: str) -> Iterator[tuple[Slot, str]]:
    """Return each click of an hour: its range, and its class. Shard 0 says which others the hour has."""
    shards = [0]
    for shard in shards:
        partition = clicks.partition_of(code_key, hour, shard)
        for item in items.query(clicks.TABLE, partition, attributes=["sk", "kind", "announces"]):
            yield slot_of(shard, ids.time_of(item["sk"]["S"])), item["kind"]["S"]
            if "announces" in item and int(item["announces"]["N"]) not in shards:
                shards.append(int(item["announces"]["N"]))


def _stored(pk: str, hours: list[str]) -> dict[str, StatsRow]:
    """Return what is stored of some hours, by one query."""
    between = StatsRow.sk.between(min(hours), max(hours) + "~")
    return {row.sk: row for row in StatsRow.query(pk, between, consistent_read=True)}


def correct(drift: Drift, *, at: datetime) -> bool:
    """Set a range to what its rows come to, if it still is as it was seen. Returns whether it was set."""
    kind: Any = OutcomeHour if drift.kind == "outcomes" else ClickCounts
    attribute = getattr(kind, SLOTS[drift.slot])
    same = attribute.does_not_exist() if drift.stored is None else attribute == drift.stored
    actions = [
        attribute.set(drift.counted) if drift.counted is not None else attribute.remove(),
        kind.row.set(kind),
        kind.program_day.set(program_day(drift.program_id, drift.sk[:10])),
    ]
    was_set = not writes.commit(writes.upsert_if(kind(drift.pk, drift.sk), *actions, condition=same))
    add_up_again(drift.program_id, drift.sk[:13], at=at)
    return was_set
