"""The page that changes a program's settings."""

from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.english import minute
from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import settings_pages
from chalicelib.admin.revised_forms import in_words
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, NotFound, Refused
from chalicelib.kit.revisions import read_if_match
from chalicelib.programs import find as programs
from chalicelib.programs.settings import change_settings
from chalicelib.programs.shapes import ProgramChange
from chalicelib.programs.table import Leaderboard
from chalicelib.web.forms import takes

_LISTS = ("hosts", "origins")
_LEADERBOARD = ("leaderboard_shows", "leaderboard_by")
_OPTIONAL = ("privacy_url", "imprint_url", "contact_email", "postal_address")


@signed_in
@needs("admin", "program")
def show_settings(visit: AdminVisit, id: str) -> Response:
    """Show what can be changed about a program, and what was done."""
    return respond(visit, settings_pages.settings(id, done=done_before(visit, _settings_of(id))))


@signed_in
@needs("admin", "program")
@takes("name", "landing_url", "hosts", "timezone", "joining", "consent", "origins", *_LEADERBOARD, *_OPTIONAL, "etag")
def save_settings(visit: AdminVisit, id: str) -> Response:
    """Change a program's settings."""
    before = programs.read(programs.find(id).program.id).program
    try:
        names = settings_pages.fields_of_program(before)
        fields = {name: _typed(visit, name) for name in names if name not in _LEADERBOARD}
        new = bodies.typed(fields, ProgramChange, strict=True)
        new.leaderboard = _leaderboard(visit)
        if_match = read_if_match(visit.form.get("etag"))
        program = change_settings(id, new, if_match=if_match, actor=visit.actor, at=visit.at).program
    except NotFound:
        raise
    except Refused as refusal:
        page = settings_pages.settings(id, typed=visit.form, refusal=refusal)
        return respond_again(visit, page, in_words(refusal))
    message = "Saved."
    if program.timezone_from is not None and program.timezone != before.timezone:
        message += f" {program.timezone} takes effect on {minute(program.timezone_from)} UTC."
    return go_on(visit, _settings_of(id), message)


def _typed(visit: AdminVisit, name: str) -> object:
    text = visit.form.get(name, "")
    if name in _OPTIONAL:
        # Browsers end lines with CR and LF.
        return text.replace("\r\n", "\n") or None
    return text.split() if name in _LISTS else text


def _leaderboard(visit: AdminVisit) -> Leaderboard:
    """Return what partners see of the leaderboard; refusals point to the form's fields."""
    try:
        fields = {name.removeprefix("leaderboard_"): visit.form[name] for name in _LEADERBOARD if name in visit.form}
        return bodies.typed(fields, Leaderboard, strict=True)
    except InvalidValue as refusal:
        for one in (refusal, *refusal.others):
            one.pointer = f"/leaderboard_{(one.pointer or '').strip('/')}"
        raise


def _settings_of(program: str) -> str:
    return f"/admin/programs/{quote(program, safe='')}/settings"
