"""The page that reports on a program by any two dimensions, and its file."""

from chalice.app import Response

from chalicelib.admin.page import SHELL, AdminVisit, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import report_pages
from chalicelib.admin.session import signed_in
from chalicelib.kit.errors import Refused
from chalicelib.web import shell
from chalicelib.web.fields import fields_at_fault


@signed_in
@needs("stats:read", "program")
def show_report(visit: AdminVisit, id: str) -> Response:
    """Show a report, or save it as CSV; or say what is wrong with its fields."""
    try:
        if visit.query.get("format") == "csv":
            saved = report_pages.save(id, visit.query, at=visit.at)
            return shell.save_as(SHELL, saved.text, saved.name)
        return respond(visit, report_pages.page(id, visit.query, at=visit.at))
    except Refused as refusal:
        page = report_pages.refused(id, visit.query)
        return respond(visit, page, refusal=refusal, invalid=fields_at_fault(refusal, ("by", *report_pages.FIELDS)))
