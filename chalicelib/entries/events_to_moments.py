"""Events are compared with the rules of asking: each leads to its moments, once; and so does what friends did."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from chalicelib.events.table import EventRow
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_added
from chalicelib.moments.decide import asks, decide
from chalicelib.moments.facts import Fact, find_reports
from chalicelib.moments.follow import follow
from chalicelib.moments.table import Moment
from chalicelib.outbox.queue import enqueue, new_message
from chalicelib.outbox.table import Message

# As `emails.catalog` calls the email; its module has much that no moment needs.
ASK = "ask"


def handler(event: Event, _context: object) -> Failures:
    return all_added(event, reader(EventRow), _react)


def _react(events: Sequence[EventRow]) -> None:
    at = clock.now()
    facts = [_fact(event, event.program_id) for event in events if event.program_id and asks(event.program_id)]
    if not facts:
        return
    reports = find_reports(facts)
    enqueue(_emails_of(decide(facts, reports), at=at))
    follow(facts, reports, at=at)


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


def _emails_of(moments: Iterable[Moment], *, at: datetime) -> list[Message]:
    """Return the emails of moments that an email asks by; of those held out, too: what would be sent is noted."""
    return [
        new_message(ASK, one.id, one.customer_id, one.program_id, at=at, send_at=one.due_at)
        for one in moments
        if one.by in ("email", "both")
    ]
