"""How a partner stood at a moment."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.partners.standing import Standing, as_of

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@dataclass
class Change:
    number: int
    what: str
    to: str | None
    effective_from: datetime
    program_id: str | None = None


CHANGES = [
    Change(5, "tier", "later", NOON + timedelta(days=99), "prg_1"),
    Change(3, "tier", None, NOON + timedelta(days=9), "prg_1"),
    Change(1, "tier", "gold", NOON, "prg_1"),
    Change(2, "category", "influencer", NOON + timedelta(days=1)),
    Change(4, "tier", "silver", NOON, "prg_2"),
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
    assert as_of(at, CHANGES, category="client", program_id="prg_1") == Standing(category, tier)


def test_a_change_to_come_hides_none_that_has_come():
    changes = [Change(1, "tier", "a", NOON + timedelta(days=1), "prg_1"), Change(2, "tier", "b", NOON, "prg_1")]

    assert as_of(NOON, changes, category="client", program_id="prg_1").tier == "b"


def test_of_two_changes_at_one_moment_the_later_one_counts():
    twice = [Change(2, "tier", "b", NOON, "prg_1"), Change(1, "tier", "a", NOON, "prg_1")]

    assert as_of(NOON, twice, category="client", program_id="prg_1").tier == "b"
