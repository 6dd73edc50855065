"""Ranges: each click is in one, of a minute or of ten seconds, and a row says where its slots begin."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.stats.slots import begin_of, shard_of, slot_of

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.integers(0, 32))
def test_a_moment_is_in_its_slot_and_the_row_knows_where_that_begins(at, shard):
    slot = slot_of(shard, at)

    assert slot.begin <= at < slot.end
    assert begin_of(slot.sk, slot.number) == slot.begin
    assert (shard_of(slot.sk), slot.sk[:13]) == (shard, f"{at:%Y-%m-%dT%H}")
    assert 0 <= slot.number < 60


@pytest.mark.parametrize(
    ("shard", "written", "sk", "number"),
    [
        pytest.param(0, "09:59:59", "2026-03-10T09#0", 59, id="everyday clicks: a minute"),
        pytest.param(3, "09:00:09", "2026-03-10T09#3#0", 0, id="hot: the first ten seconds"),
        pytest.param(3, "09:39:50", "2026-03-10T09#3#3", 59, id="hot: the last of ten minutes"),
    ],
)
def test_slots(shard, written, sk, number):
    slot = slot_of(shard, datetime.fromisoformat(f"2026-03-10T{written}+00:00"))

    assert (slot.sk, slot.number) == (sk, number)
