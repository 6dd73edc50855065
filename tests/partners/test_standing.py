"""How a partner stood at a moment."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.partners.standing import (
    LATEST,
    PartnerStanding,
    find_superseded,
    reaches_back_to,
    resolve_standing,
)

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@dataclass
class DatedChange:
    number: int
    what: str
    to: str | None
    effective_from: datetime
    program_id: str | None = None
    reason: str | None = None


CHANGES = [
    DatedChange(5, "tier", "later", NOON + timedelta(days=99), "prg_1"),
    DatedChange(3, "tier", None, NOON + timedelta(days=9), "prg_1"),
    DatedChange(1, "tier", "gold", NOON, "prg_1"),
    DatedChange(2, "category", "influencer", NOON + timedelta(days=1)),
    DatedChange(4, "tier", "silver", NOON, "prg_2"),
]


@pytest.mark.parametrize(
    ("at", "category", "tier"),
    [
        (NOON - timedelta(milliseconds=1), "client", None),
        (NOON, "client", "gold"),
        (NOON + timedelta(days=1), "influencer", "gold"),
        (NOON + timedelta(days=9), "influencer", None),
    ],
)
def test_the_last_change_in_effect_counts(at, category, tier):
    assert resolve_standing(at, CHANGES, category="client", program_id="prg_1") == PartnerStanding(category, tier)


def test_a_change_to_come_hides_none_that_has_come():
    changes = [
        DatedChange(1, "tier", "a", NOON + timedelta(days=1), "prg_1"),
        DatedChange(2, "tier", "b", NOON, "prg_1"),
    ]

    assert resolve_standing(NOON, changes, category="client", program_id="prg_1").tier == "b"


def test_of_two_changes_at_one_moment_the_later_one_counts():
    twice = [DatedChange(2, "tier", "b", NOON, "prg_1"), DatedChange(1, "tier", "a", NOON, "prg_1")]

    assert resolve_standing(NOON, twice, category="client", program_id="prg_1").tier == "b"


def test_a_suspension_has_its_reason_and_ends_without_one():
    changes = [
        DatedChange(1, "state", "suspended", NOON, reason="spam"),
        DatedChange(2, "state", None, NOON + timedelta(days=1)),
        DatedChange(3, "tier", "gold", NOON, "prg_1"),
    ]

    then, later = (
        resolve_standing(at, changes, category="client", program_id="prg_1") for at in (NOON, NOON + timedelta(days=1))
    )
    assert then == PartnerStanding("client", "gold", "suspended", "spam")
    assert later == PartnerStanding("client", "gold", None, None)


def history_of(number):
    """Return so many changes of tier, one an hour, the first at noon."""
    return [
        DatedChange(one, "tier", f"to {one}", NOON + timedelta(hours=one - 1), "prg_1") for one in range(1, number + 1)
    ]


def test_what_is_read_no_longer_are_the_changes_before_the_latest_but_two_of_each_kind():
    assert find_superseded(history_of(LATEST + 2)) == []
    assert [one.number for one in find_superseded(history_of(LATEST + 4)[::-1])] == [1, 2]
    others = [DatedChange(n, "tier", "x", NOON, f"prg_{n}") for n in range(1, 4)]
    latest = [DatedChange(n, "category", "x", NOON) for n in range(4, LATEST + 4)]
    assert find_superseded([*others, *latest]) == []


def test_a_history_with_a_gap_reaches_back_to_the_first_change_behind_it():
    whole = history_of(5)
    gap = [whole[0], *whole[2:]]

    assert reaches_back_to(NOON - timedelta(days=9), [])
    assert reaches_back_to(NOON - timedelta(days=9), whole)
    assert reaches_back_to(whole[2].effective_from, gap)
    assert not reaches_back_to(whole[2].effective_from - timedelta(seconds=1), gap)


KINDS = [("category", None), ("tier", "prg_1"), ("tier", "prg_2")]
HISTORIES = st.lists(st.sampled_from(KINDS), max_size=80).map(
    lambda kinds: [
        DatedChange(number, what, f"to {number}", NOON + timedelta(hours=number), program_id)
        for number, (what, program_id) in enumerate(kinds, start=1)
    ]
)


def left_of(history):
    """Return what is read with a partner to whom all of that happened, one change after the other."""
    left = []
    for change in history:
        left.append(change)
        for one in find_superseded(left):
            left.remove(one)
    return left


@given(HISTORIES, st.integers(-1, 82))
def test_what_is_read_with_a_partner_tells_how_they_stood_wherever_it_says_that_it_reaches(history, hours):
    at, left = NOON + timedelta(hours=hours), left_of(history)

    if reaches_back_to(at, left):
        for program_id in ("prg_1", "prg_2"):
            then = resolve_standing(at, left, category="client", program_id=program_id)
            assert then == resolve_standing(at, history, category="client", program_id=program_id)


@given(HISTORIES)
def test_the_latest_changes_are_read_with_a_partner_and_the_last_two_of_each_kind_however_many_there_were(history):
    left = left_of(history)

    assert len(left) <= LATEST + 2 * len(KINDS)
    assert left[-LATEST:] == history[-LATEST:]
    for kind in KINDS:
        own, still = ([one for one in some if (one.what, one.program_id) == kind][-2:] for some in (history, left))
        assert still[-2:] == own
    assert reaches_back_to(NOON + timedelta(hours=len(history)), left)
