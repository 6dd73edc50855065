"""Decides what conversions earn, and what is reported of them later; enters it in the ledger, once, both or neither."""

from collections.abc import Iterable
from datetime import datetime

from chalicelib.conversions.credit_late import credit_late
from chalicelib.conversions.table import Change, Conversion, ConversionRow, Correction
from chalicelib.rewards.decide_changes import decide_change, undecided_before
from chalicelib.rewards.decide_conversions import decide_conversions


def decide(facts: Iterable[ConversionRow], *, at: datetime) -> None:
    """
    Decide every conversion, and every change of one, that is not decided yet.

    A change that comes before its sale, or before what it follows, decides that first. A conversion that binds a
    customer credits what the customer did before, and that is decided too.

    Idempotent: safe to run late, twice or concurrently.
    """
    facts = list(facts)
    conversions = [row for row in facts if isinstance(row, Conversion)]
    credits_ = credit_late(conversions, [row for row in facts if isinstance(row, Correction)], at=at)
    decide_conversions([*conversions, *credits_], at=at)
    # One at a time: two refunds of one sale in one transaction would be one cause with two effects.
    for row in facts:
        if isinstance(row, Change):
            for change in [*undecided_before(row), row]:
                decide_change(change, at=at)
