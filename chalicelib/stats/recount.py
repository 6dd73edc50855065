"""Counts the minutes that changed again, from the rows, and raises what is stored."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.clicks.table import Click, ClickRow
from chalicelib.kit import ids, writes
from chalicelib.rewards.table import Outcome, RewardRow
from chalicelib.stats import tally
from chalicelib.stats.numbers import Numbers, stored_outcomes
from chalicelib.stats.table import MINUTES, ClickHour, Cursor, OutcomeHour, of_link, of_program, program_day

_MINUTE = timedelta(minutes=1)


def recount_clicks(added: Iterable[ClickRow], *, at: datetime) -> None:
    """
    Count every minute in which a click was added, by one consistent query each.

    What is stored is only ever raised: a late or repeated call, or two at once, change nothing. A
    minute of a day that was added up already has that day added up again.
    """
    touched = {}
    for click in added:
        if isinstance(click, Click):
            touched[click.partition, click.at.replace(second=0, microsecond=0)] = click
    for (partition, minute), click in touched.items():
        code_key, hour, shard = partition.split("#")
        row = ClickHour(of_link(code_key), f"{hour}#{shard}")
        stored = getattr(ClickHour, MINUTES[minute.minute])
        packed = tally.pack(_clicks(partition, minute))
        writes.raise_to(
            row,
            stored.set(packed),
            ClickHour.row.set(ClickHour),
            ClickHour.program_day.set(program_day(click.program_id, hour[:10])),
            condition=stored.does_not_exist() | (stored < packed),
        )
        add_up_again(click.program_id, hour[:10], at=at)


def recount_outcomes(added: Iterable[RewardRow], *, at: datetime) -> None:
    """Count every minute in which an outcome was added, in the same way."""
    touched = {}
    for outcome in added:
        if isinstance(outcome, Outcome):
            touched[outcome.pk, int(outcome.sk[:2])] = outcome
    for (partition, minute), outcome in touched.items():
        subject, program_id, hour = partition.split("#")
        row = OutcomeHour(f"{subject}#{program_id}", hour)
        stored = getattr(OutcomeHour, MINUTES[minute])
        counted = _outcomes(partition, minute)
        writes.raise_to(
            row,
            stored.set(counted),
            OutcomeHour.row.set(OutcomeHour),
            OutcomeHour.program_day.set(program_day(outcome.program_id, hour[:10])),
            condition=stored.does_not_exist() | (stored[0] < counted[0]),
        )
        add_up_again(outcome.program_id, hour[:10], at=at)


def add_up_again(program_id: str, day: str, *, at: datetime) -> None:
    """Move the roll-up's cursor back to a day it is past; the last two days it looks at anyway."""
    if day < (at - timedelta(days=1)).date().isoformat():
        cursor = Cursor(of_program(program_id), "cursor")
        writes.raise_to(cursor, Cursor.day.set(day), condition=Cursor.day > day)


def _clicks(partition: str, minute: datetime) -> dict[str, int]:
    in_minute = Click.sort.between(ids.first_of(minute), ids.first_of(minute + _MINUTE))
    return tally.count(
        click.kind
        for click in Click.query(partition, in_minute, consistent_read=True, attributes_to_get=["row", "kind"])
    )


def _outcomes(partition: str, minute: int) -> list[int]:
    numbers, rows = Numbers(), 0
    for outcome in Outcome.query(partition, Outcome.sk.startswith(f"{minute:02}#"), consistent_read=True):
        rows += 1
        numbers.add(numbers_of(outcome))
    return stored_outcomes(rows, numbers)


def numbers_of(outcome: Outcome) -> Numbers:
    """Return what one outcome adds to the numbers."""
    direct = outcome.pk.startswith("none")
    numbers = Numbers(referrer_earned=outcome.referrer, referee_earned=outcome.referee)
    if outcome.what == "lead":
        numbers.leads, numbers.direct_leads = 1, int(direct)
    elif outcome.what == "sale":
        numbers.sales, numbers.direct_sales = 1, int(direct)
        numbers.revenue, numbers.direct_revenue = outcome.amount, outcome.amount if direct else 0
        numbers.first_sales = int(outcome.first_sale)
    elif outcome.what == "refund":
        return Numbers(
            refunds=1, refunded=outcome.amount, referrer_reversed=outcome.referrer, referee_reversed=outcome.referee
        )
    elif outcome.what == "refusal":
        return Numbers(referrer_reversed=outcome.referrer, referee_reversed=outcome.referee)
    else:
        numbers.events = 1
    return numbers
