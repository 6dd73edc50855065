"""What answers the addresses of the admin pages."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps

from chalice.app import Request, Response
from msgspec import Struct

from chalicelib.access import api_keys as keys
from chalicelib.access.sessions import SessionToken, begin, end, resume_key
from chalicelib.admin import codes, english, show, show_money, show_people
from chalicelib.admin.admit import admit
from chalicelib.admin.begin_payout import begin_payout
from chalicelib.admin.plain import plain
from chalicelib.admin.serve import name_of, serve
from chalicelib.admin.set_terms import set_terms
from chalicelib.admin.settle import settle
from chalicelib.admin.show import View
from chalicelib.dead_letters.redrive import RedriveIncomplete, redrive
from chalicelib.kit import bodies, clock
from chalicelib.kit.errors import InvalidValue, NotFound, Refused
from chalicelib.language.texts import texts
from chalicelib.outbox.jobs import retry
from chalicelib.outbox.shapes import MessagesQuery
from chalicelib.payouts.export import export
from chalicelib.payouts.prepare import prepare
from chalicelib.payouts.shapes import ExportQuery, NewPayout
from chalicelib.rewards import review
from chalicelib.rewards.find import reward_of
from chalicelib.rewards.shapes import ReasonGiven
from chalicelib.web import cookies, shell
from chalicelib.web.forms import read_own_form

COOKIE = "__Host-goodword-admin"
LASTING = timedelta(hours=12)
SCOPE = "admin"
_SHELL = shell.signed_in(__file__)
# How templates write what they are given.
_WRITTEN = {
    "money": english.money,
    "number": english.number,
    "day": english.day,
    "minute": english.minute,
    "named": codes.name_of,
    "rule": codes.name_of_rule,
}
_MOVES = {"hold": review.hold, "release": review.release, "refuse": review.refuse}


class Visit(Struct, frozen=True):
    """An admin who is signed in, what they ask for, and when."""

    token: SessionToken
    query: dict[str, str]
    form: dict[str, str]
    at: datetime


def _signed_in(view: Callable[..., Response]) -> Callable[..., Response]:
    """Let a view be seen by whoever signed in with a key that is still in force; others are asked for one."""

    @wraps(view)
    def seen(request: Request, **path: str) -> Response:
        at = clock.now()
        known = resume_key(cookies.read(request, COOKIE), scope=SCOPE, at=at)
        if known is None:
            return shell.redirect(_SHELL, "/admin") if request.method == "POST" else _sign_in(request)
        try:
            form = read_own_form(request) if request.method == "POST" else {}
            visit = Visit(known[0], dict(request.query_params or {}), form, at)
            return view(visit, **path)
        except Refused as refusal:
            return _refused(refusal)

    return seen


def sign_in(request: Request) -> Response:
    """Begin a session with an API key; the key is compared, and kept nowhere."""
    try:
        given = read_own_form(request).get("key", "")
        key = keys.authorize(f"Bearer {given}", scope=SCOPE)
    except keys.Unauthorized as refusal:
        return _sign_in(request, notice="This key is not valid.", status=refusal.STATUS_CODE)
    except Refused as refusal:
        return _sign_in(request, notice=plain(refusal.detail, refusal.pointer), status=refusal.STATUS_CODE)
    token = begin(key.id, lasting=LASTING, at=clock.now())
    return shell.redirect(_SHELL, "/admin", cookie=cookies.keep(COOKIE, token.cookie, lasting=LASTING))


@_signed_in
def sign_out(visit: Visit) -> Response:
    """End the session."""
    end(visit.token, at=visit.at)
    return shell.redirect(_SHELL, "/admin", cookie=cookies.drop(COOKIE))


def serve_file(_request: Request, id: str) -> Response:
    """Serve a script or a style of these pages; there is nothing secret in them."""
    return serve(id)


@_signed_in
def show_overview(visit: Visit) -> Response:
    """Show all programs; or ask for a key."""
    return _page(show.overview(visit.query.get("cursor"), at=visit.at))


@_signed_in
def show_program(visit: Visit, id: str) -> Response:
    """Show what a program came to."""
    return _page(show.program(id, visit.query.get("days"), at=visit.at))


@_signed_in
def show_partners(visit: Visit, id: str) -> Response:
    """Show a program's partners."""
    return _page(show.partners(id, visit.query.get("cursor"), at=visit.at))


@_signed_in
def show_joining(visit: Visit, id: str) -> Response:
    """Show who asked to take part, and who was invited."""
    return _page(show_people.joining(id, visit.query.get("cursor")))


@_signed_in
def admit_people(visit: Visit, id: str) -> Response:
    """Invite people, or answer somebody who asked to take part."""
    try:
        done = admit(id, visit.form, at=visit.at)
    except Refused as refusal:
        return _page(show_people.joining(id, None, given=visit.form), bad=plain(refusal.detail, refusal.pointer))
    return _page(show_people.joining(id, None, done=done))


@_signed_in
def show_check_ins(visit: Visit, id: str) -> Response:
    """Show who is stuck, or has gone quiet."""
    return _page(show_people.check_ins(id, visit.query.get("cursor"), at=visit.at))


@_signed_in
def show_partner(visit: Visit, id: str) -> Response:
    """Show a partner."""
    return _page(show.partner(id, at=visit.at))


@_signed_in
def show_terms(visit: Visit, id: str) -> Response:
    """Show a program's terms."""
    return _page(show.terms(id, at=visit.at))


