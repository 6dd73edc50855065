"""
Values for examples. What a shape says of its values comes first: a default, a choice, a form with an example.

Where it says no more than "text" or "integer", the field's name is asked for here; a name that is not
here has a value all the same, only a duller one.
"""

import ast
import functools
import re
from pathlib import Path
from typing import Any

from chalicelib.kit.shapes import FORMS

_SOURCE = Path(__file__).parents[2] / "chalicelib"
_CHARACTERS = "01KB4Z8V3HMXQ2T7N5R9C6J0FD"
# The one id that is not made of a prefix and a time: it is signed.
_CLICK_ID = f"clk_2_{_CHARACTERS}h1f0e00_tea-with-ada_Zm9vYmFyYmF6cXV4cXV1eA"
_MOMENT, _DAY = "2026-11-28T12:00:00Z", "2026-11-28"
# By the name of the field, or by how it ends.
_VALUES: dict[str, Any] = {
    "amount": 1999,
    "email": "ada@mail.example",
    "name": "Ada",
    "code": "tea-with-ada",
    "url": "https://shop.example/welcome",
    "destination": "https://shop.example/welcome",
    "version": 1,
    "type": "sale",
    "on": "sale",
    "rate_bp": 1500,
    "external_id": "order-1001",
    "note": "agreed by telephone",
    "locale": "en",
    "language": "en",
    "timezone": "UTC",
    "day": _DAY,
    "date": _DAY,
    "from": _DAY,
    "to": _DAY,
    "month": "2026-11",
    "currency": "USD",
    "secret": "...",
    "channel": "newsletter",
    "category": "partner",
    "tier": "gold",
    "level": "basic",
    "by": "click",
    "product": "tea-club",
    "host": "shop.example",
    "origin": "https://shop.example",
    "cursor": "eyJ...",
    "last_four": "mple",
    "scope": "stats:read",
    "rule": "sale.referrer.1",
    "words": "Be kind.",
    "hash": "9f2c...",
    "subject": "Welcome, {{name}}",
    "text": "Hello {{name}},",
}
# What may be left out, and is shown all the same: most callers give it.
ALSO = {"amount", "code", "email", "external_id", "rate_bp", "programs", "products"}


def value(name: str, schema: dict[str, Any], *, of: str = "") -> Any:
    """Return a value for a field of a shape whose name begins with *of*, if that has no fields of its own."""
    for candidate in _candidates(name, schema, of):
        if _fits(candidate, schema):
            return candidate
    return {"integer": schema.get("minimum", 1), "number": 1.0, "boolean": True}.get(schema.get("type", ""), "...")


def identifier(name: str) -> str | None:
    """Return an id of the kind that a name stands for, such as `lnk_...` for a link; None if that has none."""
    word = name.replace("_", "").replace("-", "").lower()
    if word in ("click", "clickid"):
        return _CLICK_ID
    prefixes = [(end, prefix) for prefix in _prefixes() if (end := _ends(prefix, word))]
    return f"{max(prefixes)[1]}_{_CHARACTERS}" if prefixes else None


def _candidates(name: str, schema: dict[str, Any], of: str) -> list[Any]:
    pattern = schema.get("pattern", "")
    formed = re.search(r"`([^`]+)`$", FORMS[pattern].words) if pattern in FORMS else None
    at = [_MOMENT, _DAY] if schema.get("format") == "date-time" else []
    last = name.rpartition("_")[2]
    return [
        *schema.get("examples", []),
        *schema.get("enum", [])[:1],
        *at,
        *([of.lower()] if name == "object" else []),
        *([identifier(of) or _CHARACTERS] if name == "id" else [identifier(name)]),
        *([_VALUES[name], str(_VALUES[name]).lower()] if name in _VALUES else []),
        *([formed[1]] if formed else []),
        *([_MOMENT] if last == "at" else []),
        *([_VALUES[last]] if last in _VALUES else []),
    ]


def _fits(candidate: Any, schema: dict[str, Any]) -> bool:
    """Say whether a value is what a schema asks for, as far as we look."""
    if candidate is None or ("enum" in schema and candidate not in schema["enum"]):
        return False
    if schema.get("type") == "string":
        long = schema.get("minLength", 0) <= len(str(candidate)) <= schema.get("maxLength", 10_000)
        return isinstance(candidate, str) and long and bool(re.search(schema.get("pattern", ""), candidate))
    if schema.get("type") == "integer":
        least, most = schema.get("minimum", candidate), schema.get("maximum", candidate)
        return isinstance(candidate, int) and not isinstance(candidate, bool) and least <= candidate <= most
    return "type" not in schema


@functools.cache
def _prefixes() -> list[str]:
    """Return what ids begin with, from where they are made."""
    made = set()
    for file in sorted(_SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) in ("ids.new", "ids.derived")
                and isinstance(node.args[0], ast.Constant)
                and isinstance(node.args[0].value, str)
            ):
                made.add(node.args[0].value)
    return sorted(made)


def _ends(prefix: str, word: str) -> int:
    """Return where a prefix ends that shortens a word: `lnk` is `link` without a letter. 0 if it does not."""
    if not word.startswith(prefix[:1]):
        return 0
    end = 0
    for letter in prefix:
        end = word.find(letter, end) + 1
        if not end:
            return 0
    return end
