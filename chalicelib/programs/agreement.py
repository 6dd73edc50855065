"""
What somebody agrees to: a version of the terms, and a hash that proves what it said.

Pure: no I/O, no clock.
"""

from datetime import datetime
from typing import Protocol

from chalicelib.kit import instants
from chalicelib.kit.digests import digest
from chalicelib.programs.terms import Cap, Part, Rule, Tier


class Version(Protocol):
    """A version of the terms, as stored."""

    version: int
    effective_from: datetime
    window_days: int
    touch: str
    hold_days: int
    base_without: list[Part]
    rules: list[Rule]
    caps: list[Cap]
    tiers: list[Tier]
    minimum_payout: int
    words: str | None


def fingerprint(terms: Version) -> str:
    """
    Return the SHA-256 of all that a version says, as hexadecimal digits.

    What is empty does not count, so that a field added to terms later changes no hash of what was
    agreed to before.
    """
    said = {
        "version": terms.version,
        "effective_from": instants.text(terms.effective_from),
        "window_days": terms.window_days,
        "touch": terms.touch,
        "hold_days": terms.hold_days,
        "base_without": terms.base_without,
        "rules": terms.rules,
        "caps": terms.caps,
        "tiers": terms.tiers,
        "minimum_payout": terms.minimum_payout,
        "words": terms.words,
    }
    return digest(said)
