"""What a program's partners earned together in 30 days; hidden while so few earned that it reveals what one earned."""

from collections import defaultdict
from datetime import date, datetime, timedelta

from msgspec import Struct

from chalicelib.kit.dynamo import rows
from chalicelib.kit.memory import Memory
from chalicelib.programs.table import Program
from chalicelib.stats.counts import Counts, total
from chalicelib.stats.report import program_report
from chalicelib.stats.shapes import StatsQuery
from chalicelib.stats.table import Rollup, StatsRow, daily_key, find_open_day, program_day

DAYS = 30
# The sum is shown only if at least this many partners earned something lately.
LEAST_PARTNERS = 10
# How many closed days are searched for them, with two calls each; of each day, at most so many rows and partners.
_DAYS_LOOKED_AT, _MOST_RANGES, _MOST_PARTNERS = 9, 400, 100
_SIGNIFICANT = 2


class EarnedLately(Struct, frozen=True):
    """What partners earned together in the last *DAYS* days, rounded down; None while it is hidden."""

    amount: int | None


_memory: Memory[EarnedLately] = Memory(seconds=3600.0, most=1000)


def earned_lately(program: Program, *, at: datetime) -> EarnedLately:
    """Return what a program's partners earned together, net, rounded down to two digits; up to an hour old."""
    return _memory.get(program.id, lambda: _count(program, at=at))


def _count(program: Program, *, at: datetime) -> EarnedLately:
    if not _enough_earned(program.id, at=at):
        return EarnedLately(None)
    first = (program.calendar.day_of(at) - timedelta(days=DAYS - 1)).isoformat()
    net = program_report(program.id, StatsQuery(from_=first), at=at).totals.referrer_rewards.net
    return EarnedLately(rounded_down(net) if net > 0 else None)


def rounded_down(amount: int) -> int:
    """
    Return an amount with only its first two digits, so that comparing two moments reveals no single reward.

    >>> rounded_down(123_456), rounded_down(99), rounded_down(0)
    (120000, 99, 0)
    """
    power: int = 10 ** max(len(str(amount)) - _SIGNIFICANT, 0)
    return amount // power * power


def _enough_earned(program_id: str, *, at: datetime) -> bool:
    """Return whether enough partners earned something, net, on the latest closed days."""
    earned: dict[str, int] = defaultdict(int)
    open_from = find_open_day(program_id)
    day = min(open_from, at.date())
    for _ in range(_DAYS_LOOKED_AT if open_from > date.min else 0):
        day -= timedelta(days=1)
        for subject, counts in _partners_of(program_id, day.isoformat()):
            earned[subject] += counts.referrer_earned - counts.referrer_reversed
        if sum(amount > 0 for amount in earned.values()) >= LEAST_PARTNERS:
            return True
    return False


def _partners_of(program_id: str, day: str) -> list[tuple[str, Counts]]:
    """Return the counts of the first hundred partners of a closed day."""
    ranges = StatsRow.by_program_day.query(
        program_day(program_id, day), StatsRow.pk.startswith("ptr_"), limit=_MOST_RANGES
    )
    subjects = list(dict.fromkeys(row.pk for row in ranges))[:_MOST_PARTNERS]
    rollups = rows.find_all(Rollup, [(daily_key(one), day) for one in subjects], consistent=False) if subjects else {}
    return [(subject, total(counts for _, counts in rollup.counts())) for (subject, _), rollup in rollups.items()]
