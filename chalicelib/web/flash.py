"""
Flash messages: what a form did, said on the page it leads to.

A form is answered by a redirect, so that reading that page anew repeats nothing. The message is in the address, signed
for its reader and its page: nobody else puts words on our pages.
"""

from chalicelib.kit import cursors
from chalicelib.kit.cursors import CursorMismatch


def add_flash(path: str, message: str, *, reader: str) -> str:
    """Return the path of a page that says *message* to its reader."""
    return f"{path}?done={cursors.write({'message': message}, of=_page(path, reader))}"


def read_flash(path: str, query: dict[str, str], *, reader: str) -> str:
    """Return what the page of that path is to say to its reader: nothing, if it was not written for them."""
    try:
        position = cursors.read(query.get("done"), of=_page(path, reader))
    except CursorMismatch:
        return ""
    return str(position["message"]) if position else ""


def _page(path: str, reader: str) -> str:
    return f"flash message on {path} for {reader}"
