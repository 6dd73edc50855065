"""The page of a program's return on investment, its file, and the form of the margin."""

from urllib.parse import quote

from chalice.app import Request, Response

from chalicelib.admin.page import SHELL, AdminVisit, done_before, go_on
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import roi_pages
from chalicelib.admin.programs.computed import show_computed
from chalicelib.admin.revised_forms import in_words
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.kit.revisions import read_if_match
from chalicelib.programs.settings import change_settings
from chalicelib.programs.shapes import ProgramChange
from chalicelib.web import shell
from chalicelib.web.forms import takes


@signed_in
@needs("stats:read", "program")
def show_roi(visit: AdminVisit, id: str) -> Response:
    """Show what a program returned on its cost, or save it as CSV; or say what is wrong with the fields."""
    done = done_before(visit, _page_of(id))
    return show_computed(
        visit,
        page=lambda: roi_pages.page(id, visit.query, done=done, at=visit.at),
        save=lambda: roi_pages.save(id, visit.query, at=visit.at),
        refused=lambda: roi_pages.refused(id, visit.query, at=visit.at),
        fields=roi_pages.FIELDS,
    )


@signed_in
@needs("admin", "program")
@takes("margin", "etag")
def set_margin(visit: AdminVisit, id: str) -> Response:
    """Set the program's margin, or none."""
    try:
        margin = roi_pages.margin_of(visit.form.get("margin", ""))
        if_match = read_if_match(visit.form.get("etag"))
        change_settings(id, ProgramChange(margin_bp=margin), if_match=if_match, actor=visit.actor, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        page = roi_pages.refused(id, {}, typed=visit.form, refusal=refusal, at=visit.at)
        return respond_again(visit, page, in_words(refusal))
    return go_on(visit, _page_of(id), "Saved.")


def go_to_roi(request: Request, id: str) -> Response:
    """Redirect a GET of the form's address, such as a reload of its answer, to the page that has the form."""
    return shell.redirect(SHELL, _page_of(id))


def _page_of(program: str) -> str:
    return f"/admin/programs/{quote(program, safe='')}/roi"
