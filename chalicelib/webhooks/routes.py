"""Webhook endpoints, over HTTP."""

from datetime import timedelta

import msgspec
from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit import bodies, cursors, ids
from chalicelib.kit.cursors import Page
from chalicelib.kit.shapes import NoQuery
from chalicelib.programs import find as programs
from chalicelib.programs.table import DEPLOYMENT
from chalicelib.webhooks.endpoint_shapes import (
    DeliveriesQuery,
    DeliveryView,
    EndpointChange,
    EndpointList,
    EndpointsQuery,
    EndpointView,
    NewCredentials,
    NewEndpoint,
    NewEndpointView,
    Replay,
    ReplayView,
    Rotation,
    SampleRequest,
    SampleResult,
)

routes = Blueprint(__name__)


@routes.route("/v1/endpoints", methods=["POST"])
@endpoint(routes, scope="admin", body=NewEndpoint, answer=NewEndpointView, status=201, replays=False)
def create_endpoint(call: Call[NewEndpoint, NoQuery]) -> NewEndpointView:
    """
    Add a webhook endpoint; its secret is shown this once.

    The same address, types and format again are the first; with other credentials, they are refused.
    """
    # Only who asks for them waits for what finds and changes them.
    from chalicelib.webhooks import change_endpoints as endpoints
    from chalicelib.webhooks.crm import CRMS
    from chalicelib.webhooks.secrets import show_secret

    new = call.body
    added, is_new = endpoints.create(
        new.program,
        new.url,
        new.types,
        form=new.format,
        gives_benefits=new.gives_benefits,
        credentials=new.credentials.by_name if new.credentials is not None else None,
        actor=call.actor,
        at=call.at,
    )
    is_signed = is_new and added.format not in CRMS
    return NewEndpointView(EndpointView.of(added), show_secret(added) if is_signed else None)


@routes.route("/v1/endpoints", methods=["GET"])
@endpoint(routes, scope="admin", query=EndpointsQuery, answer=EndpointList)
def list_endpoints(call: Call[None, EndpointsQuery]) -> EndpointList:
    """List webhook endpoints of a program, or of the whole deployment; of an address, or those that ask for a type."""
    from chalicelib.webhooks import endpoints

    query = call.query
    program = programs.find(query.program).program.id if query.program is not None else DEPLOYMENT
    return EndpointList(
        [
            EndpointView.of(one)
            for one in endpoints.read_endpoints(program)
            if query.url in (None, one.url) and (query.type is None or endpoints.wants(one, query.type))
        ]
    )


@routes.route("/v1/endpoints/{id}", methods=["GET"])
@endpoint(routes, scope="admin", answer=EndpointView)
def get_endpoint(call: Call[None, NoQuery], id: str) -> EndpointView:
    """Show a webhook endpoint."""
    from chalicelib.webhooks.endpoints import find_endpoint

    return EndpointView.of(find_endpoint(id)[1])


@routes.route("/v1/endpoints/{id}", methods=["DELETE"])
@endpoint(routes, scope="admin", answer=EndpointView)
def delete_endpoint(call: Call[None, NoQuery], id: str) -> EndpointView:
    """Delete a webhook endpoint; what is on its way to it is not sent."""
    from chalicelib.webhooks.change_endpoints import delete

    return EndpointView.of(delete(id, actor=call.actor, at=call.at))


@routes.route("/v1/endpoints/{id}/state", methods=["POST"])
@endpoint(routes, scope="admin", body=EndpointChange, answer=EndpointView, replays=False)
def set_endpoint_state(call: Call[EndpointChange, NoQuery], id: str) -> EndpointView:
    """Pause an endpoint, or have it called again, also one that sleeps; in effect within half a minute."""
    from chalicelib.webhooks.change_endpoints import set_state

    return EndpointView.of(set_state(id, call.body.state, actor=call.actor, at=call.at))


