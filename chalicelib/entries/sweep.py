"""What does not move is requeued."""

from chalicelib.kit import clock
from chalicelib.outbox.jobs import sweep


def handler(_event: object, _context: object) -> None:
    sweep(at=clock.now())
