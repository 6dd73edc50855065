"""Checks in on partners: how far one has got, and who is stuck or has gone quiet."""

from datetime import datetime
from typing import Any

from chalicelib.kit import walk
from chalicelib.links import find as links
from chalicelib.onboarding.progress import Concern, OnboardingFacts, find_concern
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.table import Enrollment
from chalicelib.programs import find as programs
from chalicelib.stats.activity import find_activity

# Of a partner with more links, the oldest ones are looked at.
MOST_LINKS = 10


@walk.full
def check_in(
    program: str,
    *,
    stuck_days: int,
    quiet_days: int,
    limit: int,
    position: dict[str, Any] | None,
    at: datetime,
) -> tuple[list[tuple[str, Concern]], dict[str, Any] | None]:
    """Check partners of a program, newest first. Returns those with concerns, and where the next page begins."""
    program_id = programs.find(program).program.id
    enrollments, position = partners.list_enrolled(program_id, limit=limit, position=position)
    profiles = partners.find_all(enrollment.id for enrollment in enrollments)
    concerns = []
    for enrollment in enrollments:
        profile = profiles.get(enrollment.id)
        facts = gather_facts(profile, enrollment) if profile else None
        concern = find_concern(facts, stuck_days=stuck_days, quiet_days=quiet_days, at=at) if facts else None
        if concern is not None:
            concerns.append((enrollment.id, concern))
    return concerns, position


def gather_facts(profile: PartnerProfile, enrollment: Enrollment) -> OnboardingFacts:
    """
    Return when a partner took each step in a program, from the facts of the other rooms.

    Who was added by the business's own server has agreed there: their step is dated when they were added.
    """
    in_program = [link for link in links.list_all(profile.partner.id) if link.program_id == enrollment.program_id]
    history = find_activity(profile.partner.id, enrollment.program_id, [link.key for link in in_program[:MOST_LINKS]])
    return OnboardingFacts(
        invited=enrollment.invited_at,
        agreed=enrollment.agreed_at or enrollment.enrolled_at,
        first_link=in_program[0].created_at if in_program else None,
        first_hit=history.first_hit or history.first_conversion,
        first_click=history.first_click or history.first_conversion,
        first_referral=history.first_conversion,
        last_activity=history.last,
    )
