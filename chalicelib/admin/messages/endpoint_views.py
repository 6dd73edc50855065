"""What the admin pages show and do about webhook endpoints."""

import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.messages import endpoint_pages
from chalicelib.admin.messages.endpoint_pages import ADDED, ROTATED
from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.outbox.find import MessageNotFound
from chalicelib.outbox.find import find as find_message
from chalicelib.outbox.jobs import retry
from chalicelib.web.forms import takes
from chalicelib.webhooks import deliveries
from chalicelib.webhooks.change_endpoints import create, delete, replace_credentials, rotate, set_state
from chalicelib.webhooks.endpoint_shapes import EndpointChange, NewCredentials, NewEndpoint, Rotation
from chalicelib.webhooks.endpoints import EndpointNotFound, find_endpoint
from chalicelib.webhooks.sample import send_sample

# Per form: some seconds. A longer replay takes several forms.
_MOST_PARTS = 10
_CREDENTIALS = ("token", "client_id", "client_secret")
_REPLAY = re.compile(r"rpl_[0-9A-Z]{26}")


@signed_in
@needs("admin", "program")
def show_endpoints(visit: AdminVisit, id: str) -> Response:
    """Show the webhook endpoints of a program."""
    return respond(visit, endpoint_pages.endpoints(id, done=done_before(visit, _list_of(id))))


@signed_in
@needs("admin")
def show_every_program(visit: AdminVisit) -> Response:
    """Show the webhook endpoints of the whole deployment."""
    return respond(visit, endpoint_pages.endpoints(None, done=done_before(visit, _list_of(None))))


@signed_in
@needs("admin", "program")
@takes("url", "types", "format", "gives_benefits", *_CREDENTIALS)
def add_endpoint(visit: AdminVisit, id: str) -> Response:
    """Add an endpoint of a program, and lead to its page, where its secret is shown."""
    return _add(visit, id)


@signed_in
@needs("admin")
@takes("url", "types", "format", "gives_benefits", *_CREDENTIALS)
def add_for_every_program(visit: AdminVisit) -> Response:
    """Add an endpoint of the whole deployment, and lead to its page, where its secret is shown."""
    return _add(visit, None)


def _add(visit: AdminVisit, program: str | None) -> Response:
    form = visit.form
    try:
        fields: dict[str, object] = {
            "program": program,
            "url": form.get("url", ""),
            "format": form.get("format", "native"),
        }
        gives_benefits = "gives_benefits" in form
        types = re.split(r"[,\s]+", form["types"]) if "types" in form and not gives_benefits else None
        fields |= {"types": types, "gives_benefits": gives_benefits, "credentials": _credentials(form)}
        new = bodies.typed(fields, NewEndpoint, strict=True)
        added, is_new = create(
            program,
            new.url,
            new.types,
            form=new.format,
            gives_benefits=gives_benefits,
            credentials=new.credentials.by_name if new.credentials is not None else None,
            actor=visit.actor,
            at=visit.at,
        )
    except Refused as refusal:
        return respond_again(visit, endpoint_pages.endpoints(program, typed=form), refusal)
    return go_on(visit, _page_of(added.endpoint_id), ADDED if is_new else "This endpoint already exists.")


@signed_in
@needs("admin", "endpoint")
def show_endpoint(visit: AdminVisit, id: str) -> Response:
    """Show an endpoint, and what it was sent."""
    done = done_before(visit, _page_of(id))
    page = endpoint_pages.endpoint(id, visit.query.get("status"), visit.query.get("cursor"), done=done, at=visit.at)
    return respond(visit, page)


@signed_in
@needs("admin", "endpoint")
@takes("action", "overlap_hours", "type", "from", "to", "once", "message", *_CREDENTIALS)
def change_endpoint(visit: AdminVisit, id: str) -> Response:
    """Pause an endpoint or wake it, give it another secret, send it a sample, a delivery or a span again."""
    act = _ACTIONS.get(visit.form.get("action", ""))
    try:
        if act is None:
            raise InvalidValue("Choose an action for the endpoint.", pointer="/action")
        done = act(visit, id)
    except EndpointNotFound:
        raise
    except Refused as refusal:
        page = endpoint_pages.endpoint(id, None, None, typed=visit.form, at=visit.at)
        return respond_again(visit, page, refusal)
    return go_on(visit, _page_of(id), done)


