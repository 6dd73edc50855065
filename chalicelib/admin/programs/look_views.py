"""The form for a program's look: previewed first, and then saved in one write."""

from collections.abc import Mapping
from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import look_pages
from chalicelib.admin.programs.look_pages import ORDER, SWITCHES, TEXTS
from chalicelib.admin.revised_forms import in_words
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, NotFound, Refused
from chalicelib.kit.revisions import check_revision, read_if_match
from chalicelib.programs import find as programs
from chalicelib.programs.logo import upload, uploaded
from chalicelib.programs.settings import change_settings, drafted
from chalicelib.programs.shapes import ProgramChange
from chalicelib.programs.share_texts import BUTTONS, Button, Sharing
from chalicelib.programs.table import Look
from chalicelib.web.forms import takes
from chalicelib.web.look_draft import LookDraft


@signed_in
@needs("admin", "program")
def show_look(visit: AdminVisit, id: str) -> Response:
    """Show the form for a program's look, and the result of the last one."""
    program = programs.find(id).program
    page = look_pages.look(id, done=done_before(visit, _look_of(id)), logo=program.logo, at=visit.at)
    return respond(visit, page)


@signed_in
@needs("admin", "program")
@takes(*TEXTS, "color", *SWITCHES, "image", "logo", *ORDER, "etag", "step")
def save_look(visit: AdminVisit, id: str) -> Response:
    """Show previews of what was typed, which stores only the file of a logo; or save it."""
    program = programs.find(id).program
    logo = uploaded(id, visit.form.get("logo", ""))
    try:
        if "image" in visit.form:
            logo = upload(id, visit.form["image"], actor=visit.actor, at=visit.at)
        chosen = None if "remove_logo" in visit.form else logo
        change, if_match = _change_of(visit.form), read_if_match(visit.form.get("etag"))
        if visit.form.get("step") == "save":
            change_settings(id, change, logo=chosen, if_match=if_match, actor=visit.actor, at=visit.at)
            return go_on(visit, _look_of(id), "Saved. Pages and emails have it within half a minute.")
        check_revision(programs.read(program.id).program, if_match)
        drafted(program, change, logo=chosen, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        page = look_pages.look(id, typed=visit.form, logo=logo, refusal=refusal, at=visit.at)
        return respond_again(visit, page, in_words(refusal))
    draft = LookDraft(program.id, change, chosen)
    return respond(visit, look_pages.look(id, typed=visit.form, logo=logo, draft=draft, at=visit.at))


def _change_of(form: Mapping[str, str]) -> ProgramChange:
    """Return the changes in a form; refusals point to its fields."""
    # Browsers end lines with CR and LF.
    texts = {name: form.get(name, "").replace("\r\n", "\n") or None for name in TEXTS}
    change = bodies.typed(texts | {"name": form.get("name", "")}, ProgramChange, strict=True)
    color = form.get("color") if "own_color" in form else None
    change.look = bodies.typed({"color": color}, Look, strict=True)
    change.sharing = Sharing(
        friend_page="friend_page" in form, show_earned="show_earned" in form, buttons=_buttons_of(form)
    )
    return change


def _buttons_of(form: Mapping[str, str]) -> list[Button]:
    chosen: list[Button] = []
    for field in ORDER:
        if field in form:
            button = next((one for one in BUTTONS if one == form[field]), None)
            if button is None or button in chosen:
                raise InvalidValue("Choose each button once.", pointer=f"/{field}")
            chosen.append(button)
    return chosen


def _look_of(program: str) -> str:
    return f"/admin/programs/{quote(program, safe='')}/look"
