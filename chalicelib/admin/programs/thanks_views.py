"""The page of a program's thanks: made by hand, and each done at a cost, or skipped for a reason."""

from urllib.parse import quote

from chalice.app import Request, Response

from chalicelib.admin.once import begin_once
from chalicelib.admin.page import SHELL, AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import thanks_pages
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.admin.typed import find_partner_of, read_amount
from chalicelib.introductions.find import IntroductionNotFound
from chalicelib.introductions.thanks import find_thanks, settle
from chalicelib.introductions.thanks_by_hand import thank
from chalicelib.introductions.thanks_shapes import NewThanks, SettledThanks
from chalicelib.introductions.thanks_table import Thanks
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, NotFound, Refused
from chalicelib.kit.idempotency import Receipt
from chalicelib.programs import find as programs
from chalicelib.web import shell
from chalicelib.web.forms import takes


@signed_in
@needs("introductions:read", "program")
def show_thanks(visit: AdminVisit, id: str) -> Response:
    """Show a program's thanks in a state, due ones first, and what was done."""
    state, cursor = visit.query.get("state", "due"), visit.query.get("cursor")
    page = thanks_pages.thanks(id, state, cursor, done=done_before(visit, _path(id)), at=visit.at)
    return respond(visit, page)


@signed_in
@needs("introductions:write", "program")
@takes(*thanks_pages.FIELDS)
def settle_thanks(visit: AdminVisit, id: str) -> Response:
    """Store that a partner was thanked, or is not. Sent twice, it is done once."""
    form = visit.form
    try:
        thanks = _find(id, form.get("thanks", ""))
        settled = _settled(form, thanks.currency)
        settle(thanks.thanks_id, settled, actor=visit.actor, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        return respond_again(visit, thanks_pages.thanks(id, "due", None, typed=form, at=visit.at), refusal)
    return go_on(visit, _path(id), "Saved as done." if settled.state == "done" else "Skipped.")


@signed_in
@needs("introductions:write", "program")
@takes(*thanks_pages.NEW_FIELDS, "once")
def add_thanks(visit: AdminVisit, id: str) -> Response:
    """Make thanks to a partner due, once however often the form is sent."""
    form, program_id = visit.form, programs.find(id).program.id
    try:
        new = _new(form, program_id)

        def begin(receipt: Receipt) -> Thanks:
            return thank(new, actor=visit.actor, at=visit.at, receipt=receipt)

        address = f"/admin/programs/{program_id}/thanks/new"
        begin_once(form, address, new, begin, id_of=lambda row: row.thanks_id, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        return respond_again(visit, thanks_pages.thanks(id, "due", None, new=form, at=visit.at), refusal)
    return go_on(visit, _path(id), "Added.")


def go_to_thanks(request: Request, id: str) -> Response:
    """Redirect a GET of the form's address, such as a reload of its answer, to the page that has the form."""
    return shell.redirect(SHELL, _path(id))


def _new(form: dict[str, str], program_id: str) -> NewThanks:
    if not form.get("partner", "").strip():
        raise InvalidValue("Enter who is thanked.", pointer="/partner")
    fields = {
        name: value for name in ("kind", "due_on", "words", "introduction") if (value := form.get(name, "").strip())
    }
    partner = find_partner_of(program_id, form["partner"], name="partner").partner
    return bodies.typed({**fields, "program": program_id, "partner": partner.id}, NewThanks, strict=True)


def _find(program: str, thanks_id: str) -> Thanks:
    """Return the thanks with that id. Refuses those of another program, in which the person may have no role."""
    thanks = find_thanks(thanks_id)
    if thanks.program_id != programs.find(program).program.id:
        raise IntroductionNotFound(f"There are no thanks {thanks_id!r} in this program.")
    return thanks


def _settled(form: dict[str, str], currency: str) -> SettledThanks:
    # Browsers end lines with CR and LF.
    words = {"words": form["words"].replace("\r\n", "\n")} if "words" in form else {}
    cost = {}
    if "cost" in form:
        cost = {"cost": {"amount": read_amount(form["cost"], currency, name="cost"), "currency": currency}}
    if form.get("step") == "skip":
        reason = {"reason": form["reason"]} if "reason" in form else {}
        return bodies.typed({"state": "skipped", **reason, **cost, **words}, SettledThanks, strict=True)
    kind = {"kind": form["kind"]} if "kind" in form else {}
    return bodies.typed({"state": "done", **kind, **cost, **words}, SettledThanks, strict=True)


def _path(program: str) -> str:
    return f"/admin/programs/{quote(program, safe='')}/thanks"
