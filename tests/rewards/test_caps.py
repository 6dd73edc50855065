"""Caps: what is left of them, while one after the other takes."""

from datetime import UTC, datetime
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.programs.terms import Cap
from chalicelib.rewards.caps import Rooms, Use, uses_of

EARNING = SimpleNamespace(
    id="cnv_1",
    program_id="prg_1",
    customer_id="cus_1",
    partner_id="ptr_1",
    received_at=datetime(2026, 3, 31, 22, 30, tzinfo=UTC),
)


def use(name="a", limit=100):
    return Use(name, (name, "cap"), limit, refills=False)


@given(st.lists(st.integers(0, 50), max_size=20), st.integers(1, 300), st.integers(1, 300))
def test_no_cap_is_ever_exceeded_and_nobody_is_cut_while_there_is_room(wanted, one, other):
    rooms, uses = Rooms({}, {}), [use("a", one), use("b", other)]
    given_in_all = 0
    for amount in wanted:
        got, cutting = rooms.take(uses, amount)
        assert got == min(amount, min(one, other) - given_in_all)
        assert (cutting is None) == (got == amount)
        given_in_all += got

    assert given_in_all == min(sum(wanted), one, other)
    assert all(taken == given_in_all for taken in rooms.taken.values())


def test_the_cap_that_leaves_least_is_the_one_that_cuts():
    rooms = Rooms({("a", "cap"): 70, ("b", "cap"): 80}, {})

    assert rooms.take([use("a"), use("b")], 50) == (20, use("b"))
    assert rooms.short == {("b", "cap")}


def test_a_cap_over_its_limit_gives_nothing_and_takes_nothing_back():
    assert Rooms({("a", "cap"): 105}, {}).take([use("a")], 10) == (0, use("a"))


def test_each_conversion_is_held_to_the_limit_it_was_promised():
    rooms = Rooms({}, {})
    old, new = use("a", 100), use("a", 30)

    assert rooms.take([old], 60) == (60, None)
    assert rooms.take([new], 10) == (0, new)
    assert rooms.take([old], 50) == (40, old)


def test_what_was_taken_holds_only_up_to_a_bound():
    """Another function may use the cap meanwhile: the write holds as long as everything taken is still there."""
    rooms = Rooms({("a", "cap"): 10}, {})
    rooms.take([use("a", 100)], 20)
    rooms.take([use("a", 60)], 20)

    assert rooms.bounds == {("a", "cap"): 20}


def test_of_a_budget_only_what_is_leased_can_be_taken():
    lease = Use("program_ever", ("b", "lease#p"), 1000, refills=False, budget=True)
    rooms = Rooms({("b", "lease#p"): 5}, {("b", "lease#p"): 25})

    assert rooms.take([lease], 15) == (15, None)
    assert rooms.take([lease], 15) == (5, lease)
    assert Rooms({}, {}).take([lease], 999) == (999, None)


def test_each_kind_of_cap_counts_where_it_says_in_the_zones_own_period():
    caps = [
        Cap("conversion", 1),
        Cap("customer", 2, "year"),
        Cap("partner", 3, "month", freed_by_refunds=True),
        Cap("program", 4, "day"),
    ]

    found = uses_of(caps, EARNING, zone="Europe/Vienna")

    assert [(one.key, one.kept, one.budget, one.refills) for one in found] == [
        (("conversion", "cnv_1"), False, False, False),
        (("cap#prg_1#customer_year#cus_1#2026", "cap"), True, False, False),
        (("cap#prg_1#partner_month#ptr_1#2026-04", "cap"), True, False, True),
        (("budget#prg_1#program_day#2026-04-01", "lease#ptr_1"), True, True, False),
    ]
    assert [(one.id, one.limit) for one in found] == [
        ("conversion_ever", 1),
        ("customer_year", 2),
        ("partner_month", 3),
        ("program_day", 4),
    ]
