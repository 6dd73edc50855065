"""The page of a program's sources, and its file."""

from chalice.app import Response

from chalicelib.admin.page import SHELL, AdminVisit, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import source_pages
from chalicelib.admin.session import signed_in
from chalicelib.web import shell


@signed_in
@needs("stats:read", "program")
def show_sources(visit: AdminVisit, id: str) -> Response:
    """Show where a program's revenue comes from: the partners whom nobody brought, and whom they brought."""
    return respond(visit, source_pages.page(id, visit.query))


@signed_in
@needs("stats:read", "program")
def save_sources(visit: AdminVisit, id: str) -> Response:
    """Save the sources as CSV."""
    saved = source_pages.save(id)
    return shell.save_as(SHELL, saved.text, saved.name)
