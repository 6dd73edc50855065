"""
Merges one person's second record into the first, from a page that says what will happen.

The field `into` names the record that stays. It is typed on the page of the one that does not, and shown again there.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from chalice.app import Response

from chalicelib.admin.page import AdminPage, AdminVisit, go_on, respond
from chalicelib.admin.session import respond_again
from chalicelib.kit.errors import Refused


class Merging(NamedTuple):
    """
    How records of a kind are merged.

    *ask* makes the page that says what will happen; *do* merges, and returns the page of the record that stays; *done*
    says so. *form* makes the page with what was typed, and *about* makes a refusal one of its field.
    """

    ask: Callable[[str, str], AdminPage]
    do: Callable[[str, str], str]
    done: str
    form: Callable[[str, str], AdminPage]
    about: Callable[[Refused, str], Refused]


def question(name: str, section: str, page_of: str, *, happens: Sequence[str], into: str) -> AdminPage:
    """Return the page that says what merging does, with the button that does it."""
    return AdminPage("merge", section, f"Merge {name}", {"happens": happens, "page_of": page_of, "into": into})


def ask(visit: AdminVisit, identifier: str, merging: Merging) -> Response:
    """Say what merging a record into the one that was typed does; or why it cannot be."""
    into = visit.query.get("into", "").strip()
    try:
        page = merging.ask(identifier, into)
    except Refused as refusal:
        page = merging.form(identifier, into)
        return respond(visit, page, refusal=merging.about(refusal, into), invalid=["into"])
    return respond(visit, page)


def do(visit: AdminVisit, identifier: str, merging: Merging) -> Response:
    """Merge a record into another one. Sent twice, it is done once."""
    into = visit.form.get("into", "")
    try:
        path = merging.do(identifier, into)
    except Refused as refusal:
        return respond_again(visit, merging.form(identifier, into), merging.about(refusal, into))
    return go_on(visit, path, merging.done)
