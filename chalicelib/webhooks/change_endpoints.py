"""Webhook endpoints are added, paused, woken, given another secret, and deleted."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.events.catalog import is_type
from chalicelib.events.table import is_of_program
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.programs import find as programs
from chalicelib.programs.table import (
    CREDENTIALS,
    DEPLOYMENT,
    EndpointCredentials,
    Program,
    WebhookEndpoint,
    endpoint_key,
)
from chalicelib.programs.webhooks import BenefitsGivenElsewhere, WebhookRefused, check_address
from chalicelib.webhooks.credentials import has_credentials, new_credentials
from chalicelib.webhooks.crm import CRMS, check_base
from chalicelib.webhooks.crm import TYPES as CRM_TYPES
from chalicelib.webhooks.endpoints import BENEFITS, EVERYTHING, find_endpoint, id_of, is_own, read_endpoints, selects

if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor

MOST = 20


class EndpointExists(Refused):
    """An endpoint with this address, types and format has other credentials; replace those instead."""

    STATUS_CODE = 409


class TooManyEndpoints(Refused):
    """A program can have at most twenty webhook endpoints, and so can the whole deployment."""

    STATUS_CODE = 409


class RotationUnderWay(Refused):
    """The previous secret is still valid; wait until it ends, or rotate with an overlap of 0."""

    STATUS_CODE = 409


def create(
    reference: str | None,
    url: str,
    types: Sequence[str] | None,
    *,
    form: str = "native",
    gives_benefits: bool = False,
    credentials: dict[str, str | None] | None = None,
    actor: "Actor",
    at: datetime,
) -> tuple[WebhookEndpoint, bool]:
    """
    Add an endpoint, in effect within half a minute. Returns it, and whether it is new.

    Without a program it is of the whole deployment: it is sent every program's events, and those of none. A CRM is
    called with credentials, and asks for the types that it has records for.
    A second one of the same address, types and form is the first: nothing is changed, and no secret shown again.
    Refused with other credentials than the first has.
    """
    if gives_benefits and reference is None:
        raise InvalidValue("Benefits are given by an endpoint of their program.", pointer="/gives_benefits")
    program = programs.read(programs.find(reference).program.id).program if reference is not None else None
    partition = program.id if program is not None else DEPLOYMENT
    check_address(url)
    if form in CRMS:
        url, types = _check_crm(form, url, types, gives_benefits=gives_benefits)
    elif credentials is not None:
        raise InvalidValue("Only a CRM is called with credentials.", pointer="/credentials")
    endpoint = WebhookEndpoint(
        partition,
        "",
        url=url,
        types=_check_types(types, gives_benefits=gives_benefits, of_program=program is not None),
        format=form,
        gives_benefits=gives_benefits,
        nonce=secrets.token_hex(8),
        created_at=at,
    )
    endpoint.sort = endpoint_key(id_of(partition, url, form, *endpoint.types, *(["given"] if gives_benefits else [])))
    existing = read_endpoints(partition)
    same = next((one for one in existing if one.sort == endpoint.sort), None)
    if same is not None:
        _check_credentials(same, credentials)
        return same, False
    if len(existing) >= MOST:
        raise TooManyEndpoints(f"There can be at most {MOST} endpoints.")
    added = [writes.insert(endpoint)]
    if form in CRMS:
        added.append(writes.insert(new_credentials(endpoint.endpoint_id, form, credentials or {})))
    if gives_benefits and program is not None:
        if any(one.gives_benefits for one in existing):
            raise BenefitsGivenElsewhere("Another endpoint already gives this program's benefits; delete it first.")
        # If two are added at once, one succeeds.
        added.append(_note_giver(program, endpoint.nonce))
    _commit(actor, added, action="endpoint.created", subject=endpoint.endpoint_id, at=at)
    return endpoint, True


def set_state(identifier: str, state: str, *, actor: "Actor", at: datetime) -> WebhookEndpoint:
    """Pause an endpoint, or have it called again; what it is already changes nothing."""
    program, endpoint = find_endpoint(identifier)
    if endpoint.state == state:
        return endpoint
    values: dict[str, Any] = {"state": state, "changed_at": at, "failing_since": None}
    return _change(program, endpoint, values, action="endpoint.changed", actor=actor, at=at)


def rotate(identifier: str, *, overlap: timedelta, actor: "Actor", at: datetime) -> WebhookEndpoint:
    """Give an endpoint another secret; for the time of the overlap, calls are signed with the old one, too."""
    program, endpoint = find_endpoint(identifier)
    if endpoint.format in CRMS:
        raise InvalidValue("A CRM is called with credentials of its own, and with no secret of ours.")
    if overlap and endpoint.previous_until is not None and endpoint.previous_until > at:
        raise RotationUnderWay("The previous secret is still valid; wait, or rotate with an overlap of 0 to end it.")
    values = {
        "nonce": secrets.token_hex(8),
        "previous_nonce": endpoint.nonce if overlap else None,
        "previous_until": at + overlap if overlap else None,
    }
    return _change(program, endpoint, values, action="endpoint.rotated", actor=actor, at=at)


def replace_credentials(
    identifier: str, credentials: dict[str, str | None], *, actor: "Actor", at: datetime
) -> WebhookEndpoint:
    """Have a CRM called with other credentials, in effect within half a minute."""
    _, endpoint = find_endpoint(identifier)
    if endpoint.format not in CRMS:
        raise InvalidValue("Only a CRM is called with credentials.", pointer="/credentials")
    row = new_credentials(identifier, endpoint.format, credentials)
    changed = [
        writes.update_if(endpoint, WebhookEndpoint.changed_at.set(at), condition=WebhookEndpoint.url == endpoint.url),
        writes.put_if(row, EndpointCredentials.id.exists()),
    ]
    _commit(actor, changed, action="endpoint.rotated", subject=identifier, at=at)
    return _with(endpoint, {"changed_at": at})


def delete(identifier: str, *, actor: "Actor", at: datetime) -> WebhookEndpoint:
    """Delete an endpoint. What is on its way to it is skipped, and its deliveries are listed no more."""
    program, endpoint = find_endpoint(identifier)
    is_in_row = program is not None and is_own(program, endpoint)
    deleted = _forget_own(program) if program is not None and is_in_row else writes.delete(endpoint)
    also = [writes.delete(EndpointCredentials(identifier, CREDENTIALS))] if endpoint.format in CRMS else []
    _commit(actor, [deleted, *also], action="endpoint.deleted", subject=identifier, at=at)
    return endpoint


def _change(
    program: Program | None,
    endpoint: WebhookEndpoint,
    values: dict[str, Any],
    *,
    action: Any,
    actor: "Actor",
    at: datetime,
) -> WebhookEndpoint:
    if program is not None and is_own(program, endpoint):
        changed = [writes.insert(_with(endpoint, values)), _forget_own(program)]
    else:
        actions = [
            getattr(WebhookEndpoint, name).set(value) if value is not None else getattr(WebhookEndpoint, name).remove()
            for name, value in values.items()
        ]
        unchanged = (WebhookEndpoint.nonce == endpoint.nonce) & (WebhookEndpoint.state == endpoint.state)
        changed = [writes.update_if(endpoint, *actions, condition=unchanged)]
    _commit(actor, changed, action=action, subject=endpoint.endpoint_id, at=at)
    return _with(endpoint, values)


def _with(endpoint: WebhookEndpoint, values: dict[str, Any]) -> WebhookEndpoint:
    return WebhookEndpoint(**(endpoint.attribute_values | values))


def _commit(actor: "Actor", changed: list[Write], *, action: Any, subject: str, at: datetime) -> None:
    if actor.commit(*changed, action=action, subject=subject, at=at):
        raise Busy("Someone else just changed this endpoint; check it and send the call again.")


def _forget_own(program: Program) -> Write:
    unchanged = Program.webhook_nonce == program.webhook_nonce
    return writes.update_if(program, Program.webhook_url.remove(), condition=unchanged)


def _note_giver(program: Program, nonce: str) -> Write:
    before = program.webhook_nonce
    unchanged = Program.webhook_nonce == before if before is not None else Program.webhook_nonce.does_not_exist()
    return writes.update_if(program, Program.webhook_nonce.set(nonce), condition=unchanged)


def _check_credentials(same: WebhookEndpoint, credentials: dict[str, str | None] | None) -> None:
    """Refuse a second endpoint with other credentials than the first has: neither would be what was requested."""
    if credentials is not None and not has_credentials(same.endpoint_id, same.format, credentials):
        raise EndpointExists(
            f"The endpoint {same.endpoint_id} has this address, types and format, and other credentials; replace "
            f"them with POST /v1/endpoints/{same.endpoint_id}/credentials."
        )


def _check_crm(form: str, url: str, types: Sequence[str] | None, *, gives_benefits: bool) -> tuple[str, list[str]]:
    """Return a CRM's address, and the types it has a record for. Refuses another host, and what selects no type."""
    if gives_benefits:
        raise InvalidValue("A CRM gives no benefits.", pointer="/gives_benefits")
    for number, pattern in enumerate(types or []):
        if not any(selects([pattern], name) for name in CRM_TYPES):
            names = ", ".join(CRM_TYPES)
            raise InvalidValue(f"A CRM has no record for {pattern!r}; it has for {names}.", pointer=f"/types/{number}")
    try:
        base = check_base(form, url)
    except ValueError as error:
        raise WebhookRefused(f"The address is refused: {error}.", pointer="/url") from error
    return base, [name for name in CRM_TYPES if selects(types or [EVERYTHING], name)]


def _check_types(types: Sequence[str] | None, *, gives_benefits: bool, of_program: bool) -> list[str]:
    if gives_benefits:
        if types is not None and sorted(types) != BENEFITS:
            raise InvalidValue(
                "An endpoint that gives benefits receives only those; leave out `types`.", pointer="/types"
            )
        return BENEFITS
    if types is None:
        return [EVERYTHING]
    for number, pattern in enumerate(types):
        if pattern == EVERYTHING:
            continue
        if not is_type(pattern):
            raise InvalidValue(
                f"There is no event type {pattern!r}; GET /v1/event-types lists them.",
                pointer=f"/types/{number}",
            )
        if of_program and not is_of_program(pattern):
            raise InvalidValue(
                f"{pattern!r} belongs to no program; add an endpoint without `program` to receive it.",
                pointer=f"/types/{number}",
            )
    return sorted(set(types))
