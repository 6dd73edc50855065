"""What the admin pages show and do about API keys. Owners of all programs alone see them."""

from typing import get_args
from urllib.parse import quote

from chalice.app import Response

from chalicelib.access import api_keys
from chalicelib.access.api_keys import LEADS, Scope
from chalicelib.access.shapes import NewKey, NewPublishableKey
from chalicelib.access.table import ApiKey
from chalicelib.admin.lists import first_page, save_list, show_list
from chalicelib.admin.once import begin_once
from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.people import key_pages
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.kit.idempotency import Receipt
from chalicelib.programs import find as programs
from chalicelib.web.forms import takes

_KEYS = "/admin/keys"
_SCOPES = get_args(Scope)


@signed_in
@needs("admin")
def show_keys(visit: AdminVisit) -> Response:
    """Show the API keys, and what was done."""
    return show_list(visit, key_pages.keys(done=done_before(visit, _KEYS), at=visit.at))


@signed_in
@needs("admin")
def save_keys(visit: AdminVisit) -> Response:
    """Save the list of the API keys, without their secrets."""
    return save_list(visit, key_pages.keys(at=visit.at))


@signed_in
@needs("admin")
@takes("name", "program", "once", *_SCOPES)
def create_key(visit: AdminVisit) -> Response:
    """Create a key, once however often its form is sent, and show its secret in the answer to the first."""
    form = visit.form
    secrets: list[str] = []
    try:
        new, program_id = _read(form)
        scopes: list[str] = [*new.scopes] if isinstance(new, NewKey) else [LEADS]

        def begin(receipt: Receipt) -> ApiKey:
            key, secret = api_keys.create(
                name=new.name, scopes=scopes, program_id=program_id, actor=visit.actor, at=visit.at, receipt=receipt
            )
            secrets.append(secret)
            return key

        made = begin_once(form, _KEYS, [new, program_id], begin, id_of=_id_of, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        page = first_page(key_pages.keys(typed=form, at=visit.at), at=visit.at)
        return respond_again(visit, page, refusal, rest=key_pages.FIRST_SCOPE)
    return respond(visit, key_pages.key(made, secret="".join(secrets), made=True, at=visit.at))


@signed_in
@needs("admin")
def show_key(visit: AdminVisit, id: str) -> Response:
    """Show a key, without its secret."""
    return respond(visit, key_pages.key(id, at=visit.at))


@signed_in
@needs("admin")
@takes("once")
def rotate_key(visit: AdminVisit, id: str) -> Response:
    """Create a key like this one, once however often the form is sent; this one stays valid until it is revoked."""
    secrets: list[str] = []

    def begin(receipt: Receipt) -> ApiKey:
        key, secret = api_keys.rotate(id, actor=visit.actor, at=visit.at, receipt=receipt)
        secrets.append(secret)
        return key

    made = begin_once(visit.form, _page_of(id), id, begin, id_of=_id_of, actor=visit.actor, at=visit.at)
    return respond(visit, key_pages.key(made, secret="".join(secrets), made=True, at=visit.at))


@signed_in
@needs("admin")
def ask_to_revoke(visit: AdminVisit, id: str) -> Response:
    """Say what revoking a key does."""
    return respond(visit, key_pages.revocation(id))


@signed_in
@needs("admin")
def revoke_key(visit: AdminVisit, id: str) -> Response:
    """Revoke a key for good."""
    key = api_keys.revoke(id, actor=visit.actor, at=visit.at)
    return go_on(visit, _KEYS, f"{key.name} (…{key.last_four}) was revoked.")


def _read(form: dict[str, str]) -> tuple[NewKey | NewPublishableKey, str | None]:
    """Return the key that a form asks for, and the program whose pages will have it."""
    name, chosen = form.get("name", ""), [scope for scope in _SCOPES if scope in form]
    if "program" not in form:
        return bodies.typed({"name": name, "scopes": chosen}, NewKey, strict=True), None
    if chosen:
        raise InvalidValue("A key for pages has no scopes to choose.", pointer="/program")
    program_id = programs.find(form["program"]).program.id
    return bodies.typed({"name": name}, NewPublishableKey, strict=True), program_id


def _id_of(key: ApiKey) -> str:
    return key.id


def _page_of(key: str) -> str:
    return f"{_KEYS}/{quote(key, safe='')}"
