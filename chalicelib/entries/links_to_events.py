"""Links are events: when they are made, end, and lead on again."""

from functools import partial

from chalicelib.events.link_events import events_for_links
from chalicelib.events.record import record_for
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_written
from chalicelib.links.table import LinkRow


def handler(event: Event, _context: object) -> Failures:
    return all_written(event, reader(LinkRow), partial(record_for, events_for=events_for_links, now=clock.now))