@routes.route("/v1/endpoints/{id}/rotate", methods=["POST"])
@endpoint(routes, scope="admin", body=Rotation, answer=NewEndpointView, replays=False)
def rotate_endpoint(call: Call[Rotation, NoQuery], id: str) -> NewEndpointView:
    """Give an endpoint another secret, shown this once; for some hours, calls are signed with the old one, too."""
    from chalicelib.webhooks.change_endpoints import rotate
    from chalicelib.webhooks.secrets import show_secret

    overlap = timedelta(hours=call.body.overlap_hours)
    rotated = rotate(id, overlap=overlap, actor=call.actor, at=call.at)
    return NewEndpointView(EndpointView.of(rotated), show_secret(rotated))


@routes.route("/v1/endpoints/{id}/credentials", methods=["POST"])
@endpoint(routes, scope="admin", body=NewCredentials, answer=EndpointView, replays=False)
def set_endpoint_credentials(call: Call[NewCredentials, NoQuery], id: str) -> EndpointView:
    """Have a CRM called with other credentials, which are not shown again."""
    from chalicelib.webhooks.change_endpoints import replace_credentials

    return EndpointView.of(replace_credentials(id, call.body.credentials.by_name, actor=call.actor, at=call.at))


@routes.route("/v1/endpoints/{id}/test", methods=["POST"])
@endpoint(routes, scope="admin", body=SampleRequest, answer=SampleResult, replays=False)
def try_endpoint(call: Call[SampleRequest, NoQuery], id: str) -> SampleResult:
    """Call an endpoint with a sample, marked `"test": true`, and show what came back."""
    from chalicelib.webhooks.endpoints import find_endpoint
    from chalicelib.webhooks.sample import send_sample

    answered = send_sample(find_endpoint(id)[1], call.body.type, at=call.at)
    return SampleResult(
        object="sample",
        type=call.body.type,
        delivered=answered.is_success,
        status_code=answered.status,
        reason=None if answered.is_success else answered.reason,
        answer=answered.text,
        milliseconds=answered.milliseconds,
    )


@routes.route("/v1/endpoints/{id}/deliveries", methods=["GET"])
@endpoint(routes, scope="admin", query=DeliveriesQuery, answer=Page[DeliveryView])
def list_deliveries(call: Call[None, DeliveriesQuery], id: str) -> Page[DeliveryView]:
    """List what an endpoint was sent in the last 90 days, newest first, and what it answered; a page may be short."""
    from chalicelib.webhooks import deliveries
    from chalicelib.webhooks.endpoints import find_endpoint

    name = f"deliveries {id} {call.query.status}"
    messages, position = deliveries.list_deliveries(
        find_endpoint(id)[1],
        call.query.status,
        limit=call.query.limit,
        position=cursors.read(call.query.cursor, of=name),
    )
    data = [DeliveryView.of(message) for message in messages]
    return Page(data, position is not None, cursors.write(position, of=name))


@routes.route("/v1/endpoints/{id}/replay", methods=["POST"])
@endpoint(routes, scope="admin", body=Replay, answer=ReplayView, replays=False)
def replay_events(call: Call[Replay, NoQuery], id: str) -> ReplayView:
    """Send the events of a span to an endpoint again, under the same ids; some hundred a call."""
    from chalicelib.webhooks import deliveries
    from chalicelib.webhooks.endpoints import find_endpoint

    span, target = call.body, find_endpoint(id)[1]
    begin = bodies.read_day_or_instant(span.from_, pointer="/from")
    end = bodies.read_day_or_instant(span.to, pointer="/to")
    deliveries.check_replay(target, begin, end)
    list_name = f"replay {id} {span.from_} {span.to} {span.types}"
    position = cursors.read(span.cursor, of=list_name)
    name = str(position["name"]) if position else ids.new("rpl", call.at)
    if position is None:
        call.actor.commit(action="endpoint.replayed", subject=id, part=name, at=call.at)
    place = msgspec.convert(position["place"] if position else {}, deliveries.ReplayPlace)
    part = deliveries.replay(target, begin, end, span.types, name=name, place=place, at=call.at)
    rest = {"name": name, "place": msgspec.to_builtins(part.rest)} if part.rest is not None else None
    return ReplayView("replay", name, part.queued, rest is not None, cursors.write(rest, of=list_name))
