"""
Why money moved, in a sentence made from an entry's code and numbers, in a reader's language.

Pure: no I/O, no clock.
"""

from datetime import date

from chalicelib.language.formats import day, money, percent, words_of
from chalicelib.language.texts import Texts
from chalicelib.ledger.entries import Reason
from chalicelib.programs.sentences import name_of_rule

# The amounts that a sentence about a change of a sale names.
_CHANGES = {"refund": ("refunded", "total"), "restore": ("restored", "total"), "amendment": ("before", "total")}


def why(reason: Reason | str, currency: str, t: Texts) -> str:
    """Return why an entry was made; one of before there were codes has a text, which is returned as it is."""
    if isinstance(reason, str):
        return reason
    sentence = _sentence(reason, currency, t)
    if reason.cut_by is not None:
        uncut = money(reason.uncut or 0, currency, t.locale)
        sentence = t("entry_cut", why=sentence, cap=words_of(reason.cut_by), uncut=uncut)
    if reason.until is not None and reason.code != "hold_over":
        sentence = t("entry_held", why=sentence, day=day(date.fromisoformat(reason.until), t.locale))
    if reason.review is not None:
        sentence = t(f"entry_review_{reason.review}", why=sentence)
    return sentence


def _sentence(reason: Reason, currency: str, t: Texts) -> str:
    def spell(amount: int | None) -> str:
        return money(amount or 0, currency, t.locale)

    match reason.code:
        case "flat":
            sentence = t("entry_flat", rule=name_of_rule(reason.rule or "", t), amount=spell(reason.flat))
        case "rate":
            rate, rule = percent(reason.rate_bp or 0, t.locale), name_of_rule(reason.rule or "", t)
            sentence = t("entry_rate", rule=rule, rate=rate, amount=spell(reason.base))
        case "refund" | "restore" | "amendment":
            amounts = {name: spell(getattr(reason, name)) for name in _CHANGES[reason.code]}
            return t(f"entry_{reason.code}", **amounts)
        case "hold_over":
            return t("entry_hold_over", day=day(date.fromisoformat(reason.until or ""), t.locale))
        case "bonus" | "deduction":
            return t(f"entry_{reason.code}", why=t[f"adjusted_for_{reason.adjusted_for}"])
        case "all_due" | "admin" | "credit_moved" | "voided":
            return t[f"entry_{reason.code}"]
    if reason.remaining is None:
        return sentence
    return t("entry_left", why=sentence, remaining=spell(reason.remaining), total=spell(reason.total))
