"""Promotes and demotes partners. Scheduled; idempotent."""

import logging
from datetime import datetime, timedelta
from functools import partial

from chalicelib.audit.actor import Actor
from chalicelib.kit import walk
from chalicelib.kit.errors import Busy
from chalicelib.kit.walk import Deadline
from chalicelib.partners import find as partners
from chalicelib.partners.change_standing import NOTICE, change_standing
from chalicelib.partners.table import Enrollment, StandingChange
from chalicelib.programs import find as programs
from chalicelib.programs.terms import Tier
from chalicelib.stats.totals import brought_by
from chalicelib.tiers.promotion import PartnerTotals, find_tier

log = logging.getLogger(__name__)

_ACTOR = Actor("schedule", "promote")
_MOST_SECONDS = 200
_PAGE = 100


def promote(*, at: datetime) -> int:
    """
    Check every partner of every program with tiers. Returns how many changed; a change counts a minute later.

    Idempotent: safe to run late, twice or concurrently. Bounded by time; the next run resumes. One program takes half
    of the time that is left at most, so that one with many partners does not delay the others.
    """
    deadline = Deadline(_MOST_SECONDS)
    changed = 0
    for program in walk.each(partial(programs.walk_every_mode, limit=100)):
        tiers = programs.read(program.id).in_force(at).tiers
        if tiers:
            changed += _promote_all(program.id, tiers, at=at, deadline=deadline.half())
        if deadline.passed:
            break
    return changed


def _promote_all(program_id: str, tiers: list[Tier], *, at: datetime, deadline: Deadline) -> int:
    read = partial(partners.walk_enrolled, program_id, limit=_PAGE)
    pages = walk.resume("partners", f"tiers#{program_id}", read, deadline=deadline)
    return sum(_promote_one(enrollment, tiers, at=at) for page in pages for enrollment in page)


def _promote_one(enrollment: Enrollment, tiers: list[Tier], *, at: datetime) -> bool:
    profile = partners.find(enrollment.id)
    program_id = enrollment.program_id
    last = _last(profile.changes, program_id)
    if last is not None and last.pinned_until is not None and last.pinned_until > at:
        return False

    def brought(days: int | None) -> PartnerTotals:
        since = at - timedelta(days=days) if days is not None else enrollment.enrolled_at - timedelta(days=1)
        return PartnerTotals(*brought_by(enrollment.id, program_id, since=since, until=at))

    tier, reached = find_tier(tiers, brought)
    if tier == profile.standing(program_id, at + NOTICE).tier:
        return False
    try:
        change_standing(
            enrollment.id,
            what="tier",
            program=program_id,
            to=tier,
            by="rules",
            actor=_ACTOR,
            reached=reached,
            at=at,
        )
    except Busy:
        log.info("%s: another call changed their standing just now", enrollment.id)
        return False
    return True


def _last(changes: list[StandingChange], program_id: str) -> StandingChange | None:
    own = [change for change in changes if change.what == "tier" and change.program_id == program_id]
    return max(own, key=lambda change: change.number, default=None)
