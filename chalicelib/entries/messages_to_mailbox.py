"""Emails are sent, each by itself."""

from functools import partial

from chalicelib.emails.deliver import deliver
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, each_added
from chalicelib.outbox.message import EMAIL
from chalicelib.outbox.queue import process
from chalicelib.outbox.table import Message


def handler(event: Event, _context: object) -> Failures:
    return each_added(event, reader(Message), partial(process, channel=EMAIL, deliver=deliver, now=clock.now))
