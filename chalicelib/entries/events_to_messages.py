"""Enqueues the messages of events: emails, and calls to benefit webhooks and to subscribed endpoints."""

from collections.abc import Sequence

from chalicelib.emails.triggers import emails_for
from chalicelib.events.table import EventRow
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_added
from chalicelib.outbox.queue import enqueue_each_for, enqueue_for
from chalicelib.webhooks.triggers import calls_for, deliveries_for


def handler(event: Event, _context: object) -> Failures:
    return all_added(event, reader(EventRow), _enqueue)


def _enqueue(events: Sequence[EventRow]) -> None:
    at = clock.now()
    enqueue_for(events, messages_for=(calls_for, emails_for), at=at)
    enqueue_each_for(events, messages_for=deliveries_for, at=at)
