"""Conversions, and what is reported of them later, are events."""

from functools import partial

from chalicelib.conversions.table import ConversionRow
from chalicelib.events.conversion_events import events_for_conversions
from chalicelib.events.record import record_for
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_added


def handler(event: Event, _context: object) -> Failures:
    return all_added(
        event, reader(ConversionRow), partial(record_for, events_for=events_for_conversions, now=clock.now)
    )
