"""
Flash messages: the result of a form, shown on the page it redirects to.

A form is answered by a redirect, so that reloading that page repeats nothing. A message may name people, and an
address is kept in histories and logs: so the message is in a cookie for some minutes, and the address has its
signature, for its reader and its page. No one else can show text on our pages.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from chalice.app import Request

from chalicelib.kit import cursors
from chalicelib.kit.cursors import CursorMismatch
from chalicelib.web import cookies

_LASTING = timedelta(minutes=5)


class Flash(NamedTuple):
    """Where a form redirects to, and the header of the cookie with the message to show there."""

    path: str
    cookie: str


def make_flash(path: str, message: str, *, reader: str) -> Flash:
    """Return how the page of that path says *message* to its reader; of about 2,500 bytes, as a cookie has 4,096."""
    text, _, signature = str(cursors.write({"message": message}, of=_page(path, reader))).partition(".")
    return Flash(
        f"{path}{'&' if '?' in path else '?'}done={signature}", cookies.keep(cookies.FLASH, text, lasting=_LASTING)
    )


def flash_text(request: Request) -> str:
    """Return the message that the browser keeps, as it was written."""
    return cookies.read(request, cookies.FLASH) or ""


def read_flash(path: str, query: Mapping[str, str], text: str, *, reader: str) -> str:
    """Return what the page of that path is to say to its reader: nothing, if it was not written for them."""
    try:
        position = cursors.read(f"{text}.{query['done']}" if "done" in query else None, of=_page(path, reader))
    except CursorMismatch:
        return ""
    return str(position["message"]) if position else ""


def _page(path: str, reader: str) -> str:
    return f"flash message on {path} for {reader}"
