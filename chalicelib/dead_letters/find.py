"""Finds dead letters: page by page, or one by its id."""

from typing import NamedTuple

from chalicelib.dead_letters.bucket import Gone, own
from chalicelib.dead_letters.dead_letter import Content, DeadLetter, Unreadable
from chalicelib.kit.errors import NotFound
from chalicelib.kit.walk import Deadline

# Each dead letter is read whole, and may be long: a page that took this long is a short one.
_MOST_SECONDS = 5.0
_MOST_COUNTED = 1000


class DeadLetterNotFound(NotFound):
    """There is no such dead letter: it was put away, or never was."""


class Opened(NamedTuple):
    """A dead letter and what it says; or, instead, why that cannot be read."""

    dead_letter: DeadLetter
    content: Content | None
    unreadable: str | None = None


def page(*, limit: int, after: str | None) -> tuple[list[Opened], str | None]:
    """Return dead letters in the order of their keys, by reaction and then by time; and the key the next page goes on after."""
    deadline = Deadline(_MOST_SECONDS)
    found, more = own().some(after=after or "", limit=limit)
    opened: list[Opened] = []
    for place, dead_letter in enumerate(found):
        if deadline.passed and place:
            return opened, found[place - 1].key
        try:
            opened.append(open_(dead_letter))
        except Gone:
            continue
    return opened, found[-1].key if more else None


def find(identifier: str) -> DeadLetter:
    """Return the dead letter with that id."""
    found = next((dead_letter for dead_letter in own() if dead_letter.id == identifier), None)
    if found is None:
        raise DeadLetterNotFound(f"There is no dead letter {identifier!r}; one that was dealt with is put away.")
    return found


def count() -> int:
    """Return how many dead letters there are, by one call: no more than a thousand are counted."""
    return len(own().some(after="", limit=_MOST_COUNTED)[0])


def open_(dead_letter: DeadLetter) -> Opened:
    """Return a dead letter with what it says, if that can be read. Raises Gone if it is not there any more."""
    try:
        return Opened(dead_letter, own().open(dead_letter))
    except Unreadable as reason:
        return Opened(dead_letter, None, str(reason))
