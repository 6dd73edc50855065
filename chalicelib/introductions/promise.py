"""Reads by when the business promises its partner the next word: at most two weeks ahead."""

from datetime import datetime

from chalicelib.introductions.steps import SILENCE
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue


def read_promise(text: str | None, *, at: datetime) -> datetime | None:
    """Return the moment by which the next word is promised. Refuses one that has passed, or is too far ahead."""
    if text is None:
        return None
    moment = bodies.read_instant(text, pointer="/next_word_by")
    if not at < moment <= at + SILENCE:
        raise InvalidValue(f"The next word is due within {SILENCE.days} days.", pointer="/next_word_by")
    return moment
