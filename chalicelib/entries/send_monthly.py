"""Partners hear of their month."""

from chalicelib.emails.monthly import enqueue_monthly
from chalicelib.kit import clock


def handler(_event: object, _context: object) -> None:
    enqueue_monthly(at=clock.now())
