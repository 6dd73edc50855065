"""Programs are rolled up."""

from chalicelib.kit import clock
from chalicelib.stats.roll_up import roll_up


def handler(_event: object, _context: object) -> None:
    roll_up(at=clock.now())
