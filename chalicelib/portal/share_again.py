"""Asks a partner who likes us to share again: at once, where they said so."""

from datetime import datetime

from chalicelib.partners import share
from chalicelib.partners.feedback_table import Feedback
from chalicelib.partners.find import PartnerProfile
from chalicelib.programs import find as programs

_HIGH = 9


def ways_to_share(profile: PartnerProfile, feedback: Feedback | None, *, at: datetime) -> list[tuple[str, str]]:
    """Return the programs that a partner who gave 9 or 10 today can share, each with the address of their page."""
    if feedback is None or feedback.score < _HIGH:
        return []
    shared = [(programs.find(one.program_id).program, one) for one in profile.enrollments if one.left_at is None]
    return [(program.name, share.make_url(one)) for program, one in shared if program.takes_touch(at)]
