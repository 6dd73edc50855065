"""
How far a partner has got, from facts alone.

Pure: no I/O, no clock.
"""

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

StepName = Literal["invited", "agreed", "set_up", "shared", "first_click", "first_referral", "active"]
STEPS: tuple[StepName, ...] = ("invited", "agreed", "set_up", "shared", "first_click", "first_referral", "active")
ACTIVE = timedelta(days=30)
# After so many days without the next step a partner is stuck, and without a click or a conversion quiet.
STUCK_DAYS, QUIET_DAYS = 7, 30


class OnboardingFacts(Struct, frozen=True):
    """
    When what happened: each is None if it has not.

    *first_hit* is of anything, a messenger's preview too: it shows that the link was put somewhere.
    """

    invited: datetime | None
    agreed: datetime | None
    first_link: datetime | None
    first_hit: datetime | None
    first_click: datetime | None
    first_referral: datetime | None
    last_activity: datetime | None


class OnboardingStep(Struct, frozen=True):
    """A step, and when it was taken."""

    name: StepName
    at: datetime | None


def derive_steps(facts: OnboardingFacts, *, at: datetime) -> list[OnboardingStep]:
    """
    Return all steps in their order.

    Only invited partners have the step of the invitation. Active: their links had a result in the last 30 days; the
    step has the date of the last one. Results of links are known to a few minutes, rounded down, but never before the
    link existed.
    """
    active = facts.last_activity if facts.last_activity and at - facts.last_activity < ACTIVE else None
    since = (facts.first_hit, facts.first_click, facts.first_referral, active if facts.first_referral else None)
    activity = [max(one, facts.first_link) if one and facts.first_link else one for one in since]
    taken = (facts.invited, facts.agreed, facts.first_link, *activity)
    steps = [OnboardingStep(name, moment) for name, moment in zip(STEPS, taken, strict=True)]
    return steps if facts.invited else steps[1:]


def find_next_step(steps: list[OnboardingStep]) -> StepName | None:
    """Return the first step that was not taken, or None if all were."""
    return next((step.name for step in steps if step.at is None), None)


class Concern(Struct, frozen=True):
    """Why an admin should look after a partner, and since when."""

    why: Literal["stuck", "quiet"]
    step: StepName | None
    since: datetime


def find_concern(facts: OnboardingFacts, *, stuck_days: int, quiet_days: int, at: datetime) -> Concern | None:
    """
    Return whether a partner is stuck before their first referral, or has gone quiet after it.

    Stuck: no step in the last *stuck_days*. Quiet: there were referrals, but for *quiet_days* there was no
    human click and no conversion.
    """
    steps = [step for step in derive_steps(facts, at=at) if step.name != "active"]
    next_step = find_next_step(steps)
    if next_step is None or facts.first_referral is not None:
        last = facts.last_activity or facts.first_referral
        return Concern("quiet", None, last) if last and at - last >= timedelta(days=quiet_days) else None
    since = max((step.at for step in steps if step.at), default=None)
    return Concern("stuck", next_step, since) if since and at - since >= timedelta(days=stuck_days) else None
