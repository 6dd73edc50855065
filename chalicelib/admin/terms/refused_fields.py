"""Why the fields of a form were refused: a sentence for each, and all of them in one."""

from collections.abc import Callable, Mapping

from chalicelib.admin.english import LOCALE
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.language.texts import texts
from chalicelib.web.refusals import explain

_MOST_NAMED = 5


def reasons_of(refusal: Refused, field_at: Callable[[str | None], str]) -> dict[str, str]:
    """Return the reasons by field; of several for a field, the first. Those of none are under an empty name."""
    reasons: dict[str, str] = {}
    for one in (refusal, *refusal.others):
        reason = explain(InvalidValue(one.detail, fault=one.fault), texts(LOCALE))
        reasons.setdefault(field_at(one.pointer), reason)
    return reasons


def in_one(reasons: Mapping[str, str], label_of: Callable[[str], str]) -> InvalidValue:
    """Return a refusal that names each field by its label, with the reason; of many fields, the first ones."""
    named = [
        f"{label_of(name)}: {reason[:1].lower()}{reason[1:]}" if name else reason for name, reason in reasons.items()
    ]
    more = f" And {len(named) - _MOST_NAMED} more." if len(named) > _MOST_NAMED else ""
    return InvalidValue(" ".join(named[:_MOST_NAMED]) + more)
