"""Entries in the ledger are events."""

from functools import partial

from chalicelib.events.money_events import events_for_entries
from chalicelib.events.record import record_for
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_added
from chalicelib.ledger.table import LedgerRow


def handler(event: Event, _context: object) -> Failures:
    return all_added(event, reader(LedgerRow), partial(record_for, events_for=events_for_entries, now=clock.now))
