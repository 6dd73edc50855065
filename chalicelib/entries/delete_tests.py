"""Test programs whose deletion was begun are deleted with all that is in them."""

from chalicelib.deletion.finish import finish_deletions
from chalicelib.kit import clock


def handler(_event: object, _context: object) -> None:
    finish_deletions(at=clock.now())
