"""Introductions expire, lapse and move up, and what is kept of people goes."""

from chalicelib.introductions.check import check_introductions
from chalicelib.kit import clock


def handler(_event: object, _context: object) -> None:
    check_introductions(at=clock.now())
