"""
How what terms say is written in the fields of a form, and read again: numbers, money, lists, and texts.

What a field cannot carry as it is, such as spaces at the ends of a text, is written as a string of JSON.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chalicelib.admin.terms.terms_fields import Kind
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.money import EXPONENTS, MOST, decimal

_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_DECIMAL = re.compile(r"([0-9]{1,18})(?:[.,]([0-9]{1,6}))?", re.ASCII)
# Browsers and readers of lines take these for ends of lines, or for nothing.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PERCENT = "Write a percentage from 0.01 to 100, such as 12.5."
_WHOLE_RATE = 10_000


def write(kind: Kind, value: Any, currency: str) -> str:
    """Return the text of a field that holds a value, which is as JSON has it."""
    writer = _WRITERS.get(kind)
    if writer is not None:
        return writer(value)
    if kind == "money":
        return decimal(value["amount"] if isinstance(value, dict) else value, currency)
    return str(value)


def read(kind: Kind, text: str, currency: str) -> Any:
    """Return what the text of a field says, as JSON has it; what is no whole number stays as it is. Refuses others."""
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(text)
    if kind == "money":
        advice = f"Write an amount in {currency}, such as {decimal(1000, currency)}."
        return _minor(text, EXPONENTS[currency], advice)
    return text


def _write_percent(rate: int) -> str:
    return f"{rate // 100}.{rate % 100:02}".rstrip("0").rstrip(".")


def _read_percent(text: str) -> int:
    rate = _minor(text.removesuffix("%").rstrip(), 2, _PERCENT)
    if not 1 <= rate <= _WHOLE_RATE:
        raise InvalidValue(_PERCENT)
    return rate


def _write_words(text: str) -> str:
    """Return a text of several lines as it is wherever it would be read as it is on one."""
    as_it_is = text.strip() == text and _write_line(flat := text.replace("\n", " ")) == flat
    return text if as_it_is else _write_line(text)


def _write_line(text: str, *without: str) -> str:
    """Return a text as it stands on a line: as it is, or as a string of JSON if it would not be read as it is."""
    plain = not _CONTROL.search(text) and text.strip() == text and text[:1] not in ("", '"')
    if plain and not any(one in text for one in without):
        return text
    return json.dumps(text, ensure_ascii=_CONTROL.search(text) is not None)


def _read_line(text: str) -> str:
    """Return a text, or what it says as a string of JSON."""
    if text.startswith('"'):
        try:
            value = json.loads(text)
        except ValueError:
            return text
        if isinstance(value, str):
            return value
    return text


def _write_pairs(pairs: Mapping[str, list[str]]) -> str:
    lines = (f"{_write_line(name, ':')}: {_write_line(one)}" for name, values in pairs.items() for one in values)
    return "\n".join(lines)


def _read_pairs(text: str) -> dict[str, list[str]]:
    pairs: dict[str, list[str]] = {}
    for name, value in (_read_pair(line) for line in _lines(text)):
        pairs.setdefault(name, []).append(value)
    return pairs


def _read_pair(line: str) -> tuple[str, str]:
    """Return a name and a value as a line has them, with a colon between."""
    if line.startswith('"'):
        try:
            name, end = json.JSONDecoder().raw_decode(line)
        except ValueError:
            pass
        else:
            rest = line[end:].lstrip()
            if rest.startswith(":"):
                return name, _read_line(rest[1:].strip())
    name, _, value = line.partition(":")
    if not name.strip() or not value.strip():
        raise InvalidValue("Write a name, a colon and a value on each line, such as plan: pro.")
    return name.strip(), _read_line(value.strip())


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.split("\n") if line.strip())


def _minor(text: str, digits: int, advice: str) -> int:
    """Return a number, with a point or a comma before its decimals, in units of the last. Refuses what is none."""
    match = _DECIMAL.fullmatch(text)
    part = (match[2] or "").rstrip("0") if match else ""
    if match is None or len(part) > digits:
        raise InvalidValue(advice)
    value = int(match[1] + part.ljust(digits, "0"))
    if value > MOST:
        raise InvalidValue(advice)
    return value


_WRITERS: Mapping[Kind, Callable[[Any], str]] = {
    "percent": _write_percent,
    "tick": lambda value: "on" if value else "",
    "lines": lambda values: "\n".join(_write_line(one) for one in values),
    "pairs": _write_pairs,
    "labels": " ".join,
    "words": _write_words,
    "text": _write_line,
}
_READERS: Mapping[Kind, Callable[[str], Any]] = {
    "whole": lambda text: int(text) if _WHOLE.fullmatch(text) else text,
    "percent": _read_percent,
    "lines": lambda text: [_read_line(line) for line in _lines(text)],
    "pairs": _read_pairs,
    "labels": lambda text: text.replace(",", " ").split(),
    "words": _read_line,
    "text": _read_line,
}
