"""The way back to a visitor is deleted."""

from chalicelib.clicks.rotate_salts import rotate_salts
from chalicelib.kit import clock


def handler(_event: object, _context: object) -> None:
    rotate_salts(at=clock.now())
