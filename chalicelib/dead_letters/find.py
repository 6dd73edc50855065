"""Finds dead letters: page by page, or one by its id."""

from typing import NamedTuple

from chalicelib.dead_letters.bucket import Gone, get_bucket
from chalicelib.dead_letters.dead_letter import Content, DeadLetter, Unreadable
from chalicelib.kit.errors import NotFound
from chalicelib.kit.walk import Deadline

# Each dead letter is read whole, and may be long: a page ends after this time.
_MOST_SECONDS = 5.0
_MOST_COUNTED = 1000


class DeadLetterNotFound(NotFound):
    """There is no such dead letter: it was redriven or never existed."""


class Opened(NamedTuple):
    """A dead letter with its content, or with the reason why that cannot be read."""

    dead_letter: DeadLetter
    content: Content | None
    unreadable: str | None = None


def list_page(*, limit: int, after: str | None) -> tuple[list[Opened], str | None]:
    """Return dead letters by reaction and then by time, in the order of keys; and the next page's position."""
    deadline = Deadline(_MOST_SECONDS)
    dead_letters, more = get_bucket().list_page(after=after or "", limit=limit)
    opened: list[Opened] = []
    for place, dead_letter in enumerate(dead_letters):
        if deadline.passed and place:
            return opened, dead_letters[place - 1].key
        try:
            opened.append(open_dead_letter(dead_letter))
        except Gone:
            continue
    return opened, dead_letters[-1].key if more else None


def find(identifier: str) -> DeadLetter:
    """Return the dead letter with that id."""
    dead_letter = next((one for one in get_bucket() if one.id == identifier), None)
    if dead_letter is None:
        raise DeadLetterNotFound(f"There is no dead letter {identifier!r}: it was redriven or never existed.")
    return dead_letter


def count() -> int:
    """Return how many dead letters there are, by one call: no more than a thousand are counted."""
    return len(get_bucket().list_page(after="", limit=_MOST_COUNTED)[0])


def open_dead_letter(dead_letter: DeadLetter) -> Opened:
    """Return a dead letter with its content, if that is readable. Raises Gone if it no longer exists."""
    try:
        return Opened(dead_letter, get_bucket().open(dead_letter))
    except Unreadable as reason:
        return Opened(dead_letter, None, str(reason))
