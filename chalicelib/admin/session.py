"""Signing in to the admin pages, by a link from an email or with an API key; each view is shown within a session."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from chalice.app import Request, Response
from msgspec import Struct

from chalicelib.access import api_keys as keys
from chalicelib.access import magic_links
from chalicelib.access.magic_links import ADMINS
from chalicelib.access.rate_limit import find_visitor
from chalicelib.access.sessions import SessionToken, end_as
from chalicelib.admin import english
from chalicelib.admin.page import SHELL, AdminPage, AdminVisit, respond
from chalicelib.admin.permissions import check, need_of, needs
from chalicelib.admin.send_link import send_link
from chalicelib.kit import bodies, clock
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.kit.problems import request_id_of
from chalicelib.kit.shapes import Email
from chalicelib.language.texts import texts
from chalicelib.users.sessions import LASTING, begin_by_key, begin_by_link, resume_administrator
from chalicelib.web import cookies, shell
from chalicelib.web.actors import actor_of_session
from chalicelib.web.fields import fields_at_fault
from chalicelib.web.flash import flash_text
from chalicelib.web.forms import fields_of, read_own_form, takes
from chalicelib.web.refusals import explain

COOKIE = cookies.ADMIN
_START = "/admin"
# Where one may be led after signing in: to nothing but these pages.
_OWN_PAGE = re.compile(r"/admin(?:[/?][\w/?=&.%+:,~-]{0,4000})?", re.ASCII)


class SignIn(Struct, frozen=True):
    """A request for a sign-in link."""

    email: Email


def signed_in(view: Callable[..., Response]) -> Callable[..., Response]:
    """Show a view only to a signed-in person with the rights it needs; others are asked to sign in."""

    @wraps(view)
    def answer(request: Request, **path: str) -> Response:
        at = clock.now()
        administrator = resume_administrator(cookies.read(request, COOKIE), at=at)
        if administrator is None:
            return _signed_out() if request.method == "POST" else _sign_in(request, to=_address_of(request))
        visit = AdminVisit(
            administrator=administrator,
            actor=actor_of_session(administrator.token, administrator.token.holder_id, request),
            query=dict(request.query_params or {}),
            form={},
            fields=fields_of(view),
            flash=flash_text(request),
            at=at,
            subject=path.get("id", ""),
        )
        try:
            visit.form = read_own_form(request, visit.fields) if request.method == "POST" else {}
            visit.programs = check(administrator.rights, need_of(view), path)
            return view(visit, **path)
        except Refused as refusal:
            return _refused(visit, refusal)

    return answer


def respond_again(visit: AdminVisit, page: AdminPage, refusal: Refused, *, rest: str = "") -> Response:
    """
    Answer with the page of a refused form, which says what is wrong and marks the fields at fault.

    *rest* is the field for anything without a field of its own.
    """
    return respond(visit, page, refusal=refusal, invalid=fields_at_fault(refusal, visit.fields, rest=rest))


def _open(view: Callable[..., Response]) -> Callable[..., Response]:
    """Show a view to anyone; the page to request another link shows its refusals."""

    @wraps(view)
    def answer(request: Request, **path: str) -> Response:
        try:
            return view(request, **path)
        except Refused as refusal:
            notice = explain(refusal, texts(english.LOCALE))
            return _sign_in(request, to=_START, notice=notice, status=refusal.STATUS_CODE)

    return answer


@_open
@takes("email")
def ask_for_link(request: Request) -> Response:
    """Send a link to sign in by; the answer is the same whether the address is known or not."""
    form = read_own_form(request, fields_of(ask_for_link))
    try:
        address = bodies.typed({"email": form.get("email", "")}, SignIn, strict=True).email
    except Refused as refusal:
        notice = explain(refusal, texts(english.LOCALE))
        return _sign_in(request, to=_START, notice=notice, typed=form, status=422)
    send_link(address, visitor=find_visitor(request), at=clock.now())
    return _plain("asked.html", title="Check your inbox", start="/admin")


@_open
def show_link(request: Request, id: str) -> Response:
    """Show a button: programs that follow a link before its reader does must not use it up."""
    magic_links.find(id, holders=ADMINS, at=clock.now())
    return _plain("enter.html", title="Sign in", token=id)


@_open
def enter(request: Request, id: str) -> Response:
    """Sign in, once: the link proves that an email to the address was opened."""
    read_own_form(request)
    return _entered(begin_by_link(id, request_id=request_id_of(request), at=clock.now()), to=_START)


@takes("key", "to")
def sign_in(request: Request) -> Response:
    """
    Begin a session with an API key, and lead to the requested page.

    The key is compared, and never stored.
    """
    to = _START
    try:
        form = read_own_form(request, fields_of(sign_in))
        to = form["to"] if _OWN_PAGE.fullmatch(form.get("to", "")) else _START
        key = keys.authorize(f"Bearer {form.get('key', '')}", scope="admin")
    except keys.Unauthorized as refusal:
        return _sign_in(request, to=to, notice="This key is not valid.", status=refusal.STATUS_CODE)
    except Refused as refusal:
        notice = explain(refusal, texts(english.LOCALE))
        return _sign_in(request, to=to, notice=notice, status=refusal.STATUS_CODE)
    return _entered(begin_by_key(key, request_id=request_id_of(request), at=clock.now()), to=to)


@signed_in
@needs("stats:read", "any program")
def sign_out(visit: AdminVisit) -> Response:
    """End the session; every role may."""
    end_as(visit.administrator.session, actor=visit.actor, at=visit.at)
    return shell.redirect(SHELL, "/admin", cookie=cookies.drop(COOKIE))


def _entered(token: SessionToken, *, to: str) -> Response:
    return shell.redirect(SHELL, to, cookie=cookies.keep(COOKIE, token.cookie, lasting=LASTING))


def _address_of(request: Request) -> str:
    """Return the requested page, with its query."""
    path, query = str(request.path), urlencode(dict(request.query_params or {}))
    # It comes as its route spells it, such as `/admin/partners/{id}`.
    for name, value in (request.uri_params or {}).items():
        path = path.replace(f"{{{name}}}", value).replace(f"{{{name}+}}", value)
    return f"{path}?{query}" if query else path


def _signed_out() -> Response:
    """Say that a form did nothing. A browser keeps what was sent, and sends it again when this page is reloaded."""
    return _plain("signed_out.html", title="Signed out", status=401)


def _sign_in(
    request: Request, *, to: str, notice: str = "", typed: dict[str, str] | None = None, status: int = 200
) -> Response:
    if not notice and request.path != _START:
        status = 401
    # The form keeps the address; it never keeps a key.
    at_fault, address = ("key", "") if typed is None else ("email", typed.get("email", ""))
    invalid = [at_fault] if notice and request.method == "POST" else []
    return _plain("sign_in.html", title="Sign in", notice=notice, invalid=invalid, to=to, typed=address, status=status)


def _plain(template: str, *, title: str, status: int = 200, **values: Any) -> Response:
    named = {"t": texts(english.LOCALE), "title": f"{title} – Goodword", **values}
    return shell.respond(SHELL, template, named, status=status)


def _refused(visit: AdminVisit, refusal: Refused) -> Response:
    title = "Not found" if isinstance(refusal, NotFound) else "That did not work"
    page = AdminPage("refused", "", title, {"detail": explain(refusal, texts(english.LOCALE))})
    return respond(visit, page, status=refusal.STATUS_CODE)
