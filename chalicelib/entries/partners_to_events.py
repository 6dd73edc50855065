"""Applications, enrollments, tiers, categories and payees are events."""

from functools import partial

from chalicelib.events.partner_events import events_for_partners
from chalicelib.events.record import record_for
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_written
from chalicelib.partners.table import PartnerRow


def handler(event: Event, _context: object) -> Failures:
    return all_written(event, reader(PartnerRow), partial(record_for, events_for=events_for_partners, now=clock.now))
