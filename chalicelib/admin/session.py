"""Sessions on the admin pages: an API key with the scope `admin` begins one, and each view is shown within one."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from urllib.parse import urlencode

from chalice.app import Request, Response
from msgspec import Struct

from chalicelib.access import api_keys as keys
from chalicelib.access.sessions import SessionToken, begin, end, resume_key
from chalicelib.admin import english
from chalicelib.admin.page import SHELL, AdminPage, respond
from chalicelib.audit.actor import Actor
from chalicelib.kit import clock
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.language.texts import texts
from chalicelib.web import cookies, shell
from chalicelib.web.actors import actor_of_session
from chalicelib.web.fields import fields_at_fault
from chalicelib.web.flash import flash_text
from chalicelib.web.forms import fields_of, read_own_form, takes
from chalicelib.web.refusals import explain

COOKIE = cookies.ADMIN
LASTING = timedelta(hours=12)
SCOPE = "admin"
_START = "/admin"
# Where one may be led after signing in: to nothing but these pages.
_OWN_PAGE = re.compile(r"/admin(?:[/?][\w/?=&.%+:,~-]{0,4000})?", re.ASCII)


class AdminVisit(Struct, frozen=True):
    """An admin who is signed in, what they ask for, and when."""

    token: SessionToken
    actor: Actor
    query: dict[str, str]
    form: dict[str, str]
    # What the forms have that send to the view.
    fields: tuple[str, ...]
    flash: str
    at: datetime


def signed_in(view: Callable[..., Response]) -> Callable[..., Response]:
    """Show a view only to sessions whose key is still valid; others are asked to sign in."""

    @wraps(view)
    def answer(request: Request, **path: str) -> Response:
        at = clock.now()
        session = resume_key(cookies.read(request, COOKIE), scope=SCOPE, at=at)
        if session is None:
            return _signed_out() if request.method == "POST" else _sign_in(request, to=_address_of(request))
        try:
            fields = fields_of(view)
            form = read_own_form(request, fields) if request.method == "POST" else {}
            actor, query = actor_of_session(session[0], session[0].holder_id, request), dict(request.query_params or {})
            visit = AdminVisit(session[0], actor, query, form, fields, flash_text(request), at)
            return view(visit, **path)
        except Refused as refusal:
            return _refused(refusal)

    return answer


def respond_again(visit: AdminVisit, page: AdminPage, refusal: Refused, *, rest: str = "") -> Response:
    """
    Answer with the page of a form that was refused, which says what is wrong and marks the fields at fault.

    *rest* is the field in which whatever has no field of its own stands.
    """
    return respond(page, refusal=refusal, invalid=fields_at_fault(refusal, visit.fields, rest=rest))


@takes("key", "to")
def sign_in(request: Request) -> Response:
    """
    Begin a session with an API key, and lead to the page that was asked for.

    The key is compared, and kept nowhere.
    """
    to = _START
    try:
        form = read_own_form(request, fields_of(sign_in))
        to = form["to"] if _OWN_PAGE.fullmatch(form.get("to", "")) else _START
        key = keys.authorize(f"Bearer {form.get('key', '')}", scope=SCOPE)
    except keys.Unauthorized as refusal:
        return _sign_in(request, to=to, notice="This key is not valid.", status=refusal.STATUS_CODE)
    except Refused as refusal:
        notice = explain(refusal, texts(english.LOCALE))
        return _sign_in(request, to=to, notice=notice, status=refusal.STATUS_CODE)
    token = begin(key.id, lasting=LASTING, at=clock.now())
    return shell.redirect(SHELL, to, cookie=cookies.keep(COOKIE, token.cookie, lasting=LASTING))


@signed_in
def sign_out(visit: AdminVisit) -> Response:
    """End the session."""
    end(visit.token, at=visit.at)
    return shell.redirect(SHELL, "/admin", cookie=cookies.drop(COOKIE))


def _address_of(request: Request) -> str:
    """Return the page that was asked for, with what was asked of it."""
    path, query = str(request.path), urlencode(dict(request.query_params or {}))
    # It comes as its route spells it, such as `/admin/partners/{id}`.
    for name, value in (request.uri_params or {}).items():
        path = path.replace(f"{{{name}}}", value).replace(f"{{{name}+}}", value)
    return f"{path}?{query}" if query else path


def _signed_out() -> Response:
    """Say that a form did nothing. A browser keeps what was sent, and sends it again when this page is reloaded."""
    values = {"t": texts(english.LOCALE), "title": "Signed out – Goodword"}
    return shell.respond(SHELL, "signed_out.html", values, status=401)


def _sign_in(request: Request, *, to: str, notice: str = "", status: int = 200) -> Response:
    if not notice and request.path != _START:
        status = 401
    values = {"t": texts(english.LOCALE), "title": "Sign in – Goodword", "notice": notice, "to": to}
    values["invalid"] = ["key"] if notice else []
    return shell.respond(SHELL, "sign_in.html", values, status=status)


def _refused(refusal: Refused) -> Response:
    title = "Not found" if isinstance(refusal, NotFound) else "That did not work"
    return respond(
        AdminPage("refused", "", title, {"detail": explain(refusal, texts(english.LOCALE))}), status=refusal.STATUS_CODE
    )
