"""
Values for examples. A shape's own information comes first: a default, a choice, a form with an example.

For a plain "text" or "integer", the example is chosen by the field's name here; other names get a
plain value.
"""

import ast
import copy
import functools
import re
from pathlib import Path
from typing import Any

from infra.reference.forms import FORMS_AS_WRITTEN
from infra.reference.samples_by_shape import SPECIAL

_SOURCE = Path(__file__).parents[2] / "chalicelib"
_CHARACTERS = "01KB4Z8V3HMXQ2T7N5R9C6J0FD"
# The one id that is not made of a prefix and a time: it is signed.
_CLICK_ID = f"clk_2_{_CHARACTERS}h1f0e00_tea-with-ada_Zm9vYmFyYmF6cXV4cXV1eA"
_MOMENT, _DAY = "2026-11-28T12:00:00Z", "2026-11-28"
# By the name of the field, or by how it ends.
_VALUES: dict[str, Any] = {
    "actor": f"key_{_CHARACTERS}",
    "all": 120,
    "amendment": "correction-1001",
    "amount": 1999,
    "answer": "thank you",
    "arithmetic": "ceil(1999 * 1500 / 10000)",
    "attempts": 1,
    "browser": "Safari",
    "by": "click",
    "category": "partner",
    "changed": ["rules"],
    "channel": "newsletter",
    "code": "tea-with-ada",
    "company": "Harbor Tea House",
    "condition": "minimum_amount",
    "country": "AT",
    "currency": "USD",
    "cursor": "eJyrVkrLTC0qVrKKrlbKTFGyMtRRykvMTVWyUspMUaoFAJlmCRw.Zm9vYmFyYmF6",
    "cut_by": "partner_month",
    "date": _DAY,
    "day": _DAY,
    "destination": "https://shop.example/welcome",
    "detail": "1999 of at least 1000",
    "device": "mobile",
    "discount": 0,
    "contact_email": "hello@shop.example",
    "email": "ada@mail.example",
    "email_subject": "Tea for you",
    "error": "WebhookRefusedCall",
    "external_id": "order-1001",
    "from": _DAY,
    "function": "rewards_to_stats",
    "guests": [f"cus_{_CHARACTERS}"],
    "hash": "9f2c4e0b7a61d35c8f1e2d3b4a5968778695a4b3c2d1e0f9182736455463728a",
    "host": "shop.example",
    "phone": "+43 1 234567",
    "role": "Buyer",
    "html": "<p>Hello Ada,</p>",
    "into": "ext_user-1",
    "language": "en",
    "height": 120,
    "image": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==",
    "last_four": "mple",
    "level": "basic",
    "locale": "en",
    "margin_bp": 4000,
    "merged_into": f"cus_{_CHARACTERS}",
    "message": "Have some tea: {{link}}",
    "minor_units": 1999,
    "month": "2026-11",
    "imprint_url": "https://shop.example/imprint",
    "name": "Ada",
    "net": 1999,
    "note": "agreed by telephone",
    "on": "sale",
    "origin": "https://shop.example",
    "other_ids": ["cart-7"],
    "owner": f"ptr_{_CHARACTERS}",
    "pointer": "/amount/currency",
    "postal_address": "Tea Shop Ltd\n1 Leaf Lane\nLondon",
    "privacy_url": "https://shop.example/privacy",
    "previous": "1b7a61d35c8f1e2d3b4a5968778695a4b3c2d1e0f9182736455463728a9f2c4e",
    "product": "tea-club",
    "rate": "0.0417",
    "rate_bp": 1500,
    "reason": "browser",
    "reference": "coupon-1001",
    "instructions": "Enter it at the checkout.",
    "referrer_host": "blog.example",
    "refund": "refund-1001",
    "request_id": "req-2026-11-28-1",
    "row": "entry 00000007",
    "rule": "sale_referrer",
    "same_email": f"ptr_{_CHARACTERS}",
    "scope": "stats:read",
    "secret": "rk_01KB4Z8V3HMXQ2T7N5R9C6J0FD_7vJ0sQ2mXw4kR8tY1uB5nC9dE3fG6hL-aP0zW2iO4xM",
    "seq": 7,
    "shipping": 0,
    "sms": "Tea: {{link}}",
    "status": 422,
    "subject": "Welcome, {{name}}",
    "tax": 319,
    "text": "Hello {{name}},",
    "tier": "gold",
    "timezone": "UTC",
    "title": "Unprocessable content",
    "to": _DAY,
    "total": 1999,
    "touch": "tea-with-ada",
    "tries": 11,
    "type": "sale",
    "unreadable": "the object is not one that Lambda wrote",
    "until": _DAY,
    "url": "https://shop.example/welcome",
    "version": 1,
    "year": 2026,
    "what": "its hash is not what follows from the rest of it",
    "whatsapp": "Tea: {{link}}",
    "why": "The only eligible touch of 1 reported: a click of 2026-11-28T12:00:00.000Z.",
    "width": 400,
    "words": "Be kind.",
}
_MAPPINGS: dict[str, Any] = {
    "balance": {"held": 0, "due": 1999, "frozen": 0, "paid": 0},
    "breakdown": {"tax": 319},
    "by_rule": {"sale_referrer": 300},
    "checked": {"decisions": 12},
    "closing": {"held": 0, "due": 1999, "frozen": 0, "paid": 0},
    "held_by_day": {_DAY: 1999},
    "metadata": {"campaign": "spring"},
    "opening": {"held": 0, "due": 0, "frozen": 0, "paid": 0},
    "look": {"color": "#1b6845"},
    "leaderboard": {"shows": "names", "by": "sales"},
    "sharing": {"friend_page": True, "show_earned": True, "buttons": ["whatsapp", "email"]},
    "share_texts": {"en": {"message": "Have some tea: {{link}}"}},
}
# Optional fields that examples include: most callers send them.
ALSO = {"amount", "code", "email", "external_id", "rate_bp", "programs", "products"}


