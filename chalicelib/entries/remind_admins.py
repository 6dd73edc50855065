"""Emails `AlarmEmail` what needs a person."""

from chalicelib.emails.needs_you import remind_admins
from chalicelib.kit import clock


def handler(_event: object, _context: object) -> None:
    remind_admins(at=clock.now())
