"""The personal content of a conversion, and what remains of it after an erasure."""

from collections.abc import Iterable
from typing import Any

import msgspec

from chalicelib.conversions.attribution import EvaluatedTouch
from chalicelib.conversions.table import Conversion
from chalicelib.kit.dynamo.writes import RowAction
from chalicelib.programs.table import TermsVersion


def without_person(conversion: Conversion, versions: Iterable[TermsVersion]) -> dict[str, Any]:
    """
    Return the attributes that replace a conversion's personal content.

    An order's own number remains, as in the website's books. The number of a sign-up, or of an event without an
    amount, is often the customer's: it is replaced by ours. Of the metadata, only exact values that a rule of the
    program's terms matches remain: the business's own words, which decide an amendment as they decided the sale.
    """
    in_terms = {
        (name, value)
        for terms in versions
        for rule in terms.rules
        for name, accepted in rule.when.metadata.items()
        for value in accepted
    }
    return {
        "metadata": {name: value for name, value in conversion.metadata.items() if (name, value) in in_terms},
        "fingerprint": conversion.id,
        "external_id": conversion.external_id if conversion.priced else conversion.id,
        "was_by_page": conversion.by_page or None,
        "considered": [_without_words(touch, conversion) for touch in conversion.considered],
    }


def _without_words(touch: EvaluatedTouch, conversion: Conversion) -> EvaluatedTouch:
    """Return a touch without typed or pasted text, which may contain anything; our own ids are not personal."""
    if touch.by != "code" and touch.partner_id:
        return touch
    return msgspec.structs.replace(touch, token=conversion.code_key or "" if touch.won else "")


def leave_out_person(conversion: Conversion, versions: Iterable[TermsVersion]) -> None:
    """Take out of a conversion that is not stored yet what it says of its customer."""
    for name, value in without_person(conversion, versions).items():
        setattr(conversion, name, value)


def erase_person(conversion: Conversion, versions: Iterable[TermsVersion]) -> list[RowAction]:
    """Return what is done to a stored conversion, so that it says nothing of its customer; nothing, if it does not."""
    replaced = without_person(conversion, versions)
    changed = {name: new for name, new in replaced.items() if getattr(conversion, name) != new}
    return [getattr(type(conversion), name).set(new) for name, new in changed.items()]
