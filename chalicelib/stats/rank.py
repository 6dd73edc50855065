"""Ranks a program's partners, and the channels of its links, over local days."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from chalicelib.kit.walk import Deadline
from chalicelib.links import find as links
from chalicelib.programs import find as programs
from chalicelib.stats.counts import Counts
from chalicelib.stats.program_counts import read_program_counts
from chalicelib.stats.report import Span
from chalicelib.stats.shapes import (
    MOST_RANKED_DAYS,
    Metrics,
    RankedChannel,
    RankedPartner,
    RankingQuery,
    RankingView,
    metrics,
)

MOST_SECONDS = 8.0
# Links that are looked up by one call.
_TOGETHER = 100
_NO_CHANNEL = ""
_BY: dict[str, Callable[[Counts], int]] = {
    "revenue": lambda counts: counts.revenue - counts.refunded,
    "sales": lambda counts: counts.sales,
    "leads": lambda counts: counts.leads,
    "clicks": lambda counts: counts.human,
}


def rank(
    reference: str,
    query: RankingQuery,
    *,
    at: datetime,
    most_seconds: float = MOST_SECONDS,
    most_calls: int | None = None,
) -> RankingView:
    """
    Rank a program's partners by a metric, and its channels by clicks: the first *limit* of each.

    Clicks count for the partner who owns the link; conversions for the link that referred the customer, and for the
    partner. Bounded by time, and by calls if *most_calls* is set: *complete* says whether all days were counted, and
    *from* and *to* are the first and the last day that are. Half as much again may be spent on the channels of links,
    a hundred a call, those with most clicks first: *channels_complete* says whether all were looked up.
    """
    program = programs.find(reference).program
    span = Span(query, program, at=at, most_days=MOST_RANKED_DAYS)
    counts = read_program_counts(program, span, deadline=Deadline(most_seconds, most_calls), at=at)
    half = Deadline(most_seconds, most_calls).half()
    channels, channels_complete = _by_channel(counts.links, half)

    def ranked(counts: dict[str, Counts], by: str) -> list[tuple[str, Metrics]]:
        value = _BY[by]
        ordered = sorted(counts.items(), key=lambda one: (-value(one[1]), one[0]))[: query.limit]
        return [(name, metrics(one, unique=None, currency=program.currency)) for name, one in ordered]

    return RankingView(
        object="ranking",
        program=program.id,
        from_=counts.first.isoformat(),
        to=counts.last.isoformat(),
        timezone=span.zone,
        by=query.by,
        complete=counts.complete,
        channels_complete=channels_complete,
        partners=[RankedPartner(*one) for one in ranked(counts.partners, query.by)],
        channels=[RankedChannel(name or None, one) for name, one in ranked(channels, "clicks")],
    )


def _by_channel(by_link: dict[str, Counts], deadline: Deadline) -> tuple[dict[str, Counts], bool]:
    """Return the counts by channel, and whether they are those of all links."""
    channels: dict[str, Counts] = defaultdict(Counts)
    code_keys = sorted(by_link, key=lambda code_key: (-by_link[code_key].human, code_key))
    for begin in range(0, len(code_keys), _TOGETHER):
        if deadline.passed:
            return channels, False
        for code_key, link in links.find_by_codes(code_keys[begin : begin + _TOGETHER]).items():
            channels[link.channel or _NO_CHANNEL].add(by_link[code_key])
    return channels, True
