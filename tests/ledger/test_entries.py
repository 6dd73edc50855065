"""Ledger entries: they sum to zero, and the chain notices a changed byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.ledger.entries import GENESIS, Movement, hash_of, sort_of

FIELDS = {
    "account": "ptr_1#USD",
    "seq": 1,
    "kind": "reward",
    "postings": [0, 5, 0, -5],
    "at": "2026-03-10T12:00:00.000Z",
}


@given(st.sampled_from(["reward", "reversal"]), st.integers(0, 2**53))
def test_a_movement_sums_to_zero(kind, amount):
    movement = Movement("ptr_1", "USD", kind, amount, "cnv_1", "rwd_1", "prg_1")

    assert sum(movement.postings.values()) == 0
    assert movement.postings["due"] == (amount if kind == "reward" else -amount)


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_changed_field_changes_the_hash(name):
    changed = FIELDS | {name: "changed"}

    assert hash_of(FIELDS, GENESIS) != hash_of(changed, GENESIS)
    assert hash_of(FIELDS, GENESIS) != hash_of(FIELDS, "1" + GENESIS[1:])


@given(st.integers(1, 10**11), st.integers(1, 10**11))
def test_entries_sort_as_their_numbers_do_and_before_the_head(one, other):
    assert (sort_of(one) < sort_of(other)) == (one < other)
    assert sort_of(one) < "head"
