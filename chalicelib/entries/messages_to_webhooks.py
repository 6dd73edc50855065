"""Webhooks are called, each by itself."""

from functools import partial

from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, each_added
from chalicelib.outbox.message import WEBHOOK
from chalicelib.outbox.queue import process
from chalicelib.outbox.table import Message
from chalicelib.webhooks.call import call


def handler(event: Event, _context: object) -> Failures:
    return each_added(event, reader(Message), partial(process, channel=WEBHOOK, deliver=call, now=clock.now))
