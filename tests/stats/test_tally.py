"""Packed counts: nothing is lost, and more is more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.stats import tally

COUNTS = st.fixed_dictionaries(dict.fromkeys(tally.KINDS, st.integers(0, 18_000)))


@given(COUNTS)
def test_what_is_packed_is_unpacked(counted):
    assert tally.unpack(tally.pack(counted)) == counted


@given(COUNTS, st.sampled_from(tally.KINDS))
def test_one_hit_more_is_a_larger_number(counted, kind):
    assert tally.pack(counted) < tally.pack(counted | {kind: counted[kind] + 1})


@given(COUNTS)
def test_a_packed_minute_fits_a_number_of_dynamodbs(counted):
    assert len(str(tally.pack(counted))) <= 38


def test_more_than_fits_is_an_error_and_not_a_wrong_number():
    with pytest.raises(ValueError, match="more than"):
        tally.pack(dict.fromkeys(tally.KINDS, 0) | {"human": 100_000})
