"""Partners hear of terms that may give them less, and of what they must read."""

from chalicelib.emails.announce_must_reads import announce_must_reads
from chalicelib.emails.terms_change import announce_terms
from chalicelib.kit import clock


def handler(_event: object, _context: object) -> None:
    announce_terms(at=clock.now())
    announce_must_reads(at=clock.now())
