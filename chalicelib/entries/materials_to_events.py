"""Materials are events: when they are published, read and withdrawn."""

from functools import partial

from chalicelib.events.material_events import events_for_materials
from chalicelib.events.record import record_for
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_written
from chalicelib.materials.table import MaterialRow


def handler(event: Event, _context: object) -> Failures:
    return all_written(event, reader(MaterialRow), partial(record_for, events_for=events_for_materials, now=clock.now))
