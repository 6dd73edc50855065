"""Conditions, understood once: MiniStack reads each of them anew, for row after row."""

import re
from collections.abc import Callable, Mapping
from typing import Any

Values = Mapping[str, Any]
# Of an item, the values and the names that an expression refers to.
Holds = Callable[[Mapping[str, Any], Values, Values], bool]

_TOKEN = re.compile(r"\s*([#:]?\w+|<=|>=|=|<|>|[(),])")
_SIGNS = {"=", "<", "<=", ">", ">="}
_MOST_REMEMBERED = 4096


class _Unsure(Exception):
    """Only MiniStack knows what becomes of this."""


def comparing(evaluate: Callable[..., Any], compare: Callable[[Any, str, Any], bool]) -> Callable[..., Any]:
    """Have a condition read once, when MiniStack has read and taken it; *compare* is how it compares two values."""
    understood: dict[tuple[str, str], Holds | None] = {}

    def compared(expression: str, item: Any, values: Any, names: Any, slot: str = "ConditionExpression") -> Any:
        holds = understood.get((expression, slot))
        if holds is not None:
            try:
                return holds(item, values, names)
            except (_Unsure, ValueError):
                # Perhaps it is refused; how, MiniStack says.
                pass
        answer = evaluate(expression, item, values, names, slot)
        if len(understood) < _MOST_REMEMBERED and (expression, slot) not in understood:
            understood[expression, slot] = _Reader(expression or "", compare).condition()
        return answer

    return compared


class _Reader:
    """Reads an expression that was accepted, from its first part on. All that is joined is tried: any may refuse."""

    def __init__(self, expression: str, compare: Callable[[Any, str, Any], bool]) -> None:
        self._tokens = _TOKEN.findall(expression)
        self._is_known = _TOKEN.sub("", expression).strip() == ""
        self._compare = compare

    def condition(self) -> Holds | None:
        """Return what says whether the condition holds; None if it has anything that is not known here."""
        if not (self._is_known and self._tokens):
            return None
        try:
            holds = self._any()
        except _Unsure:
            return None
        return holds if not self._tokens else None

    def _next(self, *expected: str) -> str:
        if not self._tokens or (expected and self._tokens[0] not in expected):
            raise _Unsure
        return str(self._tokens.pop(0))

    def _is(self, token: str) -> bool:
        return bool(self._tokens) and self._tokens[0] == token

    def _any(self) -> Holds:
        return self._joined("OR", self._every, any)

    def _every(self) -> Holds:
        return self._joined("AND", self._one, all)

    def _joined(self, word: str, read: Callable[[], Holds], join: Callable[[list[bool]], bool]) -> Holds:
        parts = [read()]
        while self._is(word):
            self._next()
            parts.append(read())
        return parts[0] if len(parts) == 1 else lambda *of: join([part(*of) for part in parts])

    def _one(self) -> Holds:
        first = self._next()
        if first == "(":
            within = self._any()
            self._next(")")
            return within
        if first in ("attribute_exists", "attribute_not_exists"):
            self._next("(")
            name = self._name()
            self._next(")")
            return lambda item, _values, names: (names.get(name, name) in item) == (first == "attribute_exists")
        if first == "begins_with":
            return self._prefix()
        if not _is_name(first):
            raise _Unsure
        return self._comparison(first)

    def _prefix(self) -> Holds:
        self._next("(")
        name = self._name()
        self._next(",")
        reference = self._reference()
        self._next(")")

        def begins(item: Mapping[str, Any], values: Values, names: Values) -> bool:
            text, prefix = text_of(item.get(names.get(name, name))), text_of(values.get(reference))
            if text is None or prefix is None:
                raise _Unsure
            return text.startswith(prefix)

        return begins

    def _comparison(self, name: str) -> Holds:
        sign, compare = self._next("IN", "BETWEEN", *_SIGNS), self._compare
        if sign == "IN":
            self._next("(")
            references = [self._reference()]
            while self._next(",", ")") == ",":
                references.append(self._reference())
            return lambda item, values, names: any(
                _equal(item.get(names.get(name, name)), values.get(one), compare) for one in references
            )
        if sign == "BETWEEN":
            low = self._reference()
            self._next("AND")
            return _between(name, low, self._reference())
        reference = self._reference()
        if sign == "=":
            return lambda item, values, names: _equal(item.get(names.get(name, name)), values.get(reference), compare)
        return lambda item, values, names: compare(item.get(names.get(name, name)), sign, values.get(reference))

    def _name(self) -> str:
        name = self._next()
        if not _is_name(name):
            raise _Unsure
        return name

    def _reference(self) -> str:
        reference = self._next()
        if not reference.startswith(":"):
            raise _Unsure
        return reference


def _is_name(token: str) -> bool:
    return token.lstrip("#").isidentifier() or (token.startswith("#") and token[1:].isalnum())


def _equal(one: Any, other: Any, compare: Callable[[Any, str, Any], bool]) -> bool:
    text = text_of(other)
    return one == other if text is not None and text_of(one) is not None else compare(one, "=", other)


def _between(name: str, low: str, high: str) -> Holds:
    def between(item: Mapping[str, Any], values: Values, names: Values) -> bool:
        text, first, last = (
            text_of(item.get(names.get(name, name))),
            text_of(values.get(low)),
            text_of(values.get(high)),
        )
        if text is None or first is None or last is None or first > last:
            raise _Unsure
        return first <= text <= last

    return between


def text_of(value: Any) -> str | None:
    """Return a value that is text; None for any other."""
    text = value.get("S") if isinstance(value, dict) and len(value) == 1 else None
    return text if isinstance(text, str) else None
