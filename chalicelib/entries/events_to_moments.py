"""Events are compared with the rules of asking: each leads to its moments, once; and so does what friends did."""

from collections.abc import Sequence

from chalicelib.emails.asks import emails_of
from chalicelib.events.table import EventRow
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_added
from chalicelib.moments.decide import asks, decide
from chalicelib.moments.facts import Fact
from chalicelib.moments.follow import follow
from chalicelib.outbox.queue import enqueue


def handler(event: Event, _context: object) -> Failures:
    return all_added(event, reader(EventRow), _react)


def _react(events: Sequence[EventRow]) -> None:
    at = clock.now()
    facts = [_fact(event, event.program_id) for event in events if event.program_id and asks(event.program_id)]
    if not facts:
        return
    enqueue(emails_of(decide(facts), at=at))
    follow(facts, at=at)


def _fact(event: EventRow, program_id: str) -> Fact:
    """Return an event as it is compared; of a benefit, its owner is the customer, if they are one."""
    owner = event.data.get("owner") if event.type.startswith("benefit.") else None
    return Fact(
        id=event.id,
        type=event.type,
        program_id=program_id,
        customer_id=event.customer_id if owner is None or not owner.startswith("cus_") else owner,
        partner_id=event.partner_id,
        subject_id=event.subject_id,
        what=owner,
        occurred_at=event.occurred_at,
        written_at=event.written_at,
    )
