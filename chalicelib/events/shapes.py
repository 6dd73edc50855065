"""What the API takes and gives for events."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from chalicelib.kit.shapes import Instant, ListQuery, Reference

TypePattern = Annotated[str, Meta(max_length=60, description="a type, or all of a family, such as `reward.*`")]
Moment = Annotated[str, Meta(max_length=40)]


class EventsQuery(ListQuery, forbid_unknown_fields=True, rename={"from_": "from"}):
    """
    Which events: of a program; of a type or a family; and about a person or an object.

    `subject` is a partner or a customer, by our id or as `ext_`; or a conversion, a reward, an introduction or a
    material. Without `program`, those of all programs, and those of none. `from` a moment (or a day's beginning, UTC)
    up to before another, by when they were written.
    """

    program: Reference | None = None
    type: TypePattern | None = None
    subject: Reference | None = None
    from_: Moment | None = None
    to: Moment | None = None


class EventView(Struct):
    """
    An event. It has ids and money, and no names or addresses; `GET /v1/event-types` describes `data`.

    `occurred_at` is when it happened, and `created_at` when it was recorded; the list is in order of `created_at`.
    """

    id: str
    object: str
    type: str
    version: int
    program: str | None
    partner: str | None
    customer: str | None
    subject: str
    occurred_at: Instant
    created_at: Instant
    data: dict[str, Any]


class EventsView(Struct):
    """
    A page of events, in the order in which they were written.

    All that was written before `complete_until` is in the list, and nothing after: it is about a minute ago. So nothing
    ever appears before what was listed. `next_cursor` is always there: kept and sent again, it lists what came since.
    """

    data: list[EventView]
    has_more: bool
    next_cursor: str
    complete_until: Instant


class EventTypeView(Struct):
    """A type of event: what happened, the JSON schema of its `data`, and a whole event as a sample."""

    type: str
    object: str
    version: int
    summary: str
    data_schema: dict[str, Any]
    sample: EventView


class EventTypesView(Struct):
    """Every type of event there is."""

    data: list[EventTypeView]
