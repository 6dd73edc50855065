"""The page on which a program is made ready to receive introductions, and opened for them."""

from urllib.parse import quote

from chalice.app import Request, Response
from msgspec.structs import replace

from chalicelib.admin.page import SHELL, AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import receiving_pages
from chalicelib.admin.programs.receiving_form import FIELDS, at_fields, read_receiving
from chalicelib.admin.revised_forms import in_words
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.emails.to_administrators import new_test_introduction
from chalicelib.introductions import trials
from chalicelib.introductions.readiness import NotReady
from chalicelib.introductions.set_receiving import set_receiving
from chalicelib.kit.errors import InvalidValue, NotFound, Refused
from chalicelib.kit.revisions import read_if_match
from chalicelib.programs import find as programs
from chalicelib.programs.receiving import receiving_of
from chalicelib.web import shell
from chalicelib.web.forms import takes


@signed_in
@needs("introductions:read", "program")
def show_receiving(visit: AdminVisit, id: str) -> Response:
    """Show whether a program is ready to receive introductions, its settings, and what was done."""
    return respond(visit, receiving_pages.receiving(id, done=done_before(visit, _path(id)), at=visit.at))


@signed_in
@needs("admin", "program")
@takes(*FIELDS, "etag", "step")
def save_receiving(visit: AdminVisit, id: str) -> Response:
    """Save the settings; or open the program for introductions, or close it, as its settings are."""
    before = receiving_of(programs.read(programs.find(id).program.id).program)
    step, typed = visit.form.get("step"), None
    try:
        if_match = read_if_match(visit.form.get("etag"))
        if step in ("open", "close"):
            new, message = (
                replace(before, open=step == "open"),
                "Open for introductions." if step == "open" else "Closed.",
            )
        else:
            typed = visit.form
            new, message = read_receiving(visit.form, before), "Saved."
        set_receiving(id, new, if_match=if_match, actor=visit.actor, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        if isinstance(refusal, InvalidValue) and typed is not None:
            at_fields(refusal, typed)
        page = receiving_pages.receiving(id, typed=typed, refusal=refusal, at=visit.at)
        return respond_again(visit, page, _in_words(refusal))
    return go_on(visit, _path(id), message)


@signed_in
@needs("introductions:write", "program")
@takes("step", "number")
def try_receiving(visit: AdminVisit, id: str) -> Response:
    """Send the owner a test introduction, once for each form that was shown; or store that it arrived."""
    try:
        if visit.form.get("step") == "arrived":
            trials.confirm(id, actor=visit.actor, at=visit.at)
            return go_on(visit, _path(id), "Thanks, the test arrived.")
        number = visit.form.get("number", "0")
        after = int(number) if number.isascii() and number.isdigit() else 0
        tell = new_test_introduction(visit.at)
        trial = trials.send(id, after=after, tell=tell, actor=visit.actor, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        return respond_again(visit, receiving_pages.receiving(id, at=visit.at), refusal)
    return go_on(visit, _path(id), f"A test introduction was sent to {trial.sent_to}.")


def go_to_receiving(request: Request, id: str) -> Response:
    """Redirect a GET of a form's address, such as a reload of its answer, to the page with the form."""
    return shell.redirect(SHELL, _path(id))


def _in_words(refusal: Refused) -> Refused:
    """Return a refusal in the words of the page: what is missing is called as in its list."""
    if not isinstance(refusal, NotReady):
        return in_words(refusal)
    missing = [receiving_pages.CHECKS[one["name"]] for one in refusal.details["checks"]]
    return NotReady(f"The program is not ready to receive introductions. Missing: {'; '.join(missing)}.")


def _path(program: str) -> str:
    return f"/admin/programs/{quote(program, safe='')}/receiving"
