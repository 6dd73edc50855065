"""Each step of an introduction is an event."""

from functools import partial

from chalicelib.events.introduction_events import events_for_introductions
from chalicelib.events.record import record_for
from chalicelib.introductions.table import IntroductionRow
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_written


def handler(event: Event, _context: object) -> Failures:
    return all_written(
        event, reader(IntroductionRow), partial(record_for, events_for=events_for_introductions, now=clock.now)
    )
