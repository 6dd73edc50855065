"""The page of a conversion, for those who are signed in."""

from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin import conversion_pages
from chalicelib.admin.page import AdminVisit, done_before, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import signed_in


@signed_in
@needs("stats:read", "conversion")
def show_conversion(visit: AdminVisit, id: str) -> Response:
    """Show a conversion, and what was done."""
    return respond(visit, conversion_pages.conversion(id, done=done_before(visit, _page_of(id)), at=visit.at))


def _page_of(conversion: str) -> str:
    return f"/admin/conversions/{quote(conversion, safe='')}"
