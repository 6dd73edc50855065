"""The page that shows what became of each month's customers or partners, and its file."""

from chalice.app import Response

from chalicelib.admin.page import SHELL, AdminVisit, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import cohort_pages
from chalicelib.admin.session import signed_in
from chalicelib.kit.errors import Refused
from chalicelib.web import shell
from chalicelib.web.fields import fields_at_fault


@signed_in
@needs("stats:read", "program")
def show_cohorts(visit: AdminVisit, id: str) -> Response:
    """Show cohorts, or save them as CSV; or say what is wrong with the fields."""
    try:
        if visit.query.get("format") == "csv":
            saved = cohort_pages.save(id, visit.query)
            return shell.save_as(SHELL, saved.text, saved.name)
        return respond(visit, cohort_pages.page(id, visit.query))
    except Refused as refusal:
        page = cohort_pages.refused(id, visit.query)
        return respond(visit, page, refusal=refusal, invalid=fields_at_fault(refusal, cohort_pages.FIELDS))
