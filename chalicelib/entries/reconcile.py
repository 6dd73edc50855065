"""What did not follow is found and done."""

from chalicelib.kit import clock
from chalicelib.reconciliation.reconcile import reconcile


def handler(_event: object, _context: object) -> None:
    reconcile(at=clock.now())
