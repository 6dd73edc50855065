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
