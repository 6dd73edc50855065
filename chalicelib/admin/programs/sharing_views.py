"""The form for the messages that partners send to friends: previewed first, or saved at once."""

from urllib.parse import quote, urlencode

from chalice.app import Response

from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import sharing_pages
from chalicelib.admin.programs.sharing_pages import FIELDS
from chalicelib.admin.revised_forms import in_words
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, NotFound, Refused, refuse_invalid
from chalicelib.kit.revisions import check_revision, read_if_match
from chalicelib.programs import find as programs
from chalicelib.programs.settings import change_settings, drafted
from chalicelib.programs.shapes import ProgramChange
from chalicelib.programs.share_texts import ShareTexts, find_objections
from chalicelib.programs.table import Program
from chalicelib.web.forms import takes

_DEFAULT = "en"


@signed_in
@needs("admin", "program")
def show_messages(visit: AdminVisit, id: str) -> Response:
    """Show a program's own messages in a language, and the result of the last form."""
    language = visit.query.get("language", _DEFAULT)
    page = sharing_pages.sharing(id, language, done=done_before(visit, _path(id, language)), at=visit.at)
    return respond(visit, page)


@signed_in
@needs("admin", "program")
@takes(*FIELDS, "language", "etag", "step")
def save_messages(visit: AdminVisit, id: str) -> Response:
    """Show what partners would send; or save it. Messages in other languages stay as they are."""
    language = visit.form.get("language", _DEFAULT)
    sharing_pages.check_language(language)
    program = programs.read(programs.find(id).program.id).program
    try:
        change, if_match = _change_of(program, language, visit.form), read_if_match(visit.form.get("etag"))
        if visit.form.get("step") == "save":
            change_settings(id, change, if_match=if_match, actor=visit.actor, at=visit.at)
            return go_on(visit, _path(id, language), "Saved. Share pages have it within half a minute.")
        check_revision(program, if_match)
        draft = drafted(program, change, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        page = sharing_pages.sharing(id, language, typed=visit.form, refusal=refusal, at=visit.at)
        return respond_again(visit, page, in_words(refusal))
    return respond(visit, sharing_pages.sharing(id, language, typed=visit.form, draft=draft, at=visit.at))


def _change_of(program: Program, language: str, form: dict[str, str]) -> ProgramChange:
    """Return the change that a form makes; refusals point to its fields."""
    # Browsers end lines with CR and LF.
    typed = {FIELDS[field]: form[field].replace("\r\n", "\n") for field in FIELDS if field in form}
    try:
        own = bodies.typed(typed, ShareTexts, strict=True)
        refuse_invalid(find_objections({language: own}))
    except InvalidValue as refusal:
        field_of = {name: field for field, name in FIELDS.items()}
        for one in (refusal, *refusal.others):
            one.pointer = f"/{field_of[(one.pointer or '').rpartition('/')[2]]}"
        raise
    others = {tag: texts for tag, texts in program.share_texts.items() if tag != language}
    return ProgramChange(share_texts=others | ({language: own} if typed else {}))


def _path(program: str, language: str) -> str:
    return f"/admin/programs/{quote(program, safe='')}/sharing?{urlencode({'language': language})}"
