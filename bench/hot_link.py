"""
How hot a link may be: an hour of five thousand clicks a second, by the real key functions.

And how long a partner's chain may be: conversions a second that one partner's ledger takes.
"""

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bench import units
from bench.lines import Line, Result, Table
from bench.simulated import MIDNIGHT, metered
from bench.units import Units
from infra.local import templates

if TYPE_CHECKING:
    from chalicelib.clicks.shards import Shards

A_SECOND, _SECONDS = 5000, 3600
_MOST_WRITES, _MOST_READS = 1000, 3000
# As many instances as 5,000 clicks a second keep busy when a click holds one for so long; and three times as many.
_INSTANCES = (125, 375)
# Clicks that come in the same hundredth of a second are taken to come at once.
_TICK = timedelta(milliseconds=10)
_BATCH_OF_CONVERSIONS = 100
# What a call to DynamoDB takes: AWS says single-digit milliseconds; transactions are its slowest.
_CALL_SECONDS, _TRANSACTION_SECONDS = 0.005, 0.015


def measure() -> Result:
    """Simulate both, and name the busiest partition of each."""
    result = Result()
    row = _click_row_units()
    rows = []
    for instances in _INSTANCES:
        writes, reads, busiest = _busiest(instances, row)
        rows.append(
            [str(instances), f"{writes:,.0f}", f"{reads:,.0f}", str(len(busiest)), busiest.most_common(1)[0][0]]
        )
        if instances == _INSTANCES[0]:
            what = f"{A_SECOND:,} clicks a second on one link for an hour"
            result.lines += [
                Line(
                    f"{what}: WCU/s of the busiest partition",
                    f"{instances} instances",
                    writes,
                    _MOST_WRITES,
                    unit="WCU/s",
                ),
                Line(
                    f"{what}: RCU/s of the busiest partition",
                    "every recount included",
                    reads,
                    _MOST_READS,
                    unit="RCU/s",
                ),
            ]
    result.tables.append(
        Table(
            "A hot link's partitions",
            ("instances of the redirect", "most WCU/s", "most RCU/s", "partitions", "busiest"),
            rows,
            "The whole second of the worst partition of the hour. Recounts: every range that a batch touches is read "
            "again, in as many batches as the records fill.",
        )
    )
    _chain(result)
    return result


def _busiest(instances: int, row: float) -> tuple[float, float, Counter[str]]:
    """Return the most write and read units a second in any partition, and every partition's clicks."""
    from chalicelib.clicks.shards import SPREAD, Shards
    from chalicelib.clicks.table import partition_of
    from chalicelib.kit.instants import hour_of
    from chalicelib.stats.encoding import slot_of

    chance = random.Random(1)
    shards = [Shards(1 + chance.randrange(SPREAD)) for _ in range(instances)]
    batch = next(one.batch_size for one in templates.event_sources() if one.function == "clicks_to_stats")
    batches = -(-A_SECOND // batch)
    ticks = int(timedelta(seconds=1) / _TICK)
    most_writes = most_reads = 0.0
    everything: Counter[str] = Counter()
    in_slot: Counter[tuple[str, int]] = Counter()
    for second in range(_SECONDS):
        arrivals: Counter[int] = Counter()
        for tick in range(ticks):
            at = MIDNIGHT + timedelta(seconds=second) + tick * _TICK
            hour = hour_of(at)
            arrivals.update(_choose(one, hour, at) for one in chance.choices(shards, k=A_SECOND // ticks))
        most_writes = max(most_writes, *arrivals.values())
        for shard, clicks in arrivals.items():
            slot = slot_of(shard, at)[:2]
            in_slot[slot] += clicks
            # A partition that is touched by every batch of the second has its range read as often.
            most_reads = max(most_reads, min(batches, clicks) * in_slot[slot] * row)
            everything[partition_of("bea-recommends", hour_of(at), shard)] += clicks
    return most_writes, most_reads, everything


def _choose(shards: "Shards", hour: str, at: datetime) -> int:
    """Return the shard an instance puts a click into, as `record` does."""
    choice = shards.choose("bea-recommends", hour=hour, at=at)
    if choice.announces is not None:
        shards.announced("bea-recommends")
    return choice.shard


def _click_row_units() -> float:
    """Return the read units that a consistent query takes for a stored click, and that a click is one write."""
    from bench import events
    from chalicelib.clicks import redirect

    with metered() as (shop, meter):
        program = shop.program()
        shop.link(program, shop.partner(program), code="bea-recommends")
        redirect.handler(events.follow("bea-recommends"), None)
        (click,) = [item for item in meter.engine.items("clicks") if item["row"]["S"] == "click"]
    assert units.write(None, click) == Units(writes=1)
    return units.size_of(click) / units.READ_UNIT


def _chain(result: Result) -> None:
    """Decide a full batch of one partner's conversions, and see what its ledger takes."""
    import app

    with metered() as (shop, meter):
        program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
        link = shop.link(program, shop.partner(program), code="bea-recommends")
        click_id = shop.click_id(link)
        for number in range(_BATCH_OF_CONVERSIONS + 1):
            assert shop.sale(program, f"order-{number}", customer=f"customer-{number}", click_id=click_id).status == 201
        source = next(one for one in shop.streams.sources if one.function == "conversions_to_rewards")
        first, *others = shop.streams.records(source)
        app.conversions_to_rewards({"Records": [first]}, None)
        meter.clear()
        answer = app.conversions_to_rewards({"Records": others}, None)
        assert answer == {"batchItemFailures": []}, answer
        calls = dict(meter.counted)
        transactions = calls.pop("TransactWriteItems")
        waits = transactions * _TRANSACTION_SECONDS + sum(calls.values()) * _CALL_SECONDS
        (_, account), consumed = max(
            ((key, one) for key, one in meter.partitions.items() if key[0] == "ledger"),
            key=lambda item: item[1].writes,
        )
    assert account
    by_waiting = _BATCH_OF_CONVERSIONS / waits
    by_partition = _MOST_WRITES / (consumed.writes / _BATCH_OF_CONVERSIONS)
    what = "conversions a second of one partner, decided in batches of a hundred"
    against = (
        f"{transactions} transactions and {sum(calls.values())} other calls a batch, "
        f"{_TRANSACTION_SECONDS * 1000:.0f} and {_CALL_SECONDS * 1000:.0f} ms each"
    )
    result.lines += [
        Line(f"{what}: by what it waits for", against, by_waiting, 300, unit="/s", at_least=True),
        Line(
            f"{what}: by its partition's write units",
            f"{consumed.writes / _BATCH_OF_CONVERSIONS:.2f} WCU a conversion",
            by_partition,
            300,
            unit="/s",
            at_least=True,
        ),
    ]
