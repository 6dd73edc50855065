"""Makes events, and writes each once: redelivered, late or concurrent facts lead to the same row."""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import to_builtins

from chalicelib.events.catalog import CATALOG
from chalicelib.events.data import Data
from chalicelib.events.table import EventRow, insert, list_of, position_of
from chalicelib.kit import ids
from chalicelib.kit.dynamo import wire

log = logging.getLogger(__name__)

C = TypeVar("C")

RETENTION = timedelta(days=400)
# As long may a write be under way, from the moment it is dated with to the one at which everybody can read it.
_MOST_SECONDS = 10.0


def new_event(
    name: str,
    *fact: str,
    occurred_at: datetime,
    subject_id: str,
    data: Data,
    program_id: str | None = None,
    partner_id: str | None = None,
    customer_id: str | None = None,
) -> EventRow:
    """
    Return the one event there can be of a type about a fact, which is named by its row's key.

    It has no place among the others before it is dated.
    """
    kind = CATALOG[name]
    assert type(data) is kind.data, f"{name} has other data than {type(data).__name__}"
    identifier = ids.derived("evt", name, *fact)
    return EventRow(
        identifier,
        type=name,
        version=kind.version,
        program_id=program_id,
        partner_id=partner_id,
        customer_id=customer_id,
        subject_id=subject_id,
        data=to_builtins(data),
        occurred_at=occurred_at,
        listed_in=list_of(program_id, identifier),
    )


def date(event: EventRow, *, at: datetime) -> EventRow:
    """Give an event its place among the others, and the day on which it expires."""
    event.position = position_of(at, event.id)
    event.expires = at + RETENTION
    return event


def record(events: Iterable[EventRow], *, now: Callable[[], datetime]) -> None:
    """
    Write the events that are not there yet. Idempotent: safe to run late, twice or concurrently.

    Each is dated right before it is written, which takes a few seconds at most: who reads a list up to a minute
    ago has read all of it.
    """
    for event in {event.id: event for event in events}.values():
        with wire.within(_MOST_SECONDS):
            if not insert(date(event, at=now())):
                log.info("%s: written before", event.id)


def record_for(
    facts: Sequence[C], *, events_for: Callable[[Sequence[C]], list[EventRow]], now: Callable[[], datetime]
) -> None:
    """Write the events of rows, each once: *events_for* returns those of them, always the same ones."""
    record(events_for(facts), now=now)
