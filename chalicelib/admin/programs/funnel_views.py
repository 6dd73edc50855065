"""The page of a program's funnel, and its file."""

from chalice.app import Response

from chalicelib.admin.page import AdminVisit
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import funnel_pages
from chalicelib.admin.programs.computed import show_computed
from chalicelib.admin.session import signed_in


@signed_in
@needs("stats:read", "program")
def show_funnel(visit: AdminVisit, id: str) -> Response:
    """Show a funnel, or save its steps as CSV; or say what is wrong with its fields."""
    return show_computed(
        visit,
        page=lambda: funnel_pages.page(id, visit.query, at=visit.at),
        save=lambda: funnel_pages.save(id, visit.query, at=visit.at),
        refused=lambda: funnel_pages.refused(id, visit.query),
        fields=funnel_pages.FIELDS,
    )
