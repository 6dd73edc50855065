"""Partners rise and fall."""

from chalicelib.kit import clock
from chalicelib.tiers.promote import promote


def handler(_event: object, _context: object) -> None:
    promote(at=clock.now())
