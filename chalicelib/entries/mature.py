"""Held rewards become due."""

from chalicelib.kit import clock
from chalicelib.rewards.mature import mature


def handler(_event: object, _context: object) -> None:
    mature(at=clock.now())
