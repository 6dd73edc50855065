"""Durations in buckets: percentiles are never too short and at most a tenth too long, and adding up loses nothing."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.tally import BOUNDS, Tally
from chalicelib.reconciliation.durations import Durations, Quarters, total

TIMES = st.lists(st.integers(min_value=0, max_value=10**10), min_size=1, max_size=60)


def tally_of(times):
    tally = Tally()
    for milliseconds in times:
        tally.add(timedelta(milliseconds=milliseconds))
    return tally


def nearest_rank(times, percent):
    return sorted(times)[-(-len(times) * percent // 100) - 1]


@given(TIMES, st.sampled_from([50, 90, 99, 100]))
def test_a_percentile_is_at_most_a_tenth_too_long_and_never_too_short(times, percent):
    exact, counted = nearest_rank(times, percent), tally_of(times).percentile(percent)

    assert exact <= counted <= max(exact * 1.1 + 1, 10)
    assert tally_of(times).worst == max(times)


@given(TIMES, TIMES)
def test_adding_up_is_the_same_as_counting_together(some, others):
    together = tally_of(some)
    together.merge(tally_of(others))

    assert together == tally_of([*some, *others])


def test_what_is_stored_is_read_as_it_was_and_each_quarter_of_an_hour_is_its_own():
    durations = Durations()
    for minute in (0, 14, 15, 59):
        at = datetime(2026, 3, 9, 7, minute, tzinfo=UTC)
        durations.add("prg_1", "due", at, timedelta(days=2), late=minute == 59)
    stored = msgspec.json.encode(durations.by_program)
    read = msgspec.json.decode(stored, type=dict[str, Quarters])

    assert read == durations.by_program
    assert {quarter: tallies["due"].count for quarter, tallies in read["prg_1"].items()} == {
        "07:00": 2,
        "07:15": 1,
        "07:45": 1,
    }
    whole = total(read["prg_1"].values())["due"]
    assert (whole.count, whole.promised, whole.late, whole.worst) == (4, 4, 1, 2 * 86_400_000)


def test_there_are_bounds_for_two_years_and_none_of_nothing():
    assert sorted(set(BOUNDS)) == BOUNDS
    assert timedelta(milliseconds=BOUNDS[-1]) >= timedelta(days=730)
    assert Tally().percentile(50) is None
