"""Enrollments, tiers and payees are told of by an email."""

from functools import partial

from chalicelib.emails.triggers import emails_for_partner
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_added
from chalicelib.outbox.queue import enqueue_for
from chalicelib.partners.table import PartnerRow


def handler(event: Event, _context: object) -> Failures:
    return all_added(
        event, reader(PartnerRow), partial(enqueue_for, messages_for=(emails_for_partner,), at=clock.now())
    )
