"""How a partner stood at a moment."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.partners.standing import PartnerStanding, resolve_standing

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
