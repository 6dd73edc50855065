"""A page that is computed from the fields of its address, the file of the same, and what is wrong with the fields."""

from collections.abc import Callable, Sequence

from chalice.app import Response

from chalicelib.admin.page import SHELL, AdminPage, AdminVisit, respond
from chalicelib.kit.errors import Refused
from chalicelib.kit.responses import Document
from chalicelib.web import shell
from chalicelib.web.fields import fields_at_fault


def show_computed(
    visit: AdminVisit,
    *,
    page: Callable[[], AdminPage],
    save: Callable[[], Document],
    refused: Callable[[], AdminPage],
    fields: Sequence[str],
) -> Response:
    """Show a page, or save what it shows as CSV; if a field is refused, show the *refused* page with the reason."""
    try:
        if visit.query.get("format") == "csv":
            saved = save()
            return shell.save_as(SHELL, saved.text, saved.name)
        return respond(visit, page())
    except Refused as refusal:
        return respond(visit, refused(), refusal=refusal, invalid=fields_at_fault(refusal, fields))
