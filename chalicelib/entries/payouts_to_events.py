"""Payouts are events: once their list is final, and once they are settled."""

from functools import partial

from chalicelib.events.payout_events import events_for_payouts
from chalicelib.events.record import record_for
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_written
from chalicelib.payouts.table import PayoutRow


def handler(event: Event, _context: object) -> Failures:
    return all_written(event, reader(PayoutRow), partial(record_for, events_for=events_for_payouts, now=clock.now))
