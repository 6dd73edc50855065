"""Partners hear of terms that may give them less."""

from chalicelib.emails.terms_change import announce_terms
from chalicelib.kit import clock


def handler(_event: object, _context: object) -> None:
    announce_terms(at=clock.now())
