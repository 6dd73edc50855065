"""Writes the page that stops emails: a button, and what was done."""

from chalice.app import Response

from chalicelib.emails.unsubscribe import Unsubscription
from chalicelib.pages import shell
from chalicelib.pages.words import words

_WORDS = {"tips": "tips", "friends": "friends", "rewards": "rewards_earned", "summaries": "summaries"}


def show(stop: Unsubscription, *, stopped: bool | None) -> Response:
    """Answer with the page: what is asked (*stopped* is None), that it was done, or that it was undone."""
    said = words(stop.language)
    what, keep = said["stop_what_invited"], said["stop_keep_invited"]
    if not stop.recipient_id.startswith("inv_"):
        names = [_WORDS[topic] for topic in stop.topics] if stop.recipient_id.startswith("ptr_") else ["welcome"]
        what, keep = said["stop_what"].format(topics=", ".join(said[name] for name in names)), said["stop_keep"]
    return shell.respond(shell.written("stop.html", t=said, stopped=stopped, what=what, keep=keep))
