"""Counts the ranges that changed again, from the rows, and raises what is stored."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.clicks import table as clicks
from chalicelib.clicks.table import Place
from chalicelib.kit import ids
from chalicelib.kit.dynamo import items, writes
from chalicelib.kit.instants import hour_of
from chalicelib.rewards.table import TAKEN_OUT, Outcome, RewardRow
from chalicelib.stats import tally
from chalicelib.stats.numbers import Numbers, stored_outcomes
from chalicelib.stats.slots import SLOTS, Slot, slot_of
from chalicelib.stats.table import TABLE, Cursor, OutcomeHour, of_link, of_program, program_day

# A rollup begins again a little earlier than it had got to, by more than this and a function's longest run.
_FRESH = timedelta(minutes=10)


def recount_clicks(added: Iterable[Place], *, at: datetime) -> None:
    """
    Count every range in which a click was added, by one consistent query each.

    What is stored is only ever raised: a late or repeated call, or two at once, change nothing. An
    hour that may have been added up already is added up again.
    """
    touched = {}
    for click in added:
        shard = click.partition.rpartition("#")[2]
        touched[click.partition, slot_of(int(shard), ids.time_of(click.sort))] = click.program_id
    for (partition, slot), program_id in touched.items():
        packed = tally.pack(_clicks(partition, slot))
        beside = {"row": "clicks", "program_day": program_day(program_id, slot.sk[:10])}
        subject = of_link(partition.partition("#")[0])
        items.raise_to(TABLE, subject, slot.sk, SLOTS[slot.number], packed, beside=beside)
        add_up_again(program_id, slot.sk[:13], at=at)


def recount_outcomes(added: Iterable[RewardRow], *, at: datetime) -> None:
    """Count every minute in which an outcome was added, in the same way."""
    touched = {}
    for outcome in added:
        if isinstance(outcome, Outcome):
            touched[outcome.pk, int(outcome.sk[:2])] = outcome
    for (partition, minute), outcome in touched.items():
        subject, program_id, hour = partition.split("#")
        row = OutcomeHour(f"{subject}#{program_id}", hour)
        stored = getattr(OutcomeHour, SLOTS[minute])
        counted = _outcomes(partition, minute)
        raised = writes.upsert_if(
            row,
            stored.set(counted),
            OutcomeHour.row.set(OutcomeHour),
            OutcomeHour.program_day.set(program_day(outcome.program_id, hour[:10])),
            condition=stored.does_not_exist() | (stored[0] < counted[0]),
        )
        writes.commit(raised)
        add_up_again(outcome.program_id, hour, at=at)


def add_up_again(program_id: str, hour: str, *, at: datetime) -> None:
    """
    Move a program's cursor back to an hour it may be past; what is minutes old it looks at anyway.

    A rollup that is under way meanwhile cannot move it on: it has perhaps read the hour before.
    """
    if hour >= hour_of(at - _FRESH):
        return
    cursor = Cursor(of_program(program_id), "cursor")
    late = Cursor.late.add(1)
    if writes.commit(writes.upsert_if(cursor, Cursor.hour.set(hour), late, condition=Cursor.hour > hour)):
        writes.commit(writes.upsert_if(cursor, late, condition=Cursor.hour.exists()))


def _clicks(partition: str, slot: Slot) -> dict[str, int]:
    between = (ids.first_of(slot.begin), ids.first_of(slot.end))
    found = items.query(clicks.TABLE, partition, between=between, attributes=["kind"], consistent=True)
    return tally.count(item["kind"]["S"] for item in found)


def _outcomes(partition: str, minute: int) -> list[int]:
    numbers, rows = Numbers(), 0
    for outcome in Outcome.query(partition, Outcome.sk.startswith(f"{minute:02}#"), consistent_read=True):
        rows += 1
        numbers.add(numbers_of(outcome))
    return stored_outcomes(rows, numbers)


def numbers_of(outcome: Outcome) -> Numbers:
    """Return what one outcome adds to the numbers, or takes out of them."""
    direct = outcome.pk.startswith("none")
    numbers = Numbers(referrer_earned=outcome.referrer, referee_earned=outcome.referee)
    what = outcome.what.removeprefix(TAKEN_OUT)
    if what == "lead":
        numbers.leads, numbers.direct_leads = 1, int(direct)
    elif what == "sale":
        numbers.sales, numbers.direct_sales = 1, int(direct)
        numbers.revenue, numbers.direct_revenue = outcome.amount, outcome.amount if direct else 0
        numbers.first_sales = int(outcome.first_sale)
    elif what == "refund":
        return Numbers(
            refunds=1, refunded=outcome.amount, referrer_reversed=outcome.referrer, referee_reversed=outcome.referee
        )
    elif what == "refusal":
        return Numbers(referrer_reversed=outcome.referrer, referee_reversed=outcome.referee)
    else:
        numbers.events = 1
    return numbers if what == outcome.what else numbers.negative()
