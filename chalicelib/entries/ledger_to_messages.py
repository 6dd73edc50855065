"""Entries in the ledger are told of by an email."""

from functools import partial

from chalicelib.emails.triggers import emails_for_entry
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_added
from chalicelib.ledger.table import LedgerRow
from chalicelib.outbox.queue import enqueue_for


def handler(event: Event, _context: object) -> Failures:
    return all_added(event, reader(LedgerRow), partial(enqueue_for, messages_for=(emails_for_entry,), at=clock.now()))
