"""Values of DynamoDB that are plain: what is stored of them is as it was sent, and MiniStack has nothing to refuse."""

import functools
from collections.abc import Iterable
from typing import Any

from infra.local import ministack

Value = dict[str, Any]

# Sums of longer numbers may be refused.
_LONGEST_TERM = 30


def are_plain(values: Iterable[Any], *, within: bool = False) -> bool:
    """Return whether values are texts, sets of them, truths, and numbers as stored; or lists and maps of these."""
    for value in values:
        if not isinstance(value, dict) or len(value) != 1:
            return False
        if isinstance(value.get("S"), str):
            continue
        [(kind, content)] = value.items()
        if kind == "N":
            passes = isinstance(content, str) and _is_canonical(content)
        elif kind == "BOOL":
            passes = isinstance(content, bool)
        elif kind == "SS":
            passes = isinstance(content, list) and all(isinstance(one, str) for one in content)
            passes = passes and 0 < len(set(content)) == len(content)
        elif kind in ("L", "M") and not within:
            passes = isinstance(content, list if kind == "L" else dict)
            passes = passes and are_plain(content if kind == "L" else content.values(), within=True)
        else:
            passes = False
        if not passes:
            return False
    return True


def added(value: Value | None, more: Value) -> Value | None:
    """Return what a value is with what is added: both short whole numbers, or sets of texts; None for others."""
    if "SS" in more and (value is None or "SS" in value):
        return {"SS": sorted({*(value or {}).get("SS", ()), *more["SS"]})}
    terms = [_term(more), _term(value or {"N": "0"})]
    return None if None in terms else {"N": str(sum(map(int, terms)))}  # type: ignore[arg-type]


def _term(value: Value) -> str | None:
    """Return a short whole number; None for any other value."""
    text = value.get("N")
    is_short = isinstance(text, str) and len(text) <= _LONGEST_TERM and text.removeprefix("-").isdecimal()
    return text if is_short else None


@functools.lru_cache(16384)
def _is_canonical(number: str) -> bool:
    """Return whether a number is written as it is stored."""
    module = ministack.dynamodb()
    return module._number_error(number) is None and module._ddb_canonicalize_number(number) == number
