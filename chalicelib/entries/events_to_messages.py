"""Events are told of: by emails, and by calls of the program's webhook."""

from functools import partial

from chalicelib.emails.triggers import emails_for
from chalicelib.events.table import EventRow
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_added
from chalicelib.outbox.queue import enqueue_for
from chalicelib.webhooks.triggers import calls_for


def handler(event: Event, _context: object) -> Failures:
    enqueue = partial(enqueue_for, messages_for=(calls_for, emails_for), at=clock.now())
    return all_added(event, reader(EventRow), enqueue)
