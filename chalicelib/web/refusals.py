"""
Messages about refusals for people, in their language: the field, by its label in the form, and its fault.

A refusal has a text for its code (`refused_code_taken`), for its field if a form has a sentence for that
(`bad_payout_email`), or for its fault (`fault_missing`). Without any of these, English uses the refusal's own
message, and other languages a sentence for its status, or a general one. When to come again is text everywhere.
"""

from collections.abc import Collection

from chalicelib.access.rate_limit import TooManyRequests
from chalicelib.kit.errors import Refused
from chalicelib.kit.faults import Fault
from chalicelib.language import FALLBACK
from chalicelib.language.formats import listed
from chalicelib.language.texts import Texts

# Further sentences are left out: people start with the first anyway.
_MOST_SENTENCES = 5
_GENERAL = {403: "refused_not_yours", 404: "refused_not_there", 409: "refused_changed", 410: "refused_over"}


def explain(refusal: Refused, t: Texts, *, fields: Collection[str] = ()) -> str:
    """Return all that is wrong; *fields* are those that the form has a sentence of its own for."""
    sentences = [_explained(one, t, fields) for one in (refusal, *refusal.others)]
    return " ".join(dict.fromkeys(sentences[:_MOST_SENTENCES]))


def _explained(refusal: Refused, t: Texts, fields: Collection[str]) -> str:
    if f"refused_{refusal.code}" in t:
        return t[f"refused_{refusal.code}"]
    if isinstance(refusal, TooManyRequests):
        return t("later_hint", number=-(-refusal.seconds // 60))
    pointer = refusal.pointer or ""
    field = pointer.rpartition("/")[2]
    if field in fields:
        return t[f"bad_{field}"]
    if refusal.fault is not None:
        wrong = _wrong(refusal.fault, t)
    elif t.language == FALLBACK:
        wrong = refusal.detail.replace("`", "").removesuffix(".")
        wrong = _continued(wrong) if pointer.strip("/") else wrong
    else:
        return t[_GENERAL.get(refusal.STATUS_CODE, "bad")]
    place = _place(pointer, t)
    return f"{_begun(place)}: {wrong}." if place else f"{_begun(wrong)}."


def _wrong(fault: Fault, t: Texts) -> str:
    values = fault.values
    if fault.code in ("least", "most"):
        key, of_value = f"fault_{fault.code}_{values['of']}", values["of"] == "value"
        return t(key, value=values["number"]) if of_value else t(key, number=values["number"])
    if fault.code == "type":
        expected = listed([_named("type", name, t) for name in values["expected"]], t.locale, "or")
        return t("fault_type", expected=expected, got=_named("type", values["got"], t))
    if fault.code == "choice":
        return t("fault_choice", got=values["got"], choices=listed(values["choices"], t.locale, "or"))
    if fault.code == "form":
        return t("fault_form", form=t[f"form_{values['form']}"])
    return t(f"fault_{fault.code}", **{name: str(value) for name, value in values.items()})


def _place(pointer: str, t: Texts) -> str:
    """Return `line 3, email address` for /3/email, and `rule 2, rate_bp` for /rules/1/rate_bp."""
    parts = pointer.strip("/").split("/") if pointer.strip("/") else []
    # Only a form's own fields have names of their own; deeper ones have the names in the JSON.
    of_a_form = len(parts) == 1 or (len(parts) == 2 and parts[0].isdigit())
    places: list[str] = []
    for part in parts:
        if not part.isdigit():
            places.append(_named("field", part, t) if of_a_form else part)
        elif places:
            places[-1] = _entry(places[-1], int(part) + 1, t)
        else:
            places.append(t("place_line", line=part))
    return ", ".join(places)


def _named(kind: str, name: str, t: Texts) -> str:
    key = f"{kind}_{name}"
    if key in t:
        return t[key]
    return name


def _entry(name: str, number: int, t: Texts) -> str:
    return t(f"place_{name}", index=str(number)) if f"place_{name}" in t else f"{name} {number}"


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _continued(text: str) -> str:
    """Return a text as it continues after a colon; a code stays in capitals."""
    first = text.partition(" ")[0]
    return text if first.isupper() and len(first) > 1 else text[:1].lower() + text[1:]
