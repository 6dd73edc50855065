"""Statistics: how many calls an answer takes, for a partner with ten clicks and one with ten million."""

from datetime import datetime, timedelta

from bench.lines import Line, Result, Table
from bench.simulated import MIDNIGHT, metered
from tests.faults.world import World

_DAYS = 30
_FEW, _MANY = 10, 10_000_000
_MINUTE = timedelta(minutes=1)


def measure() -> Result:
    """Ask for a partner's last thirty days: those that are over as the rollup adds them up, today by its ranges."""
    rows, calls = [], []
    cases = [
        ("over thirty days", _FEW, _DAYS, 1),
        ("over thirty days", _MANY, _DAYS, 1),
        ("all of them today, so hot that every shard has some", _MANY, 1, 33),
    ]
    for when, clicks, days, shards in cases:
        with metered(MIDNIGHT - timedelta(days=_DAYS - 1)) as (shop, meter):
            partner = _partner_with(shop, clicks, days=days, shards=shards)
            meter.clear()
            answer = shop.get(f"/v1/partners/{partner}/stats").json
            assert answer["totals"]["clicks"]["human"] == clicks, answer["totals"]
            calls.append(sum(meter.counted.values()))
            spelled = ", ".join(f"{count} {name}" for name, count in sorted(meter.counted.items()))
            rows.append([f"{clicks:,}", when, str(calls[-1]), spelled, f"{meter.total().reads:.1f}"])
    few, spread, hot = calls
    result = Result(
        lines=[
            Line(
                f"more calls for the statistics of {_MANY:,} clicks than of {_FEW}",
                f"{few} calls for {_FEW} clicks, {spread} for {_MANY:,}",
                spread - few,
                1,
                unit="calls",
            ),
            Line(
                "the same, all of them today on one hot link", f"{few} and {hot} calls", hot - few, None, unit="calls"
            ),
        ]
    )
    result.tables.append(
        Table(
            f"What a partner's statistics of {_DAYS} days take, one link",
            ("clicks", "when", "calls", "which", "read units"),
            rows,
            "The counts of ranges are written as they are counted; the rollups and the answer are the service's own.",
        )
    )
    return result


def _partner_with(shop: World, clicks: int, *, days: int, shards: int) -> str:
    """Create a partner whose link has *clicks* on its last *days*, of which the last is not over; return their id."""
    program = shop.program()
    partner = shop.partner(program)
    code = shop.link(program, partner, code="bea-recommends")["code"]
    minutes = days * 24 * 60
    for day in range(_DAYS):
        begin = shop.at.replace(hour=0, minute=0)
        first = (day - (_DAYS - days)) * 24 * 60
        if first >= 0:
            for hour in range(24):
                counts = [_share(clicks, first + hour * 60 + minute, minutes) for minute in range(60)]
                count_clicks(program["id"], partner["id"], code, begin + timedelta(hours=hour), counts, shards=shards)
        if day < _DAYS - 1:
            shop.at = begin + timedelta(days=1, hours=1, minutes=16)
            shop.run_schedule("roll_up")
        else:
            shop.at = begin + timedelta(hours=23)
    return str(partner["id"])


def _share(clicks: int, minute: int, minutes: int) -> int:
    """Return how many of the clicks come in a minute, if they come evenly."""
    return clicks * (minute + 1) // minutes - clicks * minute // minutes


def count_clicks(
    program_id: str, partner_id: str, code: str, hour: datetime, counts: list[int], *, shards: int = 1
) -> None:
    """Write an hour's counts into the ranges of *shards* shards, as the recount does."""
    from chalicelib.stats.encoding import SLOTS, encode_clicks, slot_of
    from chalicelib.stats.table import ClickCounts, link_subject, program_day

    rows: dict[str, dict[str, int]] = {}
    # The first shard has a slot a minute, each other one six.
    places = [(0, 0), *((shard, part) for shard in range(1, shards) for part in range(6))]
    for minute, count in enumerate(counts):
        for number, (shard, part) in enumerate(places):
            slot = slot_of(shard, hour + minute * _MINUTE + timedelta(seconds=10 * part))
            if share := _share(count, number, len(places)):
                packed = encode_clicks(["human"] * share)
                rows.setdefault(slot.sk, {})[SLOTS[slot.number]] = packed
    for sk, slots in rows.items():
        day = program_day(program_id, f"{hour:%Y-%m-%d}")
        ClickCounts(link_subject(code), sk, program_day=day, partner=partner_id, **slots).save()