def value(name: str, schema: dict[str, Any], *, of: str = "") -> Any:
    """Return a value for a field of a shape whose name begins with *of*, if that has no fields of its own."""
    for candidate in _candidates(name, schema, of):
        if _fits(candidate, schema):
            return candidate
    return {"integer": schema.get("minimum", 1), "number": 1.0, "boolean": True}.get(schema.get("type", ""), "...")


def mapping(name: str, *, of: str = "") -> dict[str, Any]:
    """Return a value for a field that holds names and values of any kind."""
    return copy.deepcopy(SPECIAL.get(f"{of}.{name}", _MAPPINGS.get(name, {})))


def identifier(name: str) -> str | None:
    """Return an id of the kind of a name, such as `lnk_...` for a link; None if it has no kind."""
    word = name.replace("_", "").replace("-", "").lower()
    if word in ("click", "clickid"):
        return _CLICK_ID
    prefixes = [(end, prefix) for prefix in _prefixes() if (end := _ends(prefix, word))]
    return f"{max(prefixes)[1]}_{_CHARACTERS}" if prefixes else None


def _candidates(name: str, schema: dict[str, Any], of: str) -> list[Any]:
    pattern = schema.get("pattern", "")
    formed = re.search(r"`([^`]+)`$", FORMS_AS_WRITTEN[pattern].words) if pattern in FORMS_AS_WRITTEN else None
    at = [_MOMENT, _DAY] if schema.get("format") == "date-time" else []
    last = name.rpartition("_")[2]
    return [
        *([SPECIAL[f"{of}.{name}"]] if f"{of}.{name}" in SPECIAL else []),
        *schema.get("examples", []),
        *schema.get("enum", [])[:1],
        *at,
        *([of.lower()] if name == "object" else []),
        *([_VALUES[name], str(_VALUES[name]).lower()] if name in _VALUES else []),
        *([identifier(of) or _CHARACTERS] if name == "id" else [identifier(name)]),
        *([formed[1]] if formed else []),
        *([_MOMENT] if last == "at" else []),
        *([_VALUES[last]] if last in _VALUES else []),
    ]


def _fits(candidate: Any, schema: dict[str, Any]) -> bool:
    """Return whether a value fits a schema, as far as this function checks."""
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
        source = file.read_text(encoding="utf-8")
        if "ids." not in source and "new_id(" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute | ast.Name)
                and ast.unparse(node.func) in ("ids.new", "ids.new_id", "ids.derived", "new_id")
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
