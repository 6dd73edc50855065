"""Sessions on the admin pages: an API key with the scope `admin` begins one, and each view is shown within one."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps

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
from chalicelib.web.flash import flash_text
from chalicelib.web.forms import fields_of, read_own_form, takes
from chalicelib.web.refusals import explain

COOKIE = cookies.ADMIN
LASTING = timedelta(hours=12)
SCOPE = "admin"


class AdminVisit(Struct, frozen=True):
    """An admin who is signed in, what they ask for, and when."""

    token: SessionToken
    actor: Actor
    query: dict[str, str]
    form: dict[str, str]
    flash: str
    at: datetime


def signed_in(view: Callable[..., Response]) -> Callable[..., Response]:
    """Let a view be seen by whoever signed in with a key that is still in force; others are asked for one."""

    @wraps(view)
    def answer(request: Request, **path: str) -> Response:
        at = clock.now()
        session = resume_key(cookies.read(request, COOKIE), scope=SCOPE, at=at)
        if session is None:
            return shell.redirect(SHELL, "/admin") if request.method == "POST" else _sign_in(request)
        try:
            form = read_own_form(request, fields_of(view)) if request.method == "POST" else {}
            actor, query = actor_of_session(session[0], session[0].holder_id, request), dict(request.query_params or {})
            visit = AdminVisit(session[0], actor, query, form, flash_text(request), at)
            return view(visit, **path)
        except Refused as refusal:
            return _refused(refusal)

    return answer


@takes("key")
def sign_in(request: Request) -> Response:
    """Begin a session with an API key; the key is compared, and kept nowhere."""
    try:
        secret = read_own_form(request, fields_of(sign_in)).get("key", "")
        key = keys.authorize(f"Bearer {secret}", scope=SCOPE)
    except keys.Unauthorized as refusal:
        return _sign_in(request, notice="This key is not valid.", status=refusal.STATUS_CODE)
    except Refused as refusal:
        return _sign_in(request, notice=explain(refusal, texts(english.LOCALE)), status=refusal.STATUS_CODE)
    token = begin(key.id, lasting=LASTING, at=clock.now())
    return shell.redirect(SHELL, "/admin", cookie=cookies.keep(COOKIE, token.cookie, lasting=LASTING))


@signed_in
def sign_out(visit: AdminVisit) -> Response:
    """End the session."""
    end(visit.token, at=visit.at)
    return shell.redirect(SHELL, "/admin", cookie=cookies.drop(COOKIE))


def _sign_in(request: Request, *, notice: str = "", status: int = 200) -> Response:
    if not notice and request.path != "/admin":
        status = 401
    values = {"t": texts(english.LOCALE), "title": "Sign in – Goodword", "notice": notice}
    return shell.respond(SHELL, "sign_in.html", values, status=status)


def _refused(refusal: Refused) -> Response:
    title = "Not found" if isinstance(refusal, NotFound) else "That did not work"
    return respond(
        AdminPage("refused", "", title, {"detail": explain(refusal, texts(english.LOCALE))}), status=refusal.STATUS_CODE
    )
