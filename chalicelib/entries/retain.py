"""What has expired is deleted, and erasures that are under way are finished."""

from chalicelib.audit.actor import Actor
from chalicelib.kit import clock
from chalicelib.privacy.erase import finish_erasures
from chalicelib.reconciliation.retain import retain

_ACTOR = Actor("schedule", "retain")
_MOST_SECONDS = 120.0


def handler(_event: object, _context: object) -> None:
    at = clock.now()
    retain(at=at)
    finish_erasures(actor=_ACTOR, at=at, most_seconds=_MOST_SECONDS)
