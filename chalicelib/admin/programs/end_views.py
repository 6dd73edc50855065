"""What the admin pages show and do about the end of a program."""

from collections.abc import Mapping
from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import end_pages
from chalicelib.admin.session import signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import Refused
from chalicelib.kit.revisions import PreconditionFailed, read_if_match
from chalicelib.programs import find as programs
from chalicelib.programs.end import check_end, set_end
from chalicelib.programs.table import End, Program
from chalicelib.web.fields import fields_at_fault
from chalicelib.web.forms import takes

_FIELDS = (*end_pages.DATES, "payout_note")
_STALE = (
    "Someone else changed the program after you opened this page, so nothing was saved. Check the dates, and continue."
)


@signed_in
@needs("admin", "program")
def show_end(visit: AdminVisit, id: str) -> Response:
    """Show when a program ends, and what was done."""
    return respond(visit, end_pages.end(id, done=done_before(visit, _page_of(id)), at=visit.at))


@signed_in
@needs("admin", "program")
def ask_to_end(visit: AdminVisit, id: str) -> Response:
    """Say what setting an end does, or what is wrong with it."""
    program = programs.read(programs.find(id).program.id).program
    typed = {name: visit.query[name].strip() for name in _FIELDS if visit.query.get(name, "").strip()}
    try:
        end = check_end(program, _read(typed, program), at=visit.at)
    except Refused as refusal:
        return _again(visit, id, typed, refusal)
    return respond(visit, end_pages.confirmation(program, end, etag=visit.query.get("etag", "")))


@signed_in
@needs("admin", "program")
@takes(*_FIELDS, "etag")
def end_program(visit: AdminVisit, id: str) -> Response:
    """Set when a program ends. Sent twice, it is done once."""
    program = programs.find(id).program
    try:
        new = _read(visit.form, program)
        if_match = read_if_match(visit.form.get("etag"))
        set_end(program.id, new, if_match=if_match, actor=visit.actor, at=visit.at)
    except PreconditionFailed:
        return _again(visit, id, visit.form, PreconditionFailed(_STALE))
    except Refused as refusal:
        return _again(visit, id, visit.form, refusal)
    return go_on(visit, _page_of(id), "Saved. Partners get an email within the hour, unless they got it before.")


def _read(typed: Mapping[str, str], program: Program) -> End:
    fields = {name: end_pages.moment_of(typed[name], program) for name in end_pages.DATES if name in typed}
    return bodies.typed({**fields, "payout_note": typed.get("payout_note")}, End, strict=True)


def _again(visit: AdminVisit, id: str, typed: Mapping[str, str], refusal: Refused) -> Response:
    again = {name: typed.get(name, "") for name in _FIELDS}
    page = end_pages.end(id, typed=again, at=visit.at)
    return respond(visit, page, refusal=refusal, invalid=fields_at_fault(refusal, _FIELDS))


def _page_of(program: str) -> str:
    return f"/admin/programs/{quote(program, safe='')}/end"
