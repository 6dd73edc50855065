"""Checks in on partners: how far each has got, and which are stuck or quiet."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from chalicelib.kit import walk
from chalicelib.kit.errors import InvalidValue
from chalicelib.links import find as links
from chalicelib.links.table import Link
from chalicelib.onboarding.progress import Concern, OnboardingFacts, derive_steps, find_concern
from chalicelib.onboarding.shapes import OnboardingQuery, OnboardingView
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.table import Enrollment
from chalicelib.programs import find as programs
from chalicelib.stats.partner_counts import PartnerCounts, read_counts, read_counts_of_many


def check_in_page(
    program: str,
    *,
    stuck_days: int,
    quiet_days: int,
    limit: int,
    position: dict[str, Any] | None,
    at: datetime,
) -> tuple[list[tuple[str, Concern]], dict[str, Any] | None]:
    """
    Check *limit* partners of a program, newest first. Returns those with concerns, and where the next page begins.

    Two calls for each partner, and some for all of them.
    """
    program_id = programs.find(program).program.id
    enrollments, position = partners.list_enrolled(program_id, limit=limit, position=position)
    profiles = partners.find_rows(enrollment.id for enrollment in enrollments)
    facts_of = read_facts_of_page([one for one in enrollments if one.id in profiles], at=at)
    concerns = []
    for identifier, facts in facts_of.items():
        concern = find_concern(facts, stuck_days=stuck_days, quiet_days=quiet_days, at=at)
        if concern is not None:
            concerns.append((identifier, concern))
    return concerns, position


# As many as *limit* that have concerns, of as many partners as there is time for.
check_in = walk.full(check_in_page)


def read_facts_of_page(enrollments: Sequence[Enrollment], *, at: datetime) -> dict[str, OnboardingFacts]:
    """Read when each partner on a page of a program took each step in it: what lies together is read together."""
    if not enrollments:
        return {}
    program = programs.find(enrollments[0].program_id).program
    counts_of = read_counts_of_many([one.id for one in enrollments], program, at=at)
    return {one.id: gather_facts(one, links.list_all(one.id), counts_of[one.id]) for one in enrollments}


def read_facts(enrollment: Enrollment, *, at: datetime) -> OnboardingFacts:
    """Read when a partner took each step in a program: their links and results."""
    program = programs.find(enrollment.program_id).program
    return gather_facts(enrollment, links.list_all(enrollment.id), read_counts(enrollment.id, program, at=at))


def show_onboarding(profile: PartnerProfile, query: OnboardingQuery, *, at: datetime) -> OnboardingView:
    """Return how far a partner has got in a program, which a partner of several has to be asked for."""
    program_ids = [one.program_id for one in profile.enrollments]
    if query.program is not None:
        program_ids = [programs.find(query.program).program.id]
    enrollment = profile.enrollment(program_ids[0]) if len(program_ids) == 1 else None
    if enrollment is None:
        raise InvalidValue("Name one of the partner's programs in `program`.", pointer="/program")
    return OnboardingView.of(enrollment, derive_steps(read_facts(enrollment, at=at), at=at), at=at)


def gather_facts(enrollment: Enrollment, own: Iterable[Link], counts: PartnerCounts) -> OnboardingFacts:
    """
    Return when a partner took each step in a program: from their *own* links and all-time results.

    Results of links are exact to the minute, and to a quarter of an hour once a day is closed. Who was added by the
    business's own server has agreed there: their step is dated when they were added.
    """
    in_program = [link for link in own if link.program_id == enrollment.program_id]
    hits, clicks, conversions = [], [], []
    for begun, one in counts.by_time():
        if one.clicks or one.head:
            hits.append(begun)
        if one.human:
            clicks.append(begun)
        if one.leads or one.sales or one.events:
            conversions.append(begun)
    first_conversion = min(conversions, default=None)
    return OnboardingFacts(
        invited=enrollment.invited_at,
        agreed=enrollment.agreed_at or enrollment.enrolled_at,
        first_link=in_program[0].created_at if in_program else None,
        # Without a link nothing was shared: that conversion came another way.
        first_hit=min(hits, default=first_conversion if in_program else None),
        first_click=min(clicks, default=first_conversion if in_program else None),
        first_referral=first_conversion,
        last_activity=max([*clicks, *conversions], default=None),
    )
