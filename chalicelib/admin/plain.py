"""
What the admin pages say about what was refused: where it is, as a form names it, and in whole words.

Pure: no I/O, no clock.
"""

import re
from collections.abc import Callable

_FIELDS = {
    "email": "email address",
    "name": "name",
    "locale": "language",
    "reason": "reason",
    "from": "from",
    "to": "until",
    "currency": "currency",
    "version": "version",
}
_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object in { }",
    "null": "nothing",
}
_FORMS: list[tuple[str, Callable[[re.Match[str]], str]]] = [
    (r"Expected `str` of length >= 1", lambda _: "something has to stand here"),
    (r"Expected `str` of length <= (\d+)", lambda found: f"at most {found[1]} characters fit here"),
    (r"Expected `\w+` of length (>=|<=) (\d+)", lambda found: f"{_bound(found[1])} {found[2]} entries belong here"),
    (r"Expected `\w+` (>=|<=) (-?\d+)", lambda found: f"{_bound(found[1])} {found[2]} is expected"),
    (r"Expected `(.+)`, got `(.+)`", lambda found: f"{_kinds(found[1])} is expected, not {_kinds(found[2])}"),
    (r"Object missing required field `.+`", lambda _: "it is missing"),
    (r"Object contains unknown field `.+`", lambda _: "there is no such field"),
    (r"Invalid enum value (.+)", lambda found: f"{found[1]} is none of the words that may stand here"),
]


def plain(detail: str, pointer: str | None) -> str:
    """Return what a refusal says for somebody who filled in a form, or wrote a file or terms: `Line 3, email address: …`."""
    where = _place(pointer or "")
    told = _told(detail)
    if not where:
        return told
    first = told.partition(" ")[0]
    # A code stays in capitals.
    told = told if first.isupper() and len(first) > 1 else f"{told[:1].lower()}{told[1:]}"
    return f"{where[:1].upper()}{where[1:]}: {told.removesuffix('.')}."


def _told(detail: str) -> str:
    for form, words in _FORMS:
        found = re.fullmatch(form, detail)
        if found:
            return words(found)
    detail = detail.replace("The body is not acceptable JSON", "This is not JSON")
    return detail.replace("`", "")


def _place(pointer: str) -> str:
    """Return `line 3, email address` for /3/email, and `rule 2, rate_bp` for /rules/1/rate_bp."""
    said: list[str] = []
    for part in pointer.strip("/").split("/"):
        if part.isdigit() and said:
            said[-1] = f"{said[-1].removesuffix('s')} {int(part) + 1}"
        elif part.isdigit():
            said.append(f"line {part}")
        elif part:
            said.append(_FIELDS.get(part, part))
    return ", ".join(said)


def _bound(sign: str) -> str:
    return "at least" if sign == ">=" else "at most"


def _kinds(types: str) -> str:
    return " or ".join(_TYPES.get(one, one) for one in types.split(" | "))
