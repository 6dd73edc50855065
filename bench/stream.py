"""The stream of clicks: the real trigger on a thousand real records, against reading their JSON."""

import itertools
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import events, shop
from bench.lines import Line, Result
from bench.measure import cpu, ratio
from infra.local.pump import to_lambda

RECORDS, LINKS = 1000, 45
_ROUNDS = 7
_INSTANCES = 50
# The batch's own second is the last; a hot link had as many clicks in each of the seconds before.
_HOT_SECONDS = 8
_NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def measure() -> Result:
    """Measure a batch over 45 links, and one of a single hot link; reads and writes included."""
    result = Result()
    with shop.opened() as open_shop:
        codes = [open_shop.link(f"link-number-{number}") for number in range(LINKS + 1)]
        for what, name, goal, chosen, seconds in [
            (f"click stream, {RECORDS:,} records over {LINKS} links", "many", 5.0, codes[1:], 1),
            (f"click stream, {RECORDS:,} records of one hot link", "hot", 10.0, codes[:1], _HOT_SECONDS),
        ]:
            _come(chosen, seconds=seconds)
            batch = {"Records": _records(open_shop)[-RECORDS:]}
            written = json.dumps(batch)

            def count(batch: events.Event = batch) -> None:
                answer = open_shop.app.clicks_to_stats(batch, None)
                assert answer == {"batchItemFailures": []}, answer

            # What was counted is forgotten before every turn, so that each has all its writes to do.
            ratios = ratio(
                count, lambda written=written: json.loads(written), rounds=_ROUNDS, before=lambda: _forget(open_shop)
            )
            each = [seconds / RECORDS * 1e6 for seconds in (ratios.ours, ratios.theirs)]
            against = (
                f"json.loads of the same event ({_ranges(batch)} ranges): {each[0]:.1f} of {each[1]:.1f} µs a record"
            )
            result.lines.append(Line(what, against, ratios.median, goal, spread=(ratios.least, ratios.most)))
            result.figures |= {f"stream_cpu_{name}": ratios.ours / RECORDS, f"stream_ranges_{name}": _ranges(batch)}
        _forget(open_shop)
        alone = {"Records": batch["Records"][-1:]}
        result.figures["stream_cpu_one"] = cpu(lambda: open_shop.app.clicks_to_stats(alone, None), calls=100)
    return result


def _come(codes: list[str], *, seconds: int) -> None:
    """Let a thousand visitors a second come, to many instances of the redirect, within one range of counting."""
    from chalicelib.clicks import record, redirect, shards
    from chalicelib.kit import clock

    chance = random.Random(1)
    instances = [shards.Shards(1 + chance.randrange(shards.SPREAD)) for _ in range(_INSTANCES)]
    visits = itertools.cycle([events.follow(code) for code in codes])
    for number in range(RECORDS * seconds):
        at = _NOON + timedelta(seconds=1 + number / RECORDS)
        clock.source = lambda at=at: at  # type: ignore[misc]
        record._shards.keep("own", chance.choice(instances))
        answer = redirect.handler(next(visits), None)
        assert answer["statusCode"] == 302, answer


def _records(open_shop: shop.Shop) -> list[dict[str, Any]]:
    """Return what the clicks' stream has, in its order, as Lambda hands it over."""
    arn = open_shop.engine.client("dynamodb").describe_table(TableName=f"{shop.PREFIX}clicks")["Table"][
        "LatestStreamArn"
    ]
    streams = open_shop.engine.client("dynamodbstreams")
    records: list[dict[str, Any]] = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        parameters = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = streams.get_shard_iterator(**parameters)["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            if not page["Records"]:
                break
            records += page["Records"]
            iterator = page.get("NextShardIterator")
    return [to_lambda(one, arn) for one in records if one["dynamodb"]["NewImage"]["row"]["S"] == "click"]


def _ranges(batch: events.Event) -> int:
    """Return how many ranges of time and shard the clicks of a batch fall into: each is counted again."""
    from chalicelib.clicks.table import added_click
    from chalicelib.kit import ids
    from chalicelib.stats.encoding import slot_of

    added = [added_click(record["dynamodb"]["NewImage"]) for record in batch["Records"]]
    return len(
        {(one.partition, slot_of(int(one.partition.rpartition("#")[2]), ids.time_of(one.sort))) for one in added}
    )


def _forget(open_shop: shop.Shop) -> None:
    """Delete all statistics."""
    dynamodb, table = open_shop.engine.client("dynamodb"), f"{shop.PREFIX}stats"
    for row in dynamodb.scan(TableName=table, ProjectionExpression="pk, sk")["Items"]:
        dynamodb.delete_item(TableName=table, Key=row)
