"""Events: a partition each, and the lists in which they are found."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from pynamodb.attributes import TTLAttribute
from pynamodb.expressions.operand import Path
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.kit import config, ids, instants
from chalicelib.kit.dynamo import items, rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalText, Text, WholeNumber
from chalicelib.kit.ids import is_test
from chalicelib.kit.structured import Structured

# What events are listed by.
By = Literal["program", "partner", "customer"]
NO_PROGRAM = "-"
# What is true of a partner in all programs at once is one event.
_OF_NO_PROGRAM = {
    f"partner.{what}"
    for what in (
        *("payee_changed", "email_changed", "category_changed", "merged", "handed_over"),
        *("suspended", "banned", "reactivated"),
    )
}
# A partition of an index takes a thousand writes a second; a sale has some three events.
LISTED_SHARDS = 4


class ListedEvents(GlobalSecondaryIndex["EventRow"]):
    """All events of a program, in a few shards; and of no program, such as those of payouts."""

    class Meta:
        index_name = "listed"
        projection = AllProjection()

    listed_in = Text(hash_key=True)
    position = Text(range_key=True)


class EventsOfPartner(GlobalSecondaryIndex["EventRow"]):
    """The events that name a partner."""

    class Meta:
        index_name = "by_partner"
        projection = AllProjection()

    partner_id = Text(hash_key=True)
    position = Text(range_key=True)


class EventsOfCustomer(GlobalSecondaryIndex["EventRow"]):
    """The events that name a customer."""

    class Meta:
        index_name = "by_customer"
        projection = AllProjection()

    customer_id = Text(hash_key=True)
    position = Text(range_key=True)


class EventRow(Model):
    """
    An event: its type, its subjects, and its data, in the form of the type's version.

    *occurred_at* is the time of its fact. *position* is its place among all events: when it was written, and its id.
    """

    class Meta(rows.Table):
        table_name = config.table("events")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="event")
    type = Text()
    version = WholeNumber()
    program_id = OptionalText()
    partner_id = OptionalText()
    customer_id = OptionalText()
    subject_id = Text()
    data: Structured[dict[str, Any]] = Structured(dict[str, Any])
    occurred_at = Instant()
    listed_in = Text()
    position = Text()
    expires = TTLAttribute()
    listed = ListedEvents()
    of_partner = EventsOfPartner()
    of_customer = EventsOfCustomer()

    @property
    def is_test(self) -> bool:
        """Return whether it happened in a test program, or to somebody in one."""
        return any(is_test(one) for one in (self.program_id, self.partner_id, self.customer_id))

    @property
    def written_at(self) -> datetime:
        """Return when it was written."""
        return instants.parse(self.position.partition("#")[0])


_INDEXES: dict[By, str] = {"program": "listed", "partner": "of_partner", "customer": "of_customer"}


def insert(event: EventRow) -> bool:
    """Put an event, if it is not there. Returns whether it was put."""
    return items.insert(EventRow.Meta.table_name, event.serialize())


def listed(by: By, name: str, *, after: str, until: str, limit: int, newest_first: bool = False) -> list[EventRow]:
    """Return the first events of a list between two positions, both excluded, in order; or the last, newest first."""
    if after >= until:
        return []
    index: GlobalSecondaryIndex[EventRow] = getattr(EventRow, _INDEXES[by])
    # A blank sorts right behind a position, and before every other one.
    between = EventRow.position.between(f"{after} ", until)
    if not newest_first:
        return list(index.query(name, between, limit=limit))
    # DynamoDB includes the end, at which an event may be: the last one of the page before.
    page = index.query(name, between, limit=limit + 1, scan_index_forward=False)
    return [event for event in page if event.position != until][:limit]


def newest_of_types(name: str, types: Collection[str], *, after: str, until: str) -> tuple[list[EventRow], str | None]:
    """
    Return the last events of some types in a list between two positions, newest first, that one call reads.

    And the position that it reads to, if there may be older ones.
    """
    page = EventRow._get_connection().query(
        name,
        range_key_condition=Path("position").between(after, until),
        filter_condition=Path("type").is_in(*types),
        index_name="listed",
        scan_index_forward=False,
    )
    key = page.get("LastEvaluatedKey")
    return [EventRow.from_raw_data(item) for item in page["Items"]], key["position"]["S"] if key else None


def position_of(at: datetime, event_id: str = "") -> str:
    """Return the place of an event that is written then; without its id, that before all those of the millisecond."""
    return f"{instants.text(at)}#{event_id}"


def lists_of(program_id: str | None) -> list[str]:
    """Return the lists in which a program's events are; or without one, those of no program."""
    return [f"{program_id or NO_PROGRAM}#{shard}" for shard in range(LISTED_SHARDS)]


def list_of(program_id: str | None, event_id: str) -> str:
    """Return the list that an event is in."""
    return lists_of(program_id)[ids.shard(event_id, of=LISTED_SHARDS)]


def is_of_program(pattern: str) -> bool:
    """Return whether events of a type or family belong to a program: not those of accounts and payouts, nor of all."""
    return pattern.partition(".")[0] not in ("account", "payout") and pattern not in _OF_NO_PROGRAM
