"""Introductions expire, lapse and move up, what is kept of people goes, and nobody waits too long for a word."""

from chalicelib.emails.overdue import remind_owners
from chalicelib.introductions.check import check_introductions
from chalicelib.introductions.keep_promises import keep_promises
from chalicelib.kit import clock


def handler(_event: object, _context: object) -> None:
    at = clock.now()
    check_introductions(at=at)
    keep_promises(at=at)
    remind_owners(at=at)
