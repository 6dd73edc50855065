"""Conversions, credits and refunds are decided."""

from functools import partial

from chalicelib.conversions.table import ConversionRow
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_added
from chalicelib.rewards.decide import decide


def handler(event: Event, _context: object) -> Failures:
    return all_added(event, reader(ConversionRow), partial(decide, at=clock.now()))
