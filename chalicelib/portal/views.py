"""What answers the addresses of the portal."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from chalice.app import Request, Response
from msgspec import Struct

from chalicelib.access import magic_links
from chalicelib.access.magic_links import redeem
from chalicelib.access.sessions import SessionToken, end, end_all, resume
from chalicelib.audit.actor import Actor
from chalicelib.kit import bodies, clock
from chalicelib.kit.errors import Refused
from chalicelib.kit.shapes import Email
from chalicelib.language.texts import Texts, texts
from chalicelib.links.create import create
from chalicelib.links.disable import leave_program
from chalicelib.links.shapes import NewLink
from chalicelib.partners import find as partners
from chalicelib.partners.feedback import give_feedback
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.preferences import TOPICS, Preferences
from chalicelib.partners.settings import change_settings, set_preferences
from chalicelib.partners.shapes import NewFeedback, NewPartnerSettings
from chalicelib.portal import show
from chalicelib.portal.send_link import send_link
from chalicelib.portal.show import PortalPage
from chalicelib.programs import find as programs
from chalicelib.web import cookies, shell
from chalicelib.web.actors import actor_of_session
from chalicelib.web.flash import flash_text, make_flash, read_flash
from chalicelib.web.forms import fields_of, locale_of, read_own_form, takes
from chalicelib.web.not_now import answer_unknown
from chalicelib.web.refusals import explain

COOKIE = cookies.PARTNER
LASTING = timedelta(days=30)
_SHELL = shell.signed_in(__file__)
# What a form says of its own if it is wrong.
_FIELDS = ("email", "payout_email", "payout_name", "channel", "code", "score", "words", "currency", "month")


class SignIn(Struct, frozen=True):
    """Who asks for a link to sign in by."""

    email: Email


class PortalVisit(Struct, frozen=True):
    """Somebody who is signed in, in which texts they read, what they ask for, and when."""

    profile: PartnerProfile
    t: Texts
    token: SessionToken
    actor: Actor
    query: dict[str, str]
    form: dict[str, str]
    flash: str
    at: datetime


def _signed_in(view: Callable[[PortalVisit], Response]) -> Callable[[Request], Response]:
    """Let a view be seen by whoever is signed in, as themselves; others are asked who they are."""

    @wraps(view)
    def answer(request: Request) -> Response:
        at = clock.now()
        token = resume(cookies.read(request, COOKIE), at=at)
        profile = partners.find_all([token.holder_id]).get(token.holder_id) if token else None
        if token is None or profile is None:
            return shell.redirect(_SHELL, "/portal") if request.method == "POST" else _sign_in(request)
        t = texts(locale_of(request, profile.partner.locale))
        try:
            form = read_own_form(request, fields_of(view)) if request.method == "POST" else {}
            actor, query = actor_of_session(token, request), dict(request.query_params or {})
            return view(PortalVisit(profile, t, token, actor, query, form, flash_text(request), at))
        except Refused as refusal:
            return _refused(refusal, t)

    return answer


def _open(view: Callable[..., Response]) -> Callable[..., Response]:
    """Let anybody see a view; what it refuses is said in a page."""

    @wraps(view)
    def answer(request: Request, **path: str) -> Response:
        try:
            return view(request, **path)
        except Refused as refusal:
            return _refused(refusal, texts(locale_of(request)))

    return answer


@_signed_in
def show_overview(visit: PortalVisit) -> Response:
    """Show what a partner is owed, and what came of their links; or ask who is there."""
    return _page(visit, show.overview(visit.profile, visit.t, at=visit.at))


@_open
@takes("email")
def ask_for_link(request: Request) -> Response:
    """Send a link to sign in by; the answer is the same whether the address is known or not."""
    form = read_own_form(request, fields_of(ask_for_link))
    try:
        sign_in = bodies.typed({"email": form.get("email", "")}, SignIn, strict=True)
    except Refused as refusal:
        return _sign_in(request, refusal, form.get("email", ""))
    send_link(sign_in.email, at=clock.now())
    return _plain(request, "asked.html", title="asked")


@_open
def show_link(request: Request, id: str) -> Response:
    """Show a button: whatever looks at a link before its reader does, uses nothing up."""
    magic_links.find(id, at=clock.now())
    return _plain(request, "enter.html", title="enter", token=id)


@_open
def enter(request: Request, id: str) -> Response:
    """Sign in, once."""
    read_own_form(request)
    token = redeem(id, lasting=LASTING, at=clock.now())
    return shell.redirect(_SHELL, "/portal", cookie=cookies.keep(COOKIE, token.cookie, lasting=LASTING))


@_signed_in
def show_links(visit: PortalVisit) -> Response:
    """Show a partner's links, with their QR codes."""
    return _page(visit, show.links(visit.profile, visit.t, visit.query.get("cursor"), at=visit.at))


