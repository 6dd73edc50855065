"""Sessions in the portal: a link from an email begins one, and each view is shown within one."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import quote

from chalice.app import Request, Response
from msgspec import Struct

from chalicelib.access import magic_links
from chalicelib.access.magic_links import redeem
from chalicelib.access.rate_limit import find_visitor
from chalicelib.access.sessions import SessionToken, begin, end, end_all, resume
from chalicelib.kit import bodies, clock
from chalicelib.kit.errors import Refused
from chalicelib.kit.keyed_digests import address_digests
from chalicelib.kit.shapes import Email
from chalicelib.language.texts import texts
from chalicelib.partners import tokens
from chalicelib.partners.change import confirm_email
from chalicelib.portal.page import FIELDS, SHELL, PortalVisit, respond_refused
from chalicelib.portal.profiles import choose_profile, find_profiles, is_of_former_holder, take_over
from chalicelib.portal.send_link import send_link
from chalicelib.web import cookies, shell
from chalicelib.web.actors import actor_of_page, actor_of_session
from chalicelib.web.fields import fields_at_fault
from chalicelib.web.flash import flash_text
from chalicelib.web.forms import fields_of, locale_of, read_own_form, takes
from chalicelib.web.refusals import explain

COOKIE = cookies.PARTNER
LASTING = timedelta(days=30)
# As long as an emailed link is usually waited for.
_FORM_LASTING = timedelta(minutes=30)
_INTRODUCE, _PROGRAM = "/portal/introduce", re.compile(r"prg_[0-9A-Za-z]{1,40}")


class SignIn(Struct, frozen=True):
    """A request for a sign-in link."""

    email: Email


def signed_in(view: Callable[..., Response]) -> Callable[..., Response]:
    """Show a view only to signed-in partners; others are asked to sign in."""

    @wraps(view)
    def answer(request: Request, **path: str) -> Response:
        at = clock.now()
        resumed = resume(cookies.read(request, COOKIE), at=at)
        profiles = find_profiles(resumed[1]) if resumed is not None else []
        profile = choose_profile(profiles, cookies.read(request, cookies.PROFILE))
        if resumed is None or profile is None:
            return shell.redirect(SHELL, "/portal") if request.method == "POST" else _sign_in(request)
        t = texts(locale_of(request, profile.partner.locale))
        try:
            form = read_own_form(request, fields_of(view)) if request.method == "POST" else {}
            actor, query = actor_of_session(resumed[0], profile.partner.id, request), dict(request.query_params or {})
            visit = PortalVisit(profiles, profile, t, resumed[0], actor, query, form, flash_text(request), at)
            return view(visit, **path)
        except Refused as refusal:
            return respond_refused(refusal, t)

    return answer


def _open(view: Callable[..., Response]) -> Callable[..., Response]:
    """Show a view without a session; a refusal is shown as a page."""

    @wraps(view)
    def answer(request: Request, **path: str) -> Response:
        try:
            return view(request, **path)
        except Refused as refusal:
            return respond_refused(refusal, texts(locale_of(request)))

    return answer


@_open
@takes("email")
def ask_for_link(request: Request) -> Response:
    """Send a link to sign in by; the answer is the same whether the address is known or not."""
    form = read_own_form(request, fields_of(ask_for_link))
    try:
        sign_in = bodies.typed({"email": form.get("email", "")}, SignIn, strict=True)
    except Refused as refusal:
        return _sign_in(request, refusal, form.get("email", ""))
    send_link(sign_in.email, visitor=find_visitor(request), at=clock.now())
    return _plain(request, "asked.html", title="asked", start="/portal")


@_open
def show_link(request: Request, id: str) -> Response:
    """Show a button, so that programs that open links in emails do not use the link up."""
    _find_link(id, at=clock.now())
    return _plain(request, "enter.html", title="enter", token=id)


@_open
def enter(request: Request, id: str) -> Response:
    """Sign in, once, to all profiles of the address: the person has opened an email to it."""
    read_own_form(request)
    at = clock.now()
    _find_link(id, at=at)
    return _enter(request, redeem(id, lasting=LASTING, at=at), at=at)


def _find_link(token: str, *, at: datetime) -> None:
    """Refuse what is no good link, and one that was sent before an account was handed over."""
    if is_of_former_holder(magic_links.find(token, at=at)):
        raise magic_links.SignInLinkRefused


def _enter(request: Request, token: SessionToken, *, at: datetime) -> Response:
    """Open the portal for a person who has just opened an email: they own that mailbox."""
    resumed = resume(token.cookie, at=at)
    if resumed is not None:
        take_over(resumed[1], token, request, at=at)
    program = cookies.read(request, cookies.INTRODUCE)
    path = f"{_INTRODUCE}?program={quote(program)}" if program else "/portal"
    return shell.redirect(SHELL, path, cookie=cookies.keep(COOKIE, token.cookie, lasting=LASTING))


@_open
def show_confirmation(request: Request, id: str) -> Response:
    """Show a button, so that programs that open links in emails do not confirm the address."""
    email = tokens.find_request(id, at=clock.now()).email
    return _plain(request, "confirm.html", title="confirm", token=id, address=email)


@_open
def confirm(request: Request, id: str) -> Response:
    """Give a partner the address at which this was opened, and sign them in by it."""
    read_own_form(request)
    at = clock.now()
    profile = confirm_email(id, actor=actor_of_page("confirm", request), at=at)
    mailbox = address_digests(profile.partner.email or "")[0]
    token = begin(profile.partner.id, mailbox=mailbox, lasting=LASTING, at=at)
    return _enter(request, token, at=at)


@signed_in
@takes("profile")
def choose(visit: PortalVisit) -> Response:
    """Look at another profile of the same mailbox."""
    profile = choose_profile(visit.profiles, visit.form.get("profile"))
    chosen = profile.partner.id if profile is not None else ""
    return shell.redirect(SHELL, "/portal", cookie=cookies.keep(cookies.PROFILE, chosen, lasting=LASTING))


@signed_in
def sign_out(visit: PortalVisit) -> Response:
    """Sign out on this device."""
    end(visit.token, at=visit.at)
    return shell.redirect(SHELL, "/portal", cookie=cookies.drop(COOKIE))


@signed_in
def sign_out_everywhere(visit: PortalVisit) -> Response:
    """Sign out on every device."""
    # A session is of one of the profiles, and opens all.
    for identifier in {visit.token.holder_id, *(one.partner.id for one in visit.profiles)}:
        end_all(identifier, at=visit.at)
    return shell.redirect(SHELL, "/portal", cookie=cookies.drop(COOKIE))


def _sign_in(request: Request, refusal: Refused | None = None, address: str = "") -> Response:
    t = texts(locale_of(request))
    notice = explain(refusal, t, fields=FIELDS) if refusal else ""
    values = {
        "t": t,
        "title": t["portal"],
        "notice": notice,
        "address": address,
        "invalid": fields_at_fault(refusal, FIELDS),
    }
    return shell.respond(
        SHELL, "sign_in.html", values, status=422 if refusal else 200, headers=_cookie_for_form(request)
    )


def _cookie_for_form(request: Request) -> dict[str, str]:
    """Return the header that keeps which program's form a visitor opened, for when they have signed in."""
    query = dict(request.query_params or {})
    program = str(query.get("program", "")) if request.path == _INTRODUCE else ""
    return (
        {"Set-Cookie": cookies.keep(cookies.INTRODUCE, program, lasting=_FORM_LASTING)}
        if _PROGRAM.fullmatch(program)
        else {}
    )


def _plain(request: Request, template: str, *, title: str, **values: Any) -> Response:
    t = texts(locale_of(request))
    return shell.respond(SHELL, template, {"t": t, "title": t[title], **values})
