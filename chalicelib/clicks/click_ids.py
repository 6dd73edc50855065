"""
Click ids: signed and sufficient.

A click id names its link, its time and its class, so a click whose row could not be stored is attributed
all the same, and nobody can forge one or turn a bot's into a person's. At most 160 characters:
`clk_<time and chance><class><key id>.<code>.<signature>`.
"""

import re
from datetime import datetime
from typing import NamedTuple

from chalicelib.kit import ids, signing

_USE = "click"
_MARKS = {"human": "h", "bot": "b", "preview": "v", "prefetch": "p", "head": "d"}
_KINDS = {mark: kind for kind, mark in _MARKS.items()}
_FORM = re.compile(r"clk_([0-9A-Z]{26})([hbvpd])([0-9a-f]{4})\.([a-z0-9-]{3,50})\.([A-Za-z0-9_-]{22})")
MOST_CHARACTERS = 160


class ClickId(NamedTuple):
    """The content of a click id: which link, when, and which class."""

    sort: str
    kind: str
    code_key: str
    at: datetime


def write(code_key: str, kind: str, sort: str) -> str:
    """Return the signed id of a click: *sort* is its time-sorted part, under which it is stored."""
    key_id = signing.current_key_id()
    content = f"{sort}{_MARKS[kind]}{key_id}.{code_key}"
    return f"clk_{content}.{signing.sign(_USE, content, named=key_id)}"


def read(text: str) -> ClickId | None:
    """Return the content of a click id, or None for anything we did not sign."""
    parts = _FORM.fullmatch(text) if len(text) <= MOST_CHARACTERS else None
    if parts is None:
        return None
    sort, mark, key_id, code_key, signature = parts.groups()
    if not signing.verifies(_USE, f"{sort}{mark}{key_id}.{code_key}", signature, named=key_id):
        return None
    return ClickId(sort, _KINDS[mark], code_key, ids.time_of(sort))
