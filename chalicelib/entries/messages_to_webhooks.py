"""Webhooks are called, those of a batch at the same time."""

from functools import partial

from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_reported
from chalicelib.outbox.message import WEBHOOK
from chalicelib.outbox.queue import process_together
from chalicelib.outbox.table import Message
from chalicelib.webhooks.call import call_all


def handler(event: Event, _context: object) -> Failures:
    process = partial(process_together, channel=WEBHOOK, deliver=call_all, now=clock.now)
    return all_reported(event, reader(Message), process)
