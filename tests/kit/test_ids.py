"""Ids: unique, sorted by time, and derived ones told apart."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit import ids

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)).map(
    lambda at: at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)
)


@given(MOMENTS)
def test_an_id_says_when_it_was_made(at):
    assert ids.time_of(ids.new("lnk", at)) == at
    assert len(ids.new("lnk", at)) == 30


@given(MOMENTS, st.timedeltas(timedelta(milliseconds=1), timedelta(days=1)))
def test_ids_sort_as_time_does(at, later):
    if at < datetime(9999, 12, 30, tzinfo=UTC):
        assert ids.ulid(at) < ids.ulid(at + later + timedelta(milliseconds=1))
        assert ids.first_of(at) <= ids.ulid(at) < ids.first_of(at + later + timedelta(milliseconds=1))


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_no_two_lists_of_parts_share_an_id(one, other):
    assert (ids.derived("cnv", *one) == ids.derived("cnv", *other)) == (one == other)


@pytest.mark.parametrize("text", ["", "lnk_", "lnk_short", "lnk_" + "U" * 26, "lnk_" + "Z" * 26])
def test_what_is_no_time_sorted_id_is_refused(text):
    with pytest.raises(ValueError, match="time-sorted"):
        ids.time_of(text)


def test_a_shard_is_the_one_that_stored_keys_name():
    assert [ids.shard(name, of=4) for name in ("", "a", "rwd_1", "ptr_1#EUR")] == [0, 1, 1, 1]