@signed_in
@needs("admin", "endpoint")
def show_deletion(visit: AdminVisit, id: str) -> Response:
    """Say what deleting an endpoint does."""
    return respond(visit, endpoint_pages.deletion(id))


@signed_in
@needs("admin", "endpoint")
def delete_endpoint(visit: AdminVisit, id: str) -> Response:
    """Delete an endpoint, and lead to the remaining ones."""
    endpoint = delete(id, actor=visit.actor, at=visit.at)
    return go_on(visit, _list_of(endpoint.program_id), f"{endpoint.url} was deleted.")


def _set_state(visit: AdminVisit, endpoint: str) -> str:
    state = "paused" if visit.form["action"] == "pause" else "active"
    set_state(
        endpoint, bodies.typed({"state": state}, EndpointChange, strict=True).state, actor=visit.actor, at=visit.at
    )
    return "The endpoint is paused." if state == "paused" else "The endpoint is active again."


def _rotate(visit: AdminVisit, endpoint: str) -> str:
    hours = bodies.typed({"overlap_hours": visit.form.get("overlap_hours", "")}, Rotation, strict=False).overlap_hours
    rotate(endpoint, overlap=timedelta(hours=hours), actor=visit.actor, at=visit.at)
    return ROTATED


def _replace_credentials(visit: AdminVisit, endpoint: str) -> str:
    fields = {"credentials": _credentials(visit.form) or {}}
    new = bodies.typed(fields, NewCredentials, strict=True)
    replace_credentials(endpoint, new.credentials.by_name, actor=visit.actor, at=visit.at)
    return "The CRM is called with other credentials."


def _credentials(form: Mapping[str, str]) -> dict[str, str] | None:
    """Return the CRM credentials that were entered, if any."""
    return {name: value for name in _CREDENTIALS if (value := form.get(name, "").strip())} or None


def _send_sample(visit: AdminVisit, endpoint: str) -> str:
    answered = send_sample(find_endpoint(endpoint)[1], visit.form.get("type", ""), at=visit.at)
    result = f"answered {answered.status}" if answered.status is not None else f"did not answer ({answered.reason})"
    text = f": {answered.text}" if answered.text else ""
    return f"The endpoint {result} after {answered.milliseconds} ms{text}"


def _retry(visit: AdminVisit, endpoint: str) -> str:
    identifier = visit.form.get("message", "")
    # The right to one program's endpoint is not a right to another's.
    if find_message(identifier, at=visit.at).endpoint_id != endpoint:
        raise MessageNotFound(f"There is no delivery {identifier!r} to this endpoint.")
    retry(identifier, actor=visit.actor, at=visit.at)
    return "The delivery will be retried."


def _replay(visit: AdminVisit, endpoint: str) -> str:
    target, name = find_endpoint(endpoint)[1], visit.form.get("once", "")
    begin = bodies.read_instant(f"{visit.form.get('from', '')}T00:00:00Z", pointer="/from")
    end = bodies.read_instant(f"{visit.form.get('to', '')}T00:00:00Z", pointer="/to")
    deliveries.check_replay(target, begin, end)
    if not _REPLAY.fullmatch(name):
        raise InvalidValue("Open the page again and send the form from there.", pointer="/once")
    visit.actor.commit(action="endpoint.replayed", subject=endpoint, part=name, at=visit.at)
    queued, place = 0, deliveries.ReplayPlace()
    for _ in range(_MOST_PARTS):
        part = deliveries.replay(target, begin, end, None, name=name, place=place, at=visit.at)
        queued += part.queued
        if part.rest is None:
            return f"{_events(queued)} will be sent again."
        place = part.rest
    since = f", from {place.after.partition('#')[0]} on" if target.program_id is not None and place.after else ""
    return f"{_events(queued)} will be sent again. There are more{since}: use the API."


def _events(count: int) -> str:
    return f"{count} event{'' if count == 1 else 's'}"


_ACTIONS = {
    "pause": _set_state,
    "activate": _set_state,
    "rotate": _rotate,
    "credentials": _replace_credentials,
    "sample": _send_sample,
    "retry": _retry,
    "replay": _replay,
}


def _list_of(program: str | None) -> str:
    return "/admin/endpoints" if program is None else f"/admin/programs/{quote(program, safe='')}/endpoints"


def _page_of(endpoint: str) -> str:
    return f"/admin/endpoints/{quote(endpoint, safe='')}"
