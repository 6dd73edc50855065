"""Exports, for people: each file needs what its list needs."""

from chalice.app import Response

from chalicelib.admin.exports import export_pages
from chalicelib.admin.page import SHELL, AdminVisit, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import signed_in
from chalicelib.kit.errors import Refused
from chalicelib.web import shell


@signed_in
@needs("stats:read")
def show_exports(visit: AdminVisit) -> Response:
    """Show what can be saved; and the part of a file that was chosen, or what is wrong with the choice."""
    try:
        return respond(visit, export_pages.form(visit.query))
    except Refused as refusal:
        return respond(visit, export_pages.refused(visit.query), refusal=refusal)


@signed_in
@needs("stats:read")
def save_part(visit: AdminVisit, id: str) -> Response:
    """Save a part of an export; or go on to the page of the part after it, which only its end can say."""
    name = export_pages.name_of(id, visit.rights)
    try:
        saved = export_pages.save(name, visit.query, at=visit.at)
    except Refused as refusal:
        return respond(visit, export_pages.refused({**visit.query, "export": name}), refusal=refusal)
    if visit.query.get("next") == "1":
        return shell.redirect(SHELL, export_pages.following(name, visit.query, saved))
    return shell.save_as(SHELL, saved.text, saved.name, kind=saved.kind)
