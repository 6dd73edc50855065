"""
The form of what a session's cookie holds: `<holder>.<session>.<secret>`. The row is found by the first two.

Pure: no I/O, no clock.
"""

import re
from typing import NamedTuple

from chalicelib.access import keys

_FORM = re.compile(r"((?:ptr|key)_[0-9A-Z]{26})\.(ses_[0-9A-Z]{26})\.([A-Za-z0-9-]{43})")


class Token(NamedTuple):
    """Who says they are signed in, in which session, and the secret that proves it."""

    holder_id: str
    session_id: str
    secret: str

    @property
    def written(self) -> str:
        return ".".join(self)


def parse(text: str) -> Token | None:
    """Return the parts of a cookie's value, or None for what cannot be one."""
    parts = _FORM.fullmatch(text)
    return Token(*parts.groups()) if parts else None


# Both have 256 bits of chance, and are kept and compared alike.
hashed, matches = keys.hashed, keys.matches
