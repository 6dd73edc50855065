"""How many clicks a second one shard of the stream can bring before the counting falls behind, on paper."""

from bench import costs
from bench.dollars import megabytes
from bench.lines import Line, Result
from bench.stream import LINKS, RECORDS
from infra.local import templates

# A shard of a stream is a partition of its table, which takes no more writes a second than these.
_MOST_A_SHARD = 1000
# A range is counted by one query and stored by one update, one after the other.
_CALLS_A_RANGE = 2


def measure(*, figures: dict[str, float]) -> Result:
    """Work out a shard's records a second from counted calls, measured CPU, and what a call waits."""
    source = next(one for one in templates.event_sources() if one.function == "clicks_to_stats")
    share = min(megabytes("ClicksToStats") / costs.MEGABYTES_A_CORE, 1.0)
    lines = []
    for what, records, ranges, cpu in [
        ("each of another link", 1, 1.0, figures["stream_cpu_one"]),
        (f"over {LINKS} links", RECORDS, figures["stream_ranges_many"], figures["stream_cpu_many"]),
        ("of one hot link", RECORDS, figures["stream_ranges_hot"], figures["stream_cpu_hot"]),
    ]:
        waits = ranges * _CALLS_A_RANGE * costs.CALL_SECONDS
        a_second = source.parallel * records / (waits + records * cpu / share)
        against = (
            f"{source.parallel} at once, {ranges:.0f} ranges for {records:,} records, {waits * 1000:,.0f} ms waited"
        )
        what = f"records a second that a stream's shard is counted at, {what}"
        # No stream brings a thousand links a second that are each clicked once a minute; so it has no goal.
        goal = _MOST_A_SHARD if records > 1 else None
        lines.append(Line(what, against, a_second, goal, unit="/s", at_least=True))
    return Result(lines=lines)
