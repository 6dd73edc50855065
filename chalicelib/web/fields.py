"""The fields of a form that was refused: which are at fault, and how a page marks them."""

from collections.abc import Collection

from markupsafe import Markup

from chalicelib.kit.errors import Refused

# The element with the error message, on every page with a form.
NOTICE = "notice"


def fields_at_fault(refusal: Refused | None, fields: Collection[str], *, rest: str = "") -> set[str]:
    """
    Return the fields of a form that a refusal is about.

    *rest* is the field for anything that no other field names, such as the text of a document.
    """
    refusals = (refusal, *refusal.others) if refusal is not None else ()
    named = [(one.pointer or "").strip("/").partition("/")[0] for one in refusals]
    return {name if name in fields else rest for name in named} - {""}


def mark(at_fault: Collection[str], name: str, hint: str = "") -> Markup:
    """Return the attributes of a field that say whether it is at fault, and what describes it: its *hint*, too."""
    described_by = [one for one in (hint, NOTICE if name in at_fault else "") if one]
    attributes = [Markup(' aria-invalid="true"')] if name in at_fault else []
    if described_by:
        attributes.append(Markup(' aria-describedby="{}"').format(" ".join(described_by)))
    return Markup("").join(attributes)
