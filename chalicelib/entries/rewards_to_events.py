"""Benefits are events: when they are to be given, were given, and are to be taken back."""

from functools import partial

from chalicelib.events.benefit_events import events_for_benefits
from chalicelib.events.record import record_for
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_written
from chalicelib.rewards.table import RewardRow


def handler(event: Event, _context: object) -> Failures:
    return all_written(event, reader(RewardRow), partial(record_for, events_for=events_for_benefits, now=clock.now))
