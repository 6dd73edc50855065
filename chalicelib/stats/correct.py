"""Compares stored counts with the rows they count, and corrects those that differ."""

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
from chalicelib.stats.encoding import (
    LINK_SLOTS,
    SLOTS,
    Slot,
    decode_clicks,
    decode_outcomes,
    encode_clicks,
    packed_total,
    slot_of,
)
from chalicelib.stats.recount import count_outcomes, reopen
from chalicelib.stats.table import ClickCounts, OutcomeCounts, StatsRow, link_subject, program_day


class Drift(Struct, frozen=True):
    """A range whose stored count differs from a recount of its rows."""

    kind: str
    pk: str
    sk: str
    slot: int
    program_id: str
    partner: str
    stored: Any
    counted: Any
    # The links of the outcomes.
    stored_links: str | None = None
    counted_links: str | None = None

    @property
    def detail(self) -> str:
        """Return for people what is stored and what was counted."""
        stored, counted = self._text(self.stored), self._text(self.counted)
        if self.stored == self.counted:
            stored, counted = f"{stored} by {self.stored_links}", f"{counted} by {self.counted_links}"
        return f"stored {stored}, counted {counted}"

    def _text(self, value: Any) -> str:
        if value is None:
            return "nothing"
        counts = decode_clicks(value) if self.kind == "clicks" else decode_outcomes(value)
        total = packed_total(value) if self.kind == "clicks" else value[0]
        parts = ", ".join(f"{name} {number}" for name, number in asdict(counts).items() if number)
        return f"{total} ({parts or 'of no kind'})"


def compare_outcomes(subject: str, program_id: str, hours: list[str]) -> Iterator[Drift]:
    """
    Yield the minutes whose outcomes are stored wrongly, of those hours that have stored ones.

    *subject* is a partner, or one of the shards of outcomes without a partner. For hours without a stored row:
    `compare_uncounted`.
    """
    pk = f"{subject}#{program_id}"
    for hour, row in _stored(pk, hours).items():
        if hour in hours:
            yield from _compare_hour(pk, program_id, hour, row)


def compare_uncounted(hours: Iterable[tuple[str, str]]) -> Iterator[Drift]:
    """Yield the minutes with outcomes, in hours (a partition, and its hour), that have no stored counts."""
    keys = sorted(set(hours))
    stored = rows.find_all(OutcomeCounts, keys)
    for pk, hour in keys:
        if (pk, hour) not in stored:
            yield from _compare_hour(pk, pk.partition("#")[2], hour, None)


def _compare_hour(pk: str, program_id: str, hour: str, row: StatsRow | None) -> Iterator[Drift]:
    by_minute: dict[int, list[Outcome]] = defaultdict(list)
    for outcome in Outcome.query(f"{pk}#{hour}", consistent_read=True):
        by_minute[int(outcome.sk[:2])].append(outcome)
    for minute, (name, links) in enumerate(zip(SLOTS, LINK_SLOTS, strict=True)):
        stored = list(getattr(row, name, None) or []) or None
        stored_links = getattr(row, links, None)
        counted, counted_links = count_outcomes(by_minute[minute]) if minute in by_minute else (None, None)
        if stored is not None and counted is not None:
            # What was stored before a count was added to the end of the list does not have it.
            stored += [0] * (len(counted) - len(stored))
        if (stored, stored_links) != (counted, counted_links):
            partner = pk.partition("#")[0]
            yield Drift("outcomes", pk, hour, minute, program_id, partner, stored, counted, stored_links, counted_links)


def compare_clicks(code_key: str, program_id: str, partner_id: str, hours: list[str]) -> Iterator[Drift]:
    """Yield the ranges of some hours whose clicks are stored wrongly."""
    subject = link_subject(code_key)
    stored = _stored(subject, hours)
    for hour in hours:
        classes: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        for slot, click_class in _clicks(code_key, hour):
            classes[slot.sk][slot.number].append(click_class)
        for sk in sorted({sk for sk in stored if sk.startswith(hour)} | set(classes)):
            for number, name in enumerate(SLOTS):
                before = getattr(stored.get(sk), name, None)
                packed = encode_clicks(classes[sk][number]) if classes[sk][number] else None
                if before != packed:
                    yield Drift("clicks", subject, sk, number, program_id, partner_id, before, packed)


def _clicks(code_key: str, hour: str) -> Iterator[tuple[Slot, str]]:
    """Yield each click of an hour: its range, and its class. Shard 0 announces which others the hour has."""
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
    """Set a range to what was counted, if what is stored is as it was read. Returns whether it was set."""
    kind: Any = OutcomeCounts if drift.kind == "outcomes" else ClickCounts
    attribute = getattr(kind, SLOTS[drift.slot])
    same = attribute.does_not_exist() if drift.stored is None else attribute == drift.stored
    actions = [
        attribute.set(drift.counted) if drift.counted is not None else attribute.remove(),
        *_link_actions(drift),
        kind.row.set(kind),
        kind.program_day.set(program_day(drift.program_id, drift.sk[:10])),
        kind.partner.set(drift.partner),
    ]
    corrected = not writes.commit(writes.upsert_if(kind(drift.pk, drift.sk), *actions, condition=same))
    reopen(drift.program_id, drift.sk[:13], at=at)
    return corrected


def _link_actions(drift: Drift) -> list[Any]:
    if drift.kind != "outcomes":
        return []
    links = getattr(OutcomeCounts, LINK_SLOTS[drift.slot])
    return [links.set(drift.counted_links) if drift.counted_links is not None else links.remove()]
