"""Measures two programs alternately, so that other load on this machine affects both equally."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]

ROUNDS = 11


@dataclass(frozen=True)
class Ratio:
    """What ours takes for each part of what theirs takes: the median of all rounds, and the extremes."""

    median: float
    least: float
    most: float
    ours: float
    theirs: float


def ratio(ours: Work, theirs: Work, *, calls: int = 1, rounds: int = ROUNDS, before: Work = lambda: None) -> Ratio:
    """
    Call both by turns, *calls* times a turn.

    The first turn of each only warms up, and what is done *before* each of ours is not measured.
    `ours` and `theirs` are medians in CPU seconds a call: this process's, kernel included, all
    threads. What other processes do for it (an engine, a server) is not in them.
    """
    assert rounds >= 5, "fewer rounds than that show no spread"
    taken = []
    for number in range(rounds + 1):
        before()
        taken.append(_turn(ours, theirs, calls=calls, ours_first=bool(number % 2)))
    taken = taken[1:]
    ratios = [mine / other for mine, other in taken]
    return Ratio(
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        statistics.median(mine for mine, _ in taken),
        statistics.median(other for _, other in taken),
    )


def cpu(work: Work, *, calls: int = 1) -> float:
    """Return the CPU seconds one call takes, on average of as many; what lay about before is collected first."""
    gc.collect()
    begun = time.process_time()
    for _ in range(calls):
        work()
    return (time.process_time() - begun) / calls


def _turn(ours: Work, theirs: Work, *, calls: int, ours_first: bool) -> tuple[float, float]:
    if ours_first:
        return cpu(ours, calls=calls), cpu(theirs, calls=calls)
    other = cpu(theirs, calls=calls)
    return cpu(ours, calls=calls), other
