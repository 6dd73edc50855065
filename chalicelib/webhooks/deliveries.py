"""What was sent to a webhook endpoint, and what is sent again: its deliveries, and replays of a span."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.events import find as events
from chalicelib.events.table import lists_of, position_of
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.outbox.queue import enqueue
from chalicelib.outbox.table import Message
from chalicelib.programs import find as programs
from chalicelib.programs.table import WebhookEndpoint
from chalicelib.webhooks.endpoints import ACTIVE, selects
from chalicelib.webhooks.triggers import is_asked_for, new_delivery

MOST_DAYS = 31
# Per call: each event is a message, and a page is read in some milliseconds.
_MOST_REPLAYED = 500
_PAGE = 100
# Per call: most of many programs have no event in a span.
_MOST_PROGRAMS = 25
# Per page of deliveries: many may have another status.
_MOST_ROUNDS = 4


class EndpointInactive(Refused):
    """The endpoint is paused or asleep; activate it first."""

    STATUS_CODE = 409


class ReplayPlace(Struct, frozen=True):
    """
    Where a replay continues: after which event of a program.

    For an endpoint of the whole deployment, events without a program come first, and then, program by program, those
    after a position in the walk of all.
    """

    after: str | None = None
    in_programs: bool = False
    programs: dict[str, Any] | None = None


class ReplayPart(Struct, frozen=True):
    """How much of a replay was queued, and where the rest begins; None at its end."""

    queued: int
    rest: ReplayPlace | None


def list_deliveries(
    endpoint: WebhookEndpoint, status: str | None, *, limit: int, position: dict[str, Any] | None
) -> tuple[list[Message], dict[str, Any] | None]:
    """Return deliveries of an endpoint, newest first, and where the next page begins. A page may be a short one."""
    messages: list[Message] = []
    for _ in range(_MOST_ROUNDS):
        page = Message.of_endpoint.query(
            endpoint.endpoint_id, scan_index_forward=False, limit=limit - len(messages), last_evaluated_key=position
        )
        keys = [rows.key_of(entry) for entry in page]
        stored = rows.find_all(Message, keys)
        messages += [stored[key] for key in keys if key in stored and status in (None, stored[key].status)]
        position = page.last_evaluated_key
        if position is None or len(messages) >= limit:
            break
    return messages, position if position is not None and _follows(endpoint, position) else None


def _follows(endpoint: WebhookEndpoint, position: dict[str, Any]) -> bool:
    """Return whether a delivery follows: DynamoDB names a position behind the last one, too."""
    rest = Message.of_endpoint.query(
        endpoint.endpoint_id, scan_index_forward=False, limit=1, last_evaluated_key=position
    )
    return next(iter(rest), None) is not None


def check_replay(endpoint: WebhookEndpoint, begin: datetime, end: datetime) -> None:
    """Refuse a span that cannot be replayed."""
    if endpoint.gives_benefits:
        raise InvalidValue("Benefits cannot be replayed; retry the message of each.")
    if endpoint.state != ACTIVE:
        raise EndpointInactive("Activate the endpoint first.")
    if begin >= end:
        raise InvalidValue("The start must be before the end.", pointer="/from")
    if end - begin > timedelta(days=MOST_DAYS):
        raise InvalidValue(f"Replay at most {MOST_DAYS} days at a time.", pointer="/to")


def replay(
    endpoint: WebhookEndpoint,
    begin: datetime,
    end: datetime,
    types: Sequence[str] | None,
    *,
    name: str,
    place: ReplayPlace,
    at: datetime,
) -> ReplayPart:
    """
    Queue the events of a span for an endpoint again, under the ids that they had; some hundred, from a place on.

    Idempotent: safe to run late, twice or concurrently. In a replay of one name, each event is queued once.
    """
    until, queued = events.last_position(end, at=at), 0
    for _ in range(_MOST_PROGRAMS):
        lists, following = _lists(endpoint, place)
        selection = events.Selection(
            "program",
            lists,
            lambda event: is_asked_for(endpoint, event) and (types is None or selects(types, event.type)),
        )
        after, has_more = place.after or position_of(begin), True
        while has_more:
            if queued >= _MOST_REPLAYED:
                return ReplayPart(queued, replace(place, after=after))
            page = events.page(selection, after=after, until=until, limit=_PAGE)
            enqueue([new_delivery(event, endpoint, replay=name, at=at) for event in page.events])
            queued, after, has_more = queued + len(page.events), page.after, page.has_more
        if following is None:
            return ReplayPart(queued, None)
        place = following
    return ReplayPart(queued, place)


def _lists(endpoint: WebhookEndpoint, place: ReplayPlace) -> tuple[list[str], ReplayPlace | None]:
    """Return the lists of events that a place is in, and the place behind them."""
    if endpoint.program_id is not None:
        return lists_of(endpoint.program_id), None
    if not place.in_programs:
        return lists_of(None), ReplayPlace(in_programs=True)
    page, position = programs.walk_page(limit=1, position=place.programs)
    lists = [name for program in page for name in lists_of(program.id)]
    return lists, ReplayPlace(in_programs=True, programs=position) if position is not None else None
