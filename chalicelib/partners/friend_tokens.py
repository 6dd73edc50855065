"""
The answer to "Who sent you?" as a website passes it on: a signed touch.

It contains a keyed digest of the name that was typed, what was answered, and, if one partner was found, a keyed digest
of who: so it reveals nothing to who typed the name, binds nobody else later, and all of them have the same form.
"""

import re
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.kit import ids, signing
from chalicelib.partners.friend_name_shapes import Answer

# A conversion may be reported with it for so long, and no longer than the window of the terms.
GOOD_FOR = timedelta(days=30)
MOST_CHARACTERS = 130
_USE, _HOLDER = "friend name", "friend name holder"
_MARKS: dict[Answer, str] = {"found": "f", "which": "w", "nobody": "n"}
_ANSWERS = {mark: answer for answer, mark in _MARKS.items()}
_FORM = re.compile(r"frd_([0-9A-Z]{26})([fwn])_([0-9a-f]{32})_([A-Za-z0-9_-]{22,23})\.([A-Za-z0-9_-]{22})")


class FriendToken(NamedTuple):
    """The content of a token: when the name was typed, what was answered, the name's digest, and who was found."""

    sort: str
    answer: Answer
    digest: str
    holder: str

    @property
    def at(self) -> datetime:
        return ids.time_of(self.sort)

    def is_of(self, partner_id: str) -> bool:
        """Return whether a partner is the one who was found."""
        return self.answer == "found" and signing.verifies(_HOLDER, f"{self.sort}{partner_id}", self.holder)


def write(program_id: str, answer: Answer, digest: str, partner_id: str, *, at: datetime) -> str:
    """Return the token of an answer, as long as any other of this program in an answer that says so."""
    sort = ids.ulid(at)
    holder = signing.sign(_HOLDER, f"{sort}{partner_id}" if partner_id else secrets.token_hex())
    # The longest word has the shortest token: how large an answer is says nothing.
    holder += secrets.choice("abcdefgh") * (len("nobody") - len(answer))
    content = f"{sort}{_MARKS[answer]}_{digest}_{holder}"
    return f"frd_{content}.{signing.sign(_USE, program_id + content)}"


def stored(text: str) -> FriendToken | None:
    """Return the content of a token that was stored with what it was reported with: it was read before that."""
    parts = _FORM.fullmatch(text)
    if parts is None:
        return None
    sort, mark, digest, holder, _ = parts.groups()
    return FriendToken(sort, _ANSWERS[mark], digest, holder[:22])


def read(text: str, program_id: str) -> FriendToken | None:
    """Return the content of a program's token, or None for anything that we did not sign for it."""
    parts = _FORM.fullmatch(text)
    if parts is None:
        return None
    sort, mark, digest, holder, signature = parts.groups()
    content = f"{sort}{mark}_{digest}_{holder}"
    return stored(text) if signing.verifies(_USE, program_id + content, signature) else None
