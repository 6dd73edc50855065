"""The page that shows what became of each month's customers or partners, and its file."""

from chalice.app import Response

from chalicelib.admin.page import AdminVisit
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import cohort_pages
from chalicelib.admin.programs.computed import show_computed
from chalicelib.admin.session import signed_in


@signed_in
@needs("stats:read", "program")
def show_cohorts(visit: AdminVisit, id: str) -> Response:
    """Show cohorts, or save them as CSV; or say what is wrong with the fields."""
    return show_computed(
        visit,
        page=lambda: cohort_pages.page(id, visit.query),
        save=lambda: cohort_pages.save(id, visit.query),
        refused=lambda: cohort_pages.refused(id, visit.query),
        fields=cohort_pages.FIELDS,
    )
