"""The page of whom a partner brought."""

from chalice.app import Response

from chalicelib.admin.page import AdminVisit, respond
from chalicelib.admin.partners import tree_pages
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import signed_in
from chalicelib.partners import find as partners


@signed_in
@needs("stats:read", "partner")
def show_tree(visit: AdminVisit, id: str) -> Response:
    """Show whom a partner brought, in a program whose numbers the person may see."""
    profile = partners.find_survivor(id)
    several = {one.program_id for one in profile.enrollments}
    visible = [one for one in several if visit.rights.may("stats:read", frozenset({one}))]
    return respond(visit, tree_pages.page(profile, visible, visit.query))
