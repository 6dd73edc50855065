"""Checks of MiniStack that most calls pass, passed at once where that is plain; all others are MiniStack's own."""

from collections.abc import Callable
from typing import Any

from infra.local.conditions import text_of

_MOST_REMEMBERED = 4096
# Shorter texts are a sound key.
_LONGEST_KEY = 256
_INDEX_KEYS = "keys of indexes"


def with_plain_keys(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """Have a key of two short texts resolved at once."""

    def resolved(table: dict[str, Any], key: Any, allow_extra: bool) -> Any:
        if not allow_extra and isinstance(key, dict) and len(key) == 2 and table["pk_name"] == "pk":
            pk, sk = _plain(key.get("pk")), _plain(key.get("sk"))
            if pk and sk:
                return pk, sk, None
        return resolve(table, key, allow_extra)

    return resolved


def with_texts_in_indexes(reason: Callable[..., Any]) -> Callable[..., Any]:
    """Have an item's keys of indexes, which are texts, looked at by their names alone."""

    def refused(table: dict[str, Any], item: dict[str, Any], *arguments: Any, **options: Any) -> Any:
        indexes, names = table.get(_INDEX_KEYS, (None, ()))
        if indexes is not table.get("GlobalSecondaryIndexes"):
            indexes = table.get("GlobalSecondaryIndexes")
            names = {key["AttributeName"] for index in indexes or () for key in index["KeySchema"]}
            table[_INDEX_KEYS] = (indexes, names)
        if any(one["AttributeType"] != "S" for one in table["AttributeDefinitions"]):
            return reason(table, item, *arguments, **options)
        for name in names:
            value = item.get(name)
            if value is not None and not (isinstance(value, dict) and len(value) == 1 and value.get("S")):
                return reason(table, item, *arguments, **options)
        return None

    return refused


def text_passes(check: Callable[..., Any], place: int) -> Callable[..., Any]:
    """Have a text pass a check of values, which has the value as its last argument, at a place; not one deep inside."""

    def checked(*arguments: Any) -> Any:
        value = arguments[-1]
        if (
            len(arguments) == place + 1
            and isinstance(value, dict)
            and len(value) == 1
            and isinstance(value.get("S"), str)
        ):
            return None
        return check(*arguments)

    return checked


def once_for_alike(check: Callable[..., Any]) -> Callable[..., Any]:
    """Have expressions and the names of what they refer to checked once: what they are does not depend on values."""
    passed: set[Any] = set()

    def checked(data: dict[str, Any], fields: tuple[str, ...], *wording: Any) -> Any:
        expressions = [data.get(field) for field in fields]
        names, values = data.get("ExpressionAttributeNames") or {}, data.get("ExpressionAttributeValues") or {}
        if not (isinstance(names, dict) and isinstance(values, dict)) or any(
            not isinstance(one, str | None) for one in expressions
        ):
            return check(data, fields, *wording)
        form = (fields, *expressions, *names, None, *values)
        if form in passed:
            return None
        answer = check(data, fields, *wording)
        if answer is None and len(passed) < _MOST_REMEMBERED:
            passed.add(form)
        return answer

    return checked


def _plain(value: Any) -> str | None:
    """Return a value that is a short text."""
    text = text_of(value)
    return text if text is not None and len(text) <= _LONGEST_KEY else None
