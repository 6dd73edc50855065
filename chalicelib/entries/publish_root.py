"""The root of the day is published."""

from chalicelib.kit import clock
from chalicelib.reconciliation.publish_root import publish_root


def handler(_event: object, _context: object) -> None:
    publish_root(at=clock.now())
