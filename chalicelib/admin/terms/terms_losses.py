"""
What gets worse by new terms, in sentences for the person who publishes them.

Pure: no I/O, no clock.
"""

from chalicelib.admin.codes import name_of, name_of_rule
from chalicelib.admin.english import LOCALE, money
from chalicelib.language.formats import listed, words_of
from chalicelib.language.texts import texts
from chalicelib.programs import sentences
from chalicelib.programs.terms import Agreement
from chalicelib.programs.worse_terms import Loss, losses

_SIDES = {"referrer": "Partners", "referee": "Friends", None: "Partners and friends"}


def losses_in_words(before: Agreement, after: Agreement, currency: str) -> list[tuple[str, str]]:
    """Return everything that may be less, later or harder to get: for whom, and what."""
    return [(_SIDES[loss.side], _in_words(loss, before, after, currency)) for loss in losses(before, after)]


def _in_words(loss: Loss, before: Agreement, after: Agreement, currency: str) -> str:
    match loss.what:
        case "window_days":
            return f"A click counts for {_days(after.window_days)}, not {before.window_days}."
        case "touch":
            return f"The {after.touch} partner is credited, not the {before.touch}."
        case "base_without":
            more = [part for part in after.base_without if part not in before.base_without]
            return f"Of an amount, {listed(more, LOCALE)} will earn nothing."
        case "minimum_payout" | "minimum_payout_referee":
            return _minimum(getattr(before, loss.what), getattr(after, loss.what), currency)
        case "introductions":
            return "The terms will no longer say whose introduction of a person counts."
        case "cap":
            [cap] = [one for one in after.caps if one.id == loss.id]
            return f"The cap “{words_of(cap.id)}” of {money(cap.amount, currency)} is new or tighter."
        case "tier":
            stays = any(tier.name == loss.id for tier in after.tiers)
            return f"The tier {name_of(loss.id)} {'is harder to reach' if stays else 'ends'}."
        case "rule":
            return _rule(loss, before, after)
        case _:
            return f"“{name_of_rule(loss.id)}” may apply in place of a reward that gives more."


def _rule(loss: Loss, before: Agreement, after: Agreement) -> str:
    name = name_of_rule(loss.id)
    [was] = [rule for rule in before.rules if rule.id == loss.id]
    now = next((rule for rule in after.rules if rule.id == loss.id), None)
    if now is None:
        return f"“{name}” ({sentences.what(was, texts(LOCALE))}) ends."
    old, new = (sentences.what(one, texts(LOCALE)) for one in (was, now))
    if old != new:
        return f"“{name}” gives {new}, not {old}."
    return f"“{name}” ({new}) is given later, or on harder conditions."


def _minimum(before: int | None, after: int | None, currency: str) -> str:
    return f"Paid out from {money(after or 0, currency)} on, not {money(before or 0, currency)}."


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"
