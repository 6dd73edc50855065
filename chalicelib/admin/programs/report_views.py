"""The page that reports on a program by any two dimensions, and its file."""

from chalice.app import Response

from chalicelib.admin.page import AdminVisit
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import report_pages
from chalicelib.admin.programs.computed import show_computed
from chalicelib.admin.session import signed_in


@signed_in
@needs("stats:read", "program")
def show_report(visit: AdminVisit, id: str) -> Response:
    """Show a report, or save it as CSV; or say what is wrong with its fields."""
    return show_computed(
        visit,
        page=lambda: report_pages.page(id, visit.query, at=visit.at),
        save=lambda: report_pages.save(id, visit.query, at=visit.at),
        refused=lambda: report_pages.refused(id, visit.query),
        fields=("by", *report_pages.FIELDS),
    )
