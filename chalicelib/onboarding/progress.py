"""
How far a partner has got, from facts alone.

Pure: no I/O, no clock.
"""

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

Name = Literal["invited", "agreed", "set_up", "shared", "first_click", "first_referral", "active"]
STEPS: tuple[Name, ...] = ("invited", "agreed", "set_up", "shared", "first_click", "first_referral", "active")
ACTIVE = timedelta(days=30)


class Facts(Struct, frozen=True):
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


class Step(Struct, frozen=True):
    """A step, and when it was taken."""

    name: Name
    at: datetime | None


def steps(facts: Facts, *, at: datetime) -> list[Step]:
    """
    Return all steps in their order.

    Whoever was not invited has no such step. Somebody is active if something came of their links in
    the last 30 days; the step has the date of the last time.
    """
    active = facts.last_activity if facts.last_activity and at - facts.last_activity < ACTIVE else None
    taken = (
        *(facts.invited, facts.agreed, facts.first_link, facts.first_hit, facts.first_click),
        *(facts.first_referral, active if facts.first_referral else None),
    )
    found = [Step(name, moment) for name, moment in zip(STEPS, taken, strict=True)]
    return found if facts.invited else found[1:]


def next_step(taken: list[Step]) -> Name | None:
    """Return the first step that was not taken, or None if all were."""
    return next((step.name for step in taken if step.at is None), None)


class Concern(Struct, frozen=True):
    """Why somebody should look after a partner, and since when."""

    why: Literal["stuck", "quiet"]
    step: Name | None
    since: datetime


def concern(facts: Facts, *, stuck_days: int, quiet_days: int, at: datetime) -> Concern | None:
    """
    Say whether a partner is stuck before their first referral, or has gone quiet after it.

    Stuck: for so many days nothing has come after the last step they took. Quiet: they have brought
    somebody, and no click of a person and no conversion has come for so many days.
    """
    taken = [step for step in steps(facts, at=at) if step.name != "active"]
    coming = next_step(taken)
    if coming is None:
        last = facts.last_activity or facts.first_referral
        return Concern("quiet", None, last) if last and at - last >= timedelta(days=quiet_days) else None
    since = max((step.at for step in taken if step.at), default=None)
    return Concern("stuck", coming, since) if since and at - since >= timedelta(days=stuck_days) else None
