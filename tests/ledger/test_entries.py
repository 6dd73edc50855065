"""Ledger entries: they sum to zero, follow from each other, and the chain notices a changed byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from chalicelib.kit.chains import GENESIS, InvalidEntry, sort_of
from chalicelib.ledger.entries import (
    PARTS,
    AccountState,
    Movement,
    Reason,
    account_of,
    apply,
    hash_of,
    next_line,
)

REASON = Reason("rate", rule="sale_referrer", rate_bp=1500, base=1999, number=2)
AT = "2026-03-10T12:00:00.000Z"


def moved(amount=500, kind="reward", source="expense", target="due", **changes):
    return Movement("ptr_1", "USD", kind, amount, source, target, "cnv_1", **{"reason": REASON, **changes})


def walk(*movements, at=AT):
    state, lines = AccountState(), []
    for movement in movements:
        lines.append(next_line(state, movement, at=at))
        state = apply(state, lines[-1])
    return state, lines


@given(st.sampled_from(PARTS), st.sampled_from(PARTS), st.integers(0, 2**53))
def test_a_movement_sums_to_zero_and_moves_what_it_says(source, target, amount):
    one = next_line(AccountState(), moved(amount, source=source, target=target), at=AT)
    gains = dict(zip(PARTS, one.gains, strict=True))

    assert sum(one.gains) == 0
    assert gains[target] == (amount if source != target else 0)
    assert gains[source] == (-amount if source != target else 0)
    assert one.balance == one.gains


def test_an_account_stands_where_its_entries_lead():
    state, lines = walk(
        moved(500, target="held"),
        moved(300),
        moved(500, "matured", "held", "due"),
        moved(50, "reversal", "due", "expense"),
    )

    assert asdict(state) == {
        "seq": 4,
        "hash": hash_of(lines[3]),
        "at": AT,
        "held": 0,
        "due": 750,
        "frozen": 0,
        "paid": 0,
        "expense": -750,
        "frozen_seq": 0,
        "settled_seq": 0,
        "payout": "",
    }
    assert [one.previous for one in lines] == [GENESIS, *map(hash_of, lines[:3])]
    assert lines[3].balance == [0, 750, 0, 0, -750]


@pytest.mark.parametrize(("kind", "target", "settled"), [("payout_paid", "paid", 1), ("payout_failed", "due", 0)])
def test_a_payout_freezes_what_stood_before_it_and_pays_or_returns_only_that(kind, target, settled):
    frozen, _ = walk(moved(500), moved(500, "payout_prepared", "due", "frozen"))
    ended, _ = walk(
        moved(500), moved(500, "payout_prepared", "due", "frozen"), moved(70), moved(500, kind, "frozen", target)
    )

    assert (frozen.frozen, frozen.due, frozen.frozen_seq, frozen.payout) == (500, 0, 1, "cnv_1")
    assert (ended.frozen, ended.frozen_seq, ended.payout, ended.settled_seq) == (0, 0, "", settled)
    assert (ended.due, ended.paid) == ((70, 500) if kind == "payout_paid" else (570, 0))


def test_the_moments_of_entries_never_go_back_whatever_the_clocks_say():
    state, _ = walk(moved())

    assert next_line(state, moved(), at="2026-03-10T11:59:00.000Z").at == AT
    assert next_line(state, moved(), at="2026-03-10T12:01:00.000Z").at == "2026-03-10T12:01:00.000Z"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        pytest.param({"seq": 3}, "entry 2 is missing", id="a gap"),
        pytest.param({"previous": GENESIS}, "it does not hold the hash of the entry before it", id="another chain"),
        pytest.param({"gains": [0, 5, 0, 0, -6]}, "its postings do not sum to zero", id="a cent from nowhere"),
        pytest.param(
            {"balance": [0, 1001, 0, 0, -1001]},
            "its balance is not the one before it and its postings",
            id="a balance that does not follow",
        ),
        pytest.param(
            {"at": "2026-03-10T11:59:59.999Z"}, "it is older than the entry before it", id="a moment too early"
        ),
    ],
)
def test_an_entry_that_does_not_follow_is_named_with_the_reason(changes, what):
    state, _ = walk(moved())
    after = next_line(state, moved(), at=AT)
    assert apply(state, after).due == 1000

    with pytest.raises(InvalidEntry) as broken:
        apply(state, replace(after, **changes))
    assert str(broken.value) == what


def test_only_a_payouts_end_ends_a_payout():
    frozen, _ = walk(
        moved(500), moved(500, "payout_prepared", "due", "frozen"), moved(70), moved(30, "hold", "due", "held")
    )

    assert (frozen.payout, frozen.frozen_seq, frozen.settled_seq, frozen.seq) == ("cnv_1", 1, 0, 4)


def test_a_known_entry_of_before_there_were_codes_has_a_known_hash_for_ever():
    _, [one] = walk(moved(reward_id="rwd_1", program_id="prg_1"))

    old = replace(one, reason="für Grace")

    assert hash_of(old) == "94827fc9289a218c88e98576b9fcd30c0ceb011bc1b8bfbe5b3cfc18555158f2"


def test_a_known_entry_has_a_known_hash_for_ever():
    _, [one] = walk(moved(reward_id="rwd_1", program_id="prg_1", note="nte_1"))

    assert hash_of(one) == "ddd3e0b8739fa04997a17bc5b4b3f735d9455f7321863aad67c014fb68c4b4f2"


@pytest.mark.parametrize("name", [name for name in Reason.__struct_fields__ if name != "code"])
def test_a_changed_number_of_a_reason_changes_the_hash(name):
    _, [one] = walk(moved())

    assert hash_of(replace(one, reason=replace(REASON, **{name: 7}))) != hash_of(one)


@pytest.mark.parametrize("name", list(asdict(walk(moved())[1][0])))
def test_a_changed_field_changes_the_hash(name):
    _, [one] = walk(moved())
    other = {"seq": 2, "gains": [0, 500, 0, 0, -501], "balance": [0, 500, 0, 0, -501]}.get(name, "changed")

    assert hash_of(replace(one, **{name: other})) != hash_of(one)


@given(st.integers(1, 10**11), st.integers(1, 10**11))
def test_entries_sort_as_their_numbers_do_and_before_the_head(one, other):
    assert (sort_of(one) < sort_of(other)) == (one < other)
    assert sort_of(one) < "head"
    assert sort_of(7) == "000000000007"


def test_an_account_is_one_owner_in_one_currency():
    assert account_of("ptr_1", "USD") == moved().account == "ptr_1#USD"
