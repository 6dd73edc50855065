"""The page of a program's funnel, and its file."""

from chalice.app import Response

from chalicelib.admin.page import SHELL, AdminVisit, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import funnel_pages
from chalicelib.admin.session import signed_in
from chalicelib.kit.errors import Refused
from chalicelib.web import shell
from chalicelib.web.fields import fields_at_fault


@signed_in
@needs("stats:read", "program")
def show_funnel(visit: AdminVisit, id: str) -> Response:
    """Show a funnel, or save its steps as CSV; or say what is wrong with its fields."""
    try:
        if visit.query.get("format") == "csv":
            saved = funnel_pages.save(id, visit.query, at=visit.at)
            return shell.save_as(SHELL, saved.text, saved.name)
        return respond(visit, funnel_pages.page(id, visit.query, at=visit.at))
    except Refused as refusal:
        page = funnel_pages.refused(id, visit.query)
        return respond(visit, page, refusal=refusal, invalid=fields_at_fault(refusal, funnel_pages.FIELDS))
