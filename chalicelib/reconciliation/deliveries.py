"""Checks that webhook endpoints were sent the events that they ask for, and queues what they were not."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from chalicelib.events.table import EventRow
from chalicelib.kit.dynamo import rows
from chalicelib.outbox.queue import enqueue
from chalicelib.outbox.table import Message
from chalicelib.programs.table import WebhookEndpoint
from chalicelib.reconciliation.findings import PUT, Findings
from chalicelib.webhooks.endpoints import read_endpoints
from chalicelib.webhooks.triggers import RETENTION, is_sent, new_delivery

# After this time, no function still has an old program or endpoint in its memory.
_KNOWN_AFTER = timedelta(minutes=3)
# Messages expire; one that is about to may be gone already.
_LISTED_FOR = RETENTION - timedelta(days=1)


def find_called(program_id: str) -> list[WebhookEndpoint]:
    """Return the endpoints of a program, or of DEPLOYMENT, that are sent events: neither paused nor asleep."""
    return [one for one in read_endpoints(program_id) if one.state == "active" and not one.gives_benefits]


def check_deliveries(events: Iterable[EventRow], endpoints: list[WebhookEndpoint], findings: Findings) -> None:
    """
    Compare events with the deliveries that endpoints have of them.

    What was written before an endpoint last changed is left out: whether it was called then is not kept.
    """
    expected = [
        (new_delivery(event, endpoint, at=findings.at), event, endpoint)
        for event in events
        if event.written_at > findings.at - _LISTED_FOR
        for endpoint in endpoints
        if is_sent(endpoint, event) and _known_since(endpoint) <= event.written_at
    ]
    if not expected:
        return
    findings.count("deliveries", len(expected))
    stored = rows.find_all(Message, [rows.key_of(message) for message, _, _ in expected])
    for message, event, endpoint in expected:
        if rows.key_of(message) not in stored:
            detail = f"{event.type} was not queued for {endpoint.endpoint_id}"
            findings.differ("delivery_missing", event.id, detail, PUT, partial(enqueue, [message]))


def _known_since(endpoint: WebhookEndpoint) -> datetime:
    return (endpoint.changed_at or endpoint.created_at) + _KNOWN_AFTER
