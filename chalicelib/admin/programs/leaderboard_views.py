"""The page of a program's leaderboard, and its file."""

from chalice.app import Response

from chalicelib.admin.page import SHELL, AdminVisit, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import leaderboard_pages
from chalicelib.admin.session import signed_in
from chalicelib.kit.errors import Refused
from chalicelib.web import shell
from chalicelib.web.fields import fields_at_fault


@signed_in
@needs("stats:read", "program")
def show_leaderboard(visit: AdminVisit, id: str) -> Response:
    """Show who brought most, or say what is wrong with the fields."""
    try:
        return respond(visit, leaderboard_pages.page(id, visit.query, at=visit.at))
    except Refused as refusal:
        return _refused(visit, id, refusal)


@signed_in
@needs("stats:read", "program")
def save_leaderboard(visit: AdminVisit, id: str) -> Response:
    """Save all places as CSV; or say why not, where they are shown."""
    try:
        saved = leaderboard_pages.save(id, visit.query, at=visit.at)
    except Refused as refusal:
        return _refused(visit, id, refusal)
    return shell.save_as(SHELL, saved.text, saved.name)


def _refused(visit: AdminVisit, program: str, refusal: Refused) -> Response:
    page = leaderboard_pages.refused(program, visit.query)
    invalid = fields_at_fault(refusal, leaderboard_pages.FIELDS)
    return respond(visit, page, refusal=refusal, invalid=invalid)
