"""Emails for later are sent."""

from chalicelib.kit import clock
from chalicelib.outbox.jobs import send_scheduled


def handler(_event: object, _context: object) -> None:
    send_scheduled(at=clock.now())
