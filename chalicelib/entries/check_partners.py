"""Partners and targets are checked, for what a person should do."""

from chalicelib.kit import clock
from chalicelib.onboarding.check_partners import check_partners


def handler(_event: object, _context: object) -> None:
    check_partners(at=clock.now())
