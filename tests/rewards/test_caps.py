"""Caps: what is left of them, while one after the other takes."""

import doctest
from datetime import UTC, datetime
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.programs.terms import Cap
from chalicelib.rewards import caps
from chalicelib.rewards.caps import AppliedCap, Consumed, Headroom, apply_caps, of_side

EARNING = SimpleNamespace(
    id="cnv_1",
    program_id="prg_1",
    customer_id="cus_1",
    partner_id="ptr_1",
    received_at=datetime(2026, 3, 31, 22, 30, tzinfo=UTC),
)


def cap(name="a", limit=100):
    return AppliedCap(name, (name, "cap"), limit, restores_on_refund=False)


def test_the_worked_example_holds():
    ran = doctest.testmod(caps)

    assert ran.attempted > 0
    assert ran.failed == 0


@given(st.lists(st.integers(0, 50), max_size=20), st.integers(1, 300), st.integers(1, 300))
def test_no_cap_is_ever_exceeded_and_no_reward_is_cut_while_there_is_headroom(amounts, one, other):
    headroom, applied = Headroom({}, {}), [cap("a", one), cap("b", other)]
    in_all = 0
    for amount in amounts:
        consumed = headroom.consume(applied, amount)
        assert consumed.amount == min(amount, min(one, other) - in_all)
        assert (consumed.cut_by is None) == (consumed.amount == amount)
        in_all += consumed.amount

    assert in_all == min(sum(amounts), one, other)
    assert [(one.cap, one.amount) for one in headroom.consumptions()] == [(one, in_all) for one in applied if in_all]


def test_the_cap_that_leaves_least_is_the_one_that_cuts():
    headroom = Headroom({("a", "cap"): 70, ("b", "cap"): 80}, {})

    assert headroom.consume([cap("a"), cap("b")], 50) == Consumed(20, cut_by=cap("b"))
    assert [one.cap.id for one in headroom.consumptions() if one.exhausted] == ["b"]


def test_a_cap_over_its_limit_leaves_nothing_and_takes_nothing_back():
    assert Headroom({("a", "cap"): 105}, {}).consume([cap("a")], 10) == Consumed(0, cut_by=cap("a"))


def test_each_conversion_is_held_to_the_limit_it_was_promised():
    headroom = Headroom({}, {})
    old, new = cap("a", 100), cap("a", 30)

    assert headroom.consume([old], 60) == Consumed(60)
    assert headroom.consume([new], 10) == Consumed(0, cut_by=new)
    assert headroom.consume([old], 50) == Consumed(40, cut_by=old)


def test_what_was_consumed_holds_only_up_to_a_bound():
    """Another function may consume the cap meanwhile: the write holds as long as all of it is still left."""
    headroom = Headroom({("a", "cap"): 10}, {})
    headroom.consume([cap("a", 100)], 20)
    headroom.consume([cap("a", 60)], 20)

    assert [(one.cap.key, one.most_used_before) for one in headroom.consumptions()] == [(("a", "cap"), 20)]


def test_a_cap_that_cut_a_reward_stays_exhausted_even_if_a_higher_limit_consumes_more():
    headroom = Headroom({}, {})
    headroom.consume([cap("a", 30)], 40)
    headroom.consume([cap("a", 100)], 20)

    assert [(one.amount, one.exhausted) for one in headroom.consumptions()] == [(50, True)]


def test_the_usage_of_a_cap_for_one_conversion_is_not_stored():
    headroom = Headroom({}, {})
    headroom.consume(
        [AppliedCap("conversion_ever", ("conversion", "1"), 10, restores_on_refund=False, stored=False)], 7
    )

    assert headroom.consumptions() == []


def test_of_a_budget_only_what_is_leased_can_be_consumed():
    lease = AppliedCap("program_ever", ("b", "lease#p"), 1000, restores_on_refund=False, budget=True)
    headroom = Headroom({("b", "lease#p"): 5}, {("b", "lease#p"): 25})

    assert headroom.consume([lease], 15) == Consumed(15)
    assert headroom.consume([lease], 15) == Consumed(5, cut_by=lease)
    assert Headroom({}, {}).consume([lease], 999) == Consumed(999)


def test_each_kind_of_cap_counts_where_it_says_in_the_zones_own_period():
    terms = [
        Cap("conversion", 1, freed_by_refunds=True),
        Cap("customer", 2, "year"),
        Cap("partner", 3, "month", freed_by_refunds=True),
        Cap("program", 4, "day"),
    ]

    applied = apply_caps(terms, EARNING, zone="Europe/Vienna")

    assert [(one.key, one.stored, one.budget, one.restores_on_refund) for one in applied] == [
        (("conversion", "cnv_1"), False, False, True),
        (("cap#prg_1#customer_year#cus_1#2026", "cap"), True, False, False),
        (("cap#prg_1#partner_month#ptr_1#2026-04", "cap"), True, False, True),
        (("budget#prg_1#program_day#2026-04-01", "lease#ptr_1"), True, True, False),
    ]
    assert [(one.id, one.limit) for one in applied] == [
        ("conversion_ever", 1),
        ("customer_year", 2),
        ("partner_month", 3),
        ("program_day", 4),
    ]


def test_a_cap_of_one_side_counts_apart_and_limits_that_side_only():
    terms = [Cap("conversion", 1, to="referee"), Cap("conversion", 2), Cap("partner", 3)]

    friends, both, partners = apply_caps(terms, EARNING, zone="UTC")

    assert [one.key for one in (friends, both)] == [("conversion", "cnv_1#referee"), ("conversion", "cnv_1")]
    assert [set(one.sides) for one in (friends, both, partners)] == [{"referee"}, {"referrer", "referee"}, {"referrer"}]
    assert of_side([friends, both, partners], "referee") == [friends, both]
    assert of_side([friends, both, partners], "referrer") == [both, partners]


def test_a_conversion_that_is_decided_again_may_have_what_it_had_even_of_a_cap_beyond_its_limit():
    headroom = Headroom({("a", "cap"): 130, ("b", "cap"): 60}, {})

    headroom.release([cap("a"), cap("b")], 40)

    assert headroom.consume([cap("a")], 50) == Consumed(40, cut_by=cap("a"))
    assert headroom.consume([cap("b")], 90) == Consumed(80, cut_by=cap("b"))


def test_a_lease_of_a_budget_limits_no_other_cap():
    key = ("a", "cap")
    assert Headroom({}, {key: 5}).consume([cap("a", 100)], 50) == Consumed(50)


def test_of_two_limits_the_write_holds_up_to_the_lower_bound():
    headroom = Headroom({}, {})
    headroom.consume([cap("a", 50)], 20)
    headroom.consume([cap("a", 100)], 20)

    assert [one.most_used_before for one in headroom.consumptions()] == [30]
