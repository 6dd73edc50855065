"""Events, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.events.shapes import EventsQuery, EventsView, EventTypesView
from chalicelib.kit import bodies, cursors, instants
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.shapes import NoQuery

routes = Blueprint(__name__)


@routes.route("/v1/events", methods=["GET"])
@endpoint(routes, scope="stats:read", query=EventsQuery, answer=EventsView)
def list_events(call: Call[None, EventsQuery]) -> EventsView:
    """List what happened, in the order in which it was written; kept for 400 days."""
    # Only who asks for them waits for what finds and shows them.
    from chalicelib.events import find
    from chalicelib.events.view import view_event

    query = call.query
    begin = bodies.read_day_or_instant(query.from_, pointer="/from") if query.from_ is not None else None
    end = bodies.read_day_or_instant(query.to, pointer="/to") if query.to is not None else None
    if begin is not None and end is not None and begin >= end:
        raise InvalidValue("The start must be before the end.", pointer="/from")
    name = f"events {query.program} {query.type} {query.subject} {query.from_} {query.to}"
    cursor = cursors.read(query.cursor, of=name)
    first = find.first_position(begin, at=call.at)
    page = find.page(
        find.select(query.program, query.type, query.subject),
        after=max(first, str(cursor["after"])) if cursor else first,
        until=find.last_position(end, at=call.at),
        limit=query.limit,
    )
    return EventsView(
        [view_event(event) for event in page.events],
        page.has_more,
        str(cursors.write({"after": page.after}, of=name)),
        instants.text(find.complete_until(call.at)),
    )


@routes.route("/v1/event-types", methods=["GET"])
@endpoint(routes, scope="stats:read", answer=EventTypesView)
def list_event_types(call: Call[None, NoQuery]) -> EventTypesView:
    """List every type of event, with the schema of its data and a sample."""
    from chalicelib.events.view import view_types

    return EventTypesView(view_types())
