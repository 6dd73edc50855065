"""Statistics: how many calls an answer takes, for a partner with ten clicks and one with ten million."""

from datetime import timedelta

from bench import events
from bench.lines import Line, Result, Table
from bench.meter import Meter
from bench.simulated import metered
from tests.faults.world import World

_DAYS = 30
# Ten clicks, a thousand, and ten million over the days: what a link's ranges say then.
_CLICKS = (10, 1_000, 100_000, 10_000_000)
_HALF_AN_HOUR = timedelta(minutes=30)


def measure() -> Result:
    """Ask for a partner's last thirty days, each day of them added up as the roll-up does, today by its ranges."""
    rows, calls = [], {}
    for clicks in _CLICKS:
        with metered() as (shop, meter):
            partner = _partner_with(shop, clicks)
            meter.clear()
            answer = shop.get(f"/v1/partners/{partner}/stats").json
            assert answer["totals"]["clicks"]["human"] == clicks, answer["totals"]
            calls[clicks] = sum(meter.counted.values())
            spelled = ", ".join(f"{count} {name}" for name, count in sorted(meter.counted.items()))
            rows.append([f"{clicks:,}", str(calls[clicks]), spelled, f"{meter.total().reads:.1f}"])
    fewest, most = min(calls.values()), max(calls.values())
    what = f"calls for a partner's statistics, {_CLICKS[-1]:,} clicks less {_CLICKS[0]} clicks"
    against = f"{calls[_CLICKS[0]]} calls for {_CLICKS[0]} clicks, {calls[_CLICKS[-1]]} for {_CLICKS[-1]:,}"
    return Result(
        lines=[Line(what, against, most - fewest, 1.0, unit="calls")],
        tables=[
            Table(
                f"What a partner's statistics of {_DAYS} days take, one link",
                ("clicks", "calls", "which", "read units"),
                rows,
                "The clicks are spread over all minutes of the days. Their ranges are written as they are counted; "
                "roll-ups and the answer are the service's own.",
            )
        ],
    )