@_signed_in
def try_or_change_terms(visit: Visit, id: str) -> Response:
    """Try other terms on what was received, promise them from a minute from now on, or withdraw some that have not begun."""
    given = {"draft": visit.form["draft"]} if "draft" in visit.form else {}
    given |= {name: visit.form[name.rstrip("_")] for name in ("from_", "to") if name.rstrip("_") in visit.form}
    try:
        return _page(show.terms(id, at=visit.at, **given, **set_terms(id, visit.form, at=visit.at)))
    except Refused as refusal:
        return _page(show.terms(id, at=visit.at, **given), bad=plain(refusal.detail, refusal.pointer))


@_signed_in
def show_rewards(visit: Visit) -> Response:
    """Show rewards to look at; or one, by its id."""
    if "id" in visit.query:
        return shell.redirect(_SHELL, f"/admin/rewards/{reward_of(visit.query['id'].strip()).pk}")
    return _page(show_money.rewards(visit.query.get("cursor"), at=visit.at))


@_signed_in
def show_reward(visit: Visit, id: str) -> Response:
    """Show a reward and its evidence."""
    return _page(show_money.reward(id, at=visit.at))


@_signed_in
def move_reward(visit: Visit, id: str) -> Response:
    """Hold, release or refuse a reward, with a reason."""
    move = _MOVES.get(visit.form.get("action", ""))
    if move is None:
        raise InvalidValue("A reward is held, released or refused.", pointer="/action")
    reason = bodies.typed({"reason": visit.form.get("reason", "")}, ReasonGiven, strict=True).reason
    move(id, reason, at=visit.at)
    return shell.redirect(_SHELL, f"/admin/rewards/{id}")


@_signed_in
def show_payouts(visit: Visit) -> Response:
    """Show the payouts."""
    return _page(show_money.payouts(visit.query.get("cursor"), at=visit.at))


@_signed_in
def create_payout(visit: Visit) -> Response:
    """Begin a payout, and prepare it for some seconds."""
    new = bodies.typed({"currency": visit.form.get("currency", "")}, NewPayout, strict=True)
    payout_id = begin_payout(new, once=visit.form.get("once", ""), holder_id=visit.token.holder_id, at=visit.at)
    prepare(payout_id, at=visit.at)
    return shell.redirect(_SHELL, f"/admin/payouts/{payout_id}")


@_signed_in
def show_payout(visit: Visit, id: str) -> Response:
    """Show a payout."""
    return _page(show_money.payout(id, visit.query.get("cursor")))


@_signed_in
def settle_payout(visit: Visit, id: str) -> Response:
    """Go on preparing a payout; confirm or fail it, as a whole or for one owner; or return what came back from one."""
    settle(id, visit.form, at=visit.at)
    return shell.redirect(_SHELL, f"/admin/payouts/{id}")


@_signed_in
def save_payout(visit: Visit, id: str) -> Response:
    """Save a payout's list, or a part of it, as CSV."""
    wanted = bodies.typed(visit.query, ExportQuery, strict=False)
    saved = export(id, wanted.format, part=wanted.part)
    return shell.save_as(_SHELL, saved.text, saved.name)


@_signed_in
def show_messages(visit: Visit) -> Response:
    """Show messages of a status, by default those that failed."""
    status = bodies.typed({"status": visit.query.get("status", "failed")}, MessagesQuery, strict=True).status
    return _page(show.messages(status, visit.query.get("cursor"), visit.query.get("dead"), at=visit.at))


@_signed_in
def redrive_dead_letter(visit: Visit, id: str) -> Response:
    """Deliver to its function again what that gave up on; what is left, and why, is said on the page."""
    try:
        redrive(id)
    except RedriveIncomplete as left:
        return _page(show.messages("failed", None, at=visit.at), bad=left.detail)
    return shell.redirect(_SHELL, "/admin/messages")


@_signed_in
def retry_message(visit: Visit, id: str) -> Response:
    """Send a message again that failed or was skipped."""
    retry(id, at=visit.at)
    return shell.redirect(_SHELL, "/admin/messages")


@_signed_in
def show_feedback(visit: Visit) -> Response:
    """Show what partners said."""
    return _page(show.feedback(visit.query.get("cursor")))


def _page(view: View, *, bad: str = "", status: int | None = None) -> Response:
    titled = {"title": f"{view.title} – Goodword", "heading": view.title, "here": view.section, "bad": bad}
    # The bar of a program's pages stands on all that show one.
    part = view.name if "program" in view.values else ""
    values = {"t": texts(english.LOCALE), **titled, "part": part, "file": name_of, **_WRITTEN, **view.values}
    status = status or (422 if bad else 200)
    return shell.respond(_SHELL, f"{view.name}.html", values, status=status, files=view.charts)


def _sign_in(request: Request, *, notice: str = "", status: int = 200) -> Response:
    if not notice and request.path != "/admin":
        status = 401
    return shell.respond(
        _SHELL,
        "sign_in.html",
        {"t": texts(english.LOCALE), "title": "Sign in – Goodword", "notice": notice},
        status=status,
    )


def _refused(refusal: Refused) -> Response:
    title = "Not found" if isinstance(refusal, NotFound) else "This was refused"
    view = View("refused", "", title, {"detail": plain(refusal.detail, refusal.pointer)})
    return _page(view, status=refusal.STATUS_CODE)
