"""Events, over HTTP."""

from datetime import datetime

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.events.shapes import EventsQuery, EventsView, EventTypesView
from chalicelib.kit import cursors, instants
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
    begin, end = _moment(query.from_, "/from"), _moment(query.to, "/to")
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


def _moment(text: str | None, pointer: str) -> datetime | None:
    """Read a moment, or a day for the moment it begins in UTC."""
    if text is None:
        return None
    try:
        return instants.parse(f"{text}T00:00:00Z" if len(text) == len("2026-11-22") else text)
    except ValueError as error:
        raise InvalidValue(
            "Write a date, such as 2026-11-21, or a date and time as RFC 3339.", pointer=pointer
        ) from error
