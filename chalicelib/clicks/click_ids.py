"""
Click ids: signed and sufficient.

A click id names its link, its time, its class and its shard. So a click whose row could not be stored is still
attributed, a stored one is found by one read, and no one can forge one or turn a bot's into a person's.

At most 160 characters, of those that payment providers pass on in a reference of one's own (`[A-Za-z0-9_-]`):
`clk_2_<time and chance><class><key id><shard>_<code>_<signature>`. No code has an underscore. Version 1 named no shard,
and had dots in place of the last two underscores; it is read with either.
"""

import re
from datetime import datetime
from typing import NamedTuple

from chalicelib.kit import config, ids, signing

_USE = "click"
_MARKS = {"human": "h", "bot": "b", "preview": "v", "prefetch": "p", "head": "d"}
_KINDS = {mark: kind for kind, mark in _MARKS.items()}
_CLICK = r"([0-9A-Z]{26})([hbvpd])([0-9a-f]{4})"
_LINK = r"([a-z0-9-]{3,50})"
_SIGNATURE = r"([A-Za-z0-9_-]{22})"
_FORM = re.compile(rf"clk_2_{_CLICK}([0-9]{{2}})_{_LINK}_{_SIGNATURE}")
_VERSION_1 = re.compile(rf"clk_{_CLICK}()[._]{_LINK}[._]{_SIGNATURE}")
MOST_CHARACTERS = 160


class ClickId(NamedTuple):
    """The content of a click id: which link, when, which class, and in which shard it is stored (None in version 1)."""

    sort: str
    kind: str
    code_key: str
    at: datetime
    shard: int | None


def write(code_key: str, kind: str, sort: str, *, shard: int) -> str:
    """Return the signed id of a click: *sort* is its time-sorted part, under which it is stored."""
    secret = config.click_secrets()[0]
    content = f"2_{sort}{_MARKS[kind]}{signing.key_id(secret)}{shard:02}_{code_key}"
    return f"clk_{content}_{signing.sign_by(secret, _USE, content)}"


def stored(text: str) -> ClickId | None:
    """Return the content of a click id that was stored with what it was reported with: it was read before that."""
    parts = _FORM.fullmatch(text) or _VERSION_1.fullmatch(text)
    if parts is None:
        return None
    sort, mark, _, shard, code_key, _ = parts.groups()
    return ClickId(sort, _KINDS[mark], code_key, ids.time_of(sort), int(shard) if shard else None)


def read(text: str) -> ClickId | None:
    """Return the content of a click id, or None for anything we did not sign."""
    if len(text) > MOST_CHARACTERS:
        return None
    parts = _FORM.fullmatch(text) or _VERSION_1.fullmatch(text)
    if parts is None:
        return None
    sort, mark, key_id, shard, code_key, signature = parts.groups()
    content = f"2_{sort}{mark}{key_id}{shard}_{code_key}" if shard else f"{sort}{mark}{key_id}.{code_key}"
    # What was signed before clicks had a secret of their own holds while the signing secret is in use.
    secrets = (*config.click_secrets(), *config.signing_secrets())
    named = [secret for secret in secrets if signing.key_id(secret) == key_id]
    if not signing.verifies_by(named, _USE, content, signature):
        return None
    return ClickId(sort, _KINDS[mark], code_key, ids.time_of(sort), int(shard) if shard else None)
