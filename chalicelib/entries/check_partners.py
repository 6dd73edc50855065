"""Partners and targets are checked, for what a person should do; and who has shared since they were asked."""

from chalicelib.kit import clock
from chalicelib.moments.shared import find_shared
from chalicelib.onboarding.check_partners import check_partners


def handler(_event: object, _context: object) -> None:
    at = clock.now()
    find_shared(at=at)
    check_partners(at=at)
