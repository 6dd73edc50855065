"""
What the codes of the ledger and of explanations are called on the admin pages.

Pure: no I/O, no clock.
"""

import re

from chalicelib.kit.money import written
from chalicelib.ledger.entries import Kind
from chalicelib.pages.sentences import percent
from chalicelib.pages.words import words

KINDS: dict[Kind, str] = {
    "reward": "Reward",
    "reversal": "Reversed",
    "matured": "Now due",
    "hold": "Held",
    "release": "Released",
    "refusal": "Refused",
    "payout_prepared": "Put in a payout",
    "payout_paid": "Paid out",
    "payout_failed": "Payout failed",
    "payout_returned": "Payment returned",
}
_CONDITIONS = {
    "attributed": "Credited to a partner",
    "first_lead_of_customer": "The customer's first sign-up",
    "terms_have_a_rule": "The terms reward this",
    "a_rule_applies": "A rule applies",
    "amount_above_zero": "The amount is above zero",
    "sale_was_rewarded": "The sale was rewarded",
    "minimum_amount": "Amount",
    "number_from": "From which number",
    "number_to": "Up to which number",
    "months": "Within the months",
}

_SAID = words("en")


def condition(name: str) -> str:
    """Return what a condition asks."""
    if name.startswith("cap."):
        return f"Within the cap {name.removeprefix('cap.')}"
    return _CONDITIONS.get(name, name[:1].upper() + name[1:].replace("_", " "))


def because(reason: str | None, currency: str) -> str:
    """Return why an entry was made, as people say it: `lead: 200 flat` is `lead: 2.00 EUR each`."""
    said = re.sub(r"\b(\d+) flat$", lambda found: f"{written(int(found[1]), currency)} each", reason or "")
    return re.sub(
        r"\bceil\((\d+) \* (\d+) / 10000\)$",
        lambda found: f"{percent(int(found[2]), _SAID)} of {written(int(found[1]), currency)}",
        said,
    )
