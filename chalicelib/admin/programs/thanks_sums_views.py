"""The page of what a program's partners were thanked with in a year, and its file."""

from chalice.app import Response

from chalicelib.admin.page import AdminVisit
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import thanks_sums_pages
from chalicelib.admin.programs.computed import show_computed
from chalicelib.admin.session import signed_in


@signed_in
@needs("introductions:read", "program")
def show_sums(visit: AdminVisit, id: str) -> Response:
    """Show what each partner was thanked with in a year, or save it as CSV; or say what is wrong with the year."""
    return show_computed(
        visit,
        page=lambda: thanks_sums_pages.page(id, visit.query, at=visit.at),
        save=lambda: thanks_sums_pages.save(id, visit.query, at=visit.at),
        refused=lambda: thanks_sums_pages.refused(id, visit.query, at=visit.at),
        fields=thanks_sums_pages.FIELDS,
    )
