"""Writes the page that stops letters: a button, and what was done."""

import base64
import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from chalicelib.messages.unsubscribe import Stop
from chalicelib.pages.words import words

if TYPE_CHECKING:
    import jinja2

_TEMPLATES = Path(__file__).parent / "templates"
_WORDS = {"tips": "tips", "friends": "friends", "rewards": "rewards_earned", "summaries": "summaries"}


def page(stop: Stop, *, stopped: bool | None) -> str:
    """Return the page: what is asked (*stopped* is None), that it was done, or that it was undone."""
    said = words(stop.language)
    names = [_WORDS[topic] for topic in stop.topics] if stop.recipient_id.startswith("ptr_") else ["welcome"]
    topics = ", ".join(said[name] for name in names)
    return _template().render(t=said, style=Markup(_style()), stopped=stopped, topics=topics)


def security_policy() -> str:
    """Return the page's content security policy: its own style by its hash, its own form, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


@functools.cache
def _template() -> "jinja2.Template":
    # Every function imports this file, and only this page needs what comes with jinja2.
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("stop.html")


@functools.cache
def _style() -> str:
    return (_TEMPLATES / "share.css").read_text(encoding="utf-8")
