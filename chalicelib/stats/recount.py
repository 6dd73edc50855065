"""Recounts changed ranges from their rows, and raises the stored counts."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.clicks import table as clicks
from chalicelib.clicks.table import AddedClick
from chalicelib.kit import ids
from chalicelib.kit.dynamo import items, writes
from chalicelib.kit.instants import hour_of
from chalicelib.rewards.table import AMENDED, FREE_SALE, TAKEN_OUT, Outcome, RewardRow
from chalicelib.stats.counts import Counts, total
from chalicelib.stats.encoding import LINK_SLOTS, SLOTS, Slot, encode_clicks, encode_links, encode_outcomes, slot_of
from chalicelib.stats.table import TABLE, OutcomeCounts, RollupCursor, link_subject, program_day, program_subject

# What is younger the next rollup reads anyway: it begins further back, by more than a function's longest run.
_RECENT = timedelta(minutes=10)


def recount_clicks(added: Iterable[AddedClick], *, at: datetime) -> None:
    """
    Recount every range in which a click was added, by one consistent query each.

    Idempotent: safe to run late, twice or concurrently, because stored counts only increase. An hour
    that may have been rolled up already is rolled up again.
    """
    touched = {}
    for click in added:
        shard = click.partition.rpartition("#")[2]
        touched[click.partition, slot_of(int(shard), ids.time_of(click.sort))] = click
    for (partition, slot), click in touched.items():
        packed = _count_clicks(partition, slot)
        day = program_day(click.program_id, slot.sk[:10])
        also_set = {"row": "clicks", "program_day": day, "partner": click.partner_id}
        subject = link_subject(partition.partition("#")[0])
        items.raise_to(TABLE, subject, slot.sk, SLOTS[slot.number], packed, also_set=also_set)
        reopen(click.program_id, slot.sk[:13], at=at)


def recount_outcomes(added: Iterable[RewardRow], *, at: datetime) -> None:
    """Recount every minute in which an outcome was added, in the same way."""
    touched = {}
    for outcome in added:
        if isinstance(outcome, Outcome):
            touched[outcome.pk, int(outcome.sk[:2])] = outcome
    for (partition, minute), outcome in touched.items():
        subject, program_id, hour = partition.split("#")
        stored = getattr(OutcomeCounts, SLOTS[minute])
        links = getattr(OutcomeCounts, LINK_SLOTS[minute])
        counted, came_by = _count_outcomes(partition, minute)
        raised = writes.upsert_if(
            OutcomeCounts(f"{subject}#{program_id}", hour),
            stored.set(counted),
            links.set(came_by) if came_by is not None else links.remove(),
            OutcomeCounts.row.set(OutcomeCounts),
            OutcomeCounts.program_day.set(program_day(outcome.program_id, hour[:10])),
            OutcomeCounts.partner.set(subject),
            condition=stored.does_not_exist() | (stored[0] < counted[0]),
        )
        writes.commit(raised)
        reopen(outcome.program_id, hour, at=at)


def reopen(program_id: str, hour: str, *, at: datetime) -> None:
    """
    Move a program's cursor back to an hour it may be past; recent hours the next rollup reads anyway.

    A rollup that is running cannot move it on: it may have read the hour before.
    """
    if hour >= hour_of(at - _RECENT):
        return
    cursor = RollupCursor(program_subject(program_id), "cursor")
    late = RollupCursor.late.add(1)
    if writes.commit(writes.upsert_if(cursor, RollupCursor.hour.set(hour), late, condition=RollupCursor.hour > hour)):
        writes.commit(writes.upsert_if(cursor, late, condition=RollupCursor.hour.exists()))


def _count_clicks(partition: str, slot: Slot) -> int:
    between = (ids.first_of(slot.begin), ids.first_of(slot.end))
    rows = items.query(clicks.TABLE, partition, between=between, attributes=["kind"], consistent=True)
    return encode_clicks(item["kind"]["S"] for item in rows)


def _count_outcomes(partition: str, minute: int) -> tuple[list[int], str | None]:
    return count_outcomes(Outcome.query(partition, Outcome.sk.startswith(f"{minute:02}#"), consistent_read=True))


def count_outcomes(outcomes: Iterable[Outcome]) -> tuple[list[int], str | None]:
    """Return the outcomes of one minute as they are stored: their sums, and the links they came by."""
    by_link: dict[str | None, Counts] = defaultdict(Counts)
    rows = 0
    for outcome in outcomes:
        rows += 1
        by_link[outcome.code_key].add(counts_of(outcome))
    return encode_outcomes(rows, total(by_link.values())), encode_links(by_link)


def counts_of(outcome: Outcome) -> Counts:
    """Return what one outcome adds to the counts, or subtracts from them."""
    direct = outcome.pk.startswith("none")
    counts = Counts(referrer_earned=outcome.referrer, referee_earned=outcome.referee)
    what = outcome.what.removeprefix(TAKEN_OUT)
    if what == "lead":
        counts.leads, counts.direct_leads = 1, int(direct)
    elif what == "sale":
        counts.sales, counts.direct_sales = 1, int(direct)
        counts.revenue, counts.direct_revenue = outcome.amount, outcome.amount if direct else 0
        # Whoever bought first, and was credited to nobody by hand, keeps the number, but was not referred.
        counts.first_sales = int(outcome.first_sale and not direct)
    elif what == "refund":
        counts = Counts(
            refunds=1, refunded=outcome.amount, referrer_reversed=outcome.referrer, referee_reversed=outcome.referee
        )
    elif what == FREE_SALE:
        # It has an amount if it was amended before it was credited.
        counts.events = 1
        counts.revenue, counts.direct_revenue = outcome.amount, outcome.amount if direct else 0
    elif what.startswith(AMENDED):
        if what == f"{AMENDED}sale":
            counts.revenue, counts.direct_revenue = outcome.amount, outcome.amount if direct else 0
    elif what == "refusal":
        return Counts(referrer_reversed=outcome.referrer, referee_reversed=outcome.referee)
    else:
        counts.events = 1
    return counts if what == outcome.what else counts.negative()
