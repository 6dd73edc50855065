"""Finds decisions."""

from chalicelib.kit import rows
from chalicelib.rewards.table import DECISION, Decision


def decision_of(identifier: str) -> Decision | None:
    """Return what was decided about a conversion or a refund, if it is decided yet."""
    return rows.find(Decision, identifier, DECISION)
