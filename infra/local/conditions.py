"""Simple conditions, tried on row after row: looked up, where MiniStack reads each of them anew."""

import re
from collections.abc import Callable
from typing import Any

# `attribute_not_exists(a)`, `a = :b`, `a IN (:b, :c)`, `a = :b AND c = :d`, or that with `c BETWEEN :d AND :e` or
# `begins_with(c, :d)`: most conditions are one of these.
_SIMPLE = re.compile(
    r"attribute_not_exists ?\((?P<absent>#?\w+)\)|(?P<name>#?\w+) (?:= (?P<one>:\w+)|IN \((?P<some>:\w+(?:, :\w+)*)\))"
    r"|(?P<opened>\()?(?P<key>#?\w+) = (?P<equal>:\w+) AND (?:(?P<range>#?\w+) (?:= |BETWEEN (?P<low>:\w+) AND )"
    r"(?P<high>:\w+)|begins_with ?\((?P<begun>#?\w+), (?P<prefix>:\w+)\))(?(opened)\))"
)
_MOST_REMEMBERED = 4096


def comparing(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    """Have a simple condition on texts looked up, once MiniStack has read and taken it; others it reads each time."""
    simple: dict[tuple[str, str], re.Match[str] | None] = {}

    def compared(expression: str, item: Any, values: Any, names: Any, slot: str = "ConditionExpression") -> Any:
        form = simple.get((expression, slot))
        answer = _looked_up(form, item, values, names) if form is not None else None
        if answer is not None:
            return answer
        answer = evaluate(expression, item, values, names, slot)
        if len(simple) < _MOST_REMEMBERED:
            simple.setdefault((expression, slot), _SIMPLE.fullmatch(expression or ""))
        return answer

    return compared


def _looked_up(form: re.Match[str], item: Any, values: Any, names: Any) -> bool | None:
    """Say if a simple condition holds; None if it compares anything that is not text, or not there."""
    absent, name, one, some, _, key, equal, ranged, low, high, begun, prefix = form.groups()
    if absent is not None:
        return names.get(absent, absent) not in item
    if key is None:
        value = _text(item.get(names.get(name, name)))
        allowed = [_text(values.get(reference)) for reference in ([one] if one else some.split(", "))]
        return None if value is None or None in allowed else value in allowed
    has, equals = _text(item.get(names.get(key, key))), _text(values.get(equal))
    sort = begun or ranged
    place, last = _text(item.get(names.get(sort, sort))), _text(values.get(prefix or high))
    first = _text(values.get(low)) if low is not None else last
    if has is None or equals is None or place is None or not last or first is None or first > last:
        return None
    return has == equals and (place.startswith(last) if prefix else first <= place <= last)


def _text(value: Any) -> str | None:
    """Return what a value says that is text; None of any other."""
    return value["S"] if isinstance(value, dict) and value.keys() == {"S"} and isinstance(value["S"], str) else None