@_signed_in
@takes("program", "channel", "code")
def make_link(visit: PortalVisit) -> Response:
    """Make a link for a channel."""
    try:
        # Where a link leads, and what it is called by the business, is for the business to say.
        new = bodies.typed({**visit.form, "partner": visit.profile.partner.id}, NewLink, strict=True)
        create(new, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        return _page(visit, show.links(visit.profile, visit.t, None, at=visit.at), refusal=refusal)
    return _done(visit, "/portal/links", visit.t["made"])


@_signed_in
def show_statement(visit: PortalVisit) -> Response:
    """Show a month's statement in one currency."""
    return _page(visit, show.statement(visit.profile, visit.t, visit.query, at=visit.at))


@_signed_in
def save_statement(visit: PortalVisit) -> Response:
    """Save a month's statement as CSV."""
    return shell.save_as(_SHELL, *show.statement_csv(visit.profile, visit.query, at=visit.at))


@_signed_in
def show_payouts(visit: PortalVisit) -> Response:
    """Show what was paid out."""
    return _page(visit, show.payouts(visit.profile, visit.t))


@_signed_in
def show_settings(visit: PortalVisit) -> Response:
    """Show what a partner has settled."""
    return _page(visit, show.settings(visit.profile))


@_signed_in
@takes("locale", "payout_name", "payout_email")
def save_settings(visit: PortalVisit) -> Response:
    """Change what a partner has settled."""
    try:
        new = bodies.typed(visit.form, NewPartnerSettings, strict=True)
    except Refused as refusal:
        return _page(visit, show.settings(visit.profile), refusal=refusal)
    profile = change_settings(visit.profile.partner.id, new, actor=visit.actor, at=visit.at)
    return _done(visit, "/portal/settings", texts(profile.partner.locale)["saved"])


@_signed_in
@takes(*TOPICS, "daily")
def choose_emails(visit: PortalVisit) -> Response:
    """Change which emails a partner gets: those that are ticked."""
    off = [topic for topic in TOPICS if topic not in visit.form]
    preferences = Preferences(off, daily="daily" in visit.form)
    set_preferences(visit.profile.partner.id, preferences, actor=visit.actor, at=visit.at)
    return _done(visit, "/portal/settings", visit.t["saved"])


@_signed_in
def show_feedback(visit: PortalVisit) -> Response:
    """Ask what a partner thinks of us."""
    return _page(visit, PortalPage("feedback", {}))


@_signed_in
@takes("score", "words")
def take_feedback(visit: PortalVisit) -> Response:
    """Take down what a partner thinks of us."""
    try:
        new = bodies.typed(visit.form, NewFeedback, strict=False)
    except Refused as refusal:
        return _page(visit, PortalPage("feedback", {}), refusal=refusal)
    give_feedback(visit.profile.partner.id, new, actor=visit.actor, at=visit.at)
    return _done(visit, "/portal/feedback", visit.t["thanks"])


@_signed_in
def show_leaving(visit: PortalVisit) -> Response:
    """Say what leaving means, before it is done."""
    return _page(visit, show.leaving(visit.profile))


@_signed_in
@takes("program")
def leave(visit: PortalVisit) -> Response:
    """Take a partner out of a program."""
    program = programs.find(visit.form.get("program", "")).program
    leave_program(visit.profile.partner.id, program.id, actor=visit.actor, at=visit.at)
    return _done(visit, "/portal/leave", visit.t("has_left", program=program.name))


@_signed_in
def sign_out(visit: PortalVisit) -> Response:
    """Sign out on this device."""
    end(visit.token, at=visit.at)
    return shell.redirect(_SHELL, "/portal", cookie=cookies.drop(COOKIE))


@_signed_in
def sign_out_everywhere(visit: PortalVisit) -> Response:
    """Sign out on every device."""
    end_all(visit.token.holder_id, at=visit.at)
    return shell.redirect(_SHELL, "/portal", cookie=cookies.drop(COOKIE))


def show_nothing(request: Request) -> Response:
    """Say that there is no page at this address."""
    return answer_unknown(request)


def go_back(request: Request) -> Response:
    """Send whoever opens the address of a form, such as by reloading what it answered, to the page it is on."""
    return shell.redirect(_SHELL, "/portal/settings" if request.path == "/portal/emails" else "/portal")


def _done(visit: PortalVisit, path: str, sentence: str) -> Response:
    """Send a browser on from a form to a page that says what was done."""
    done = make_flash(path, sentence, reader=visit.token.holder_id)
    return shell.redirect(_SHELL, done.path, cookie=done.cookie)


def _page(visit: PortalVisit, page: PortalPage, *, refusal: Refused | None = None) -> Response:
    """Show a page, and what was done; of a form that was refused, what is wrong, and the form as it was filled in."""
    done = read_flash(f"/portal/{page.name}", visit.query, visit.flash, reader=visit.token.holder_id)
    t = visit.t
    notice = explain(refusal, t, fields=_FIELDS) if refusal else done
    values = {"t": t, "here": page.name, "title": f"{t[page.name]} – {t['portal']}", **page.values}
    context = {**values, "notice": notice, "bad": refusal is not None, "form": visit.form if refusal else {}}
    return shell.respond(_SHELL, f"{page.name}.html", context, status=422 if refusal else 200)


def _sign_in(request: Request, refusal: Refused | None = None, address: str = "") -> Response:
    t = texts(locale_of(request))
    notice = explain(refusal, t, fields=_FIELDS) if refusal else ""
    values = {"t": t, "title": t["portal"], "notice": notice, "address": address}
    return shell.respond(_SHELL, "sign_in.html", values, status=422 if refusal else 200)


def _plain(request: Request, template: str, *, title: str, **values: Any) -> Response:
    t = texts(locale_of(request))
    return shell.respond(_SHELL, template, {"t": t, "title": t[title], **values})


def _refused(refusal: Refused, t: Texts) -> Response:
    values = {"t": t, "title": t["refused"], "detail": explain(refusal, t, fields=_FIELDS)}
    return shell.respond(_SHELL, "refused.html", values, status=refusal.STATUS_CODE)
