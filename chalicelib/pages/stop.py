"""Writes the page that stops letters: a button, and what was done."""

from chalice.app import Response

from chalicelib.messages.unsubscribe import Stop
from chalicelib.pages import shell
from chalicelib.pages.words import words

_WORDS = {"tips": "tips", "friends": "friends", "rewards": "rewards_earned", "summaries": "summaries"}


def show(stop: Stop, *, stopped: bool | None) -> Response:
    """Answer with the page: what is asked (*stopped* is None), that it was done, or that it was undone."""
    said = words(stop.language)
    names = [_WORDS[topic] for topic in stop.topics] if stop.recipient_id.startswith("ptr_") else ["welcome"]
    topics = ", ".join(said[name] for name in names)
    return shell.respond(shell.written("stop.html", t=said, stopped=stopped, topics=topics))
