"""Gathers what the daily walk looks at in a partner: a page of a program's partners at a time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from msgspec import Struct

from chalicelib.emails.suppressions import bounced
from chalicelib.kit import walk
from chalicelib.kit.ids import Mode
from chalicelib.kit.instants import midnight
from chalicelib.links import find as links
from chalicelib.links.table import Link
from chalicelib.notes.note import find_all as find_notes
from chalicelib.onboarding.check_ins import gather_facts
from chalicelib.onboarding.progress import (
    QUIET_DAYS,
    STUCK_DAYS,
    Concern,
    OnboardingFacts,
    derive_steps,
    find_concern,
    find_next_step,
)
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.table import Enrollment
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.table import Program
from chalicelib.programs.terms import Tier
from chalicelib.rewards.find import held_since, list_held
from chalicelib.rewards.table import REVIEW
from chalicelib.stats.counts import Counts, total
from chalicelib.stats.partner_counts import PartnerCounts, read_counts_of_many
from chalicelib.targets.kinds import PeriodSums
from chalicelib.targets.measure import sums_of
from chalicelib.targets.periods import PERIODS, first_day
from chalicelib.targets.rules import LATELY, THRESHOLDS, Held, NextTier, PartnerFacts

_A_DAY = timedelta(days=1)
_PAGE = 100
# By program and partner.
HeldRewards = Mapping[tuple[str, str], Held]


class Checked(Struct, frozen=True):
    """
    A partner in a program as they are.

    *facts* are None if nothing is to be done about them any more. *sums* are of the current periods, before today.
    """

    facts: PartnerFacts | None
    step: str | None
    concern: Concern | None
    category: str
    tier: str | None
    sums: PeriodSums
    worth: int


def held_for_review(mode: Mode, *, at: datetime) -> HeldRewards:
    """
    Return how many rewards have waited for review for too long, and since when, by program and partner.

    Reads all that wait, three calls a hundred: they are in no order of time.
    """
    held: dict[tuple[str, str], Held] = {}
    before = at - timedelta(days=THRESHOLDS["reward_held_long"].days or 0)
    for page in walk.pages(partial(list_held, REVIEW, limit=_PAGE, mode=mode)):
        # None is held before it is given: only of these the notes are read.
        older = [one for one in page if one.partner_id is not None and one.created_at <= before]
        notes = find_notes(older)
        for reward in older:
            since = held_since(reward, notes)
            if since <= before:
                key = (reward.program_id, reward.partner_id or "")
                earlier = held.get(key, Held(0, since))
                held[key] = Held(earlier.rewards + 1, min(earlier.since, since))
    return held


def gather(
    terms: ProgramTerms, enrollments: Sequence[Enrollment], held: HeldRewards, *, at: datetime
) -> dict[str, Checked]:
    """
    Return a page of a program's partners as they are, by id. The partners must be consecutive by id.

    Three calls for each partner, and some for all of them.
    """
    profiles = partners.find_all(one.id for one in enrollments)
    present = [one for one in enrollments if one.id in profiles]
    counts_of = read_counts_of_many([one.id for one in present], terms.program, at=at)
    bounced_since = bounced(email for one in profiles.values() if (email := one.partner.email))
    checked = {}
    for one in present:
        profile = profiles[one.id]
        own = [link for link in links.list_all(one.id) if link.program_id == terms.program.id]
        since = bounced_since.get(profile.partner.email or "")
        waiting = held.get((terms.program.id, one.id))
        checked[one.id] = _check(terms, one, profile, own, counts_of[one.id], waiting, since, at=at)
    return checked


def _check(
    terms: ProgramTerms,
    enrollment: Enrollment,
    profile: PartnerProfile,
    own: Sequence[Link],
    counts: PartnerCounts,
    held: Held | None,
    bounced_since: datetime | None,
    *,
    at: datetime,
) -> Checked:
    program = terms.program
    by_time = list(counts.by_time())
    ever = total(one for _, one in by_time)
    onboarding = gather_facts(enrollment, own, counts)
    standing = profile.standing(program.id, at)
    facts, concern, step = None, None, None
    if _can_act(profile, enrollment) and program.takes_touch(at):
        in_force = terms.in_force(at)
        sale_rules = [rule for rule in in_force.rules if rule.on == "sale"]
        concern = find_concern(onboarding, stuck_days=STUCK_DAYS, quiet_days=QUIET_DAYS, at=at)
        step = find_next_step([one for one in derive_steps(onboarding, at=at) if one.name != "active"])
        facts = PartnerFacts(
            at=at,
            since=enrollment.agreed_at or enrollment.enrolled_at,
            calendar=program.calendar,
            links=_usage(program, own, counts, at=at),
            ever=ever,
            lately=_since(by_time, at - LATELY, until=at),
            first_lead=min((begun for begun, one in by_time if one.leads), default=None),
            first_purchase=min((begun for begun, one in by_time if one.first_sales), default=None),
            first_referral=onboarding.first_referral,
            last_activity=_last_activity(onboarding),
            sells=bool(sale_rules),
            repeats=any(rule.when.number_to is None or rule.when.number_to > 1 for rule in sale_rules),
            held=held,
            bounced_since=bounced_since,
            next_tier=_next_tier(in_force.tiers, standing.tier, by_time, at=at),
        )
    return Checked(
        facts=facts,
        step=step,
        concern=concern,
        category=standing.category or profile.partner.category,
        tier=standing.tier,
        sums=_sums(program, by_time, at=at),
        worth=ever.revenue - ever.refunded,
    )


def _can_act(profile: PartnerProfile, enrollment: Enrollment) -> bool:
    """Return whether someone can do something with a partner: not with one who left, was stopped, merged or erased."""
    row = profile.partner
    gone = row.erased_at is not None or row.merged_into is not None
    return enrollment.left_at is None and profile.stopped is None and not gone


def _last_activity(onboarding: OnboardingFacts) -> datetime | None:
    return onboarding.last_activity or onboarding.first_referral


def _usage(
    program: Program, own: Sequence[Link], counts: PartnerCounts, *, at: datetime
) -> tuple[tuple[datetime, bool], ...]:
    """Return when each link that can be used was made, and whether anything ever came by it."""
    by_link = counts.by_link(midnight(program.created_at.date()), midnight(at.date() + _A_DAY))
    return tuple(
        (link.created_at, by_link.get(link.key, Counts()) != Counts()) for link in own if links.is_live(link, at)
    )


def _next_tier(
    tiers: Sequence[Tier], current: str | None, by_time: Iterable[tuple[datetime, Counts]], *, at: datetime
) -> NextTier | None:
    """Return the tier above the current one, and what counts toward it; None above the last."""
    names = [tier.name for tier in tiers]
    above = tiers[names.index(current) + 1 :] if current in names else tiers
    if not above:
        return None
    days = above[0].within_days
    counts = _since(by_time, at - timedelta(days=days) if days is not None else None, until=at)
    return NextTier(above[0], counts.sales, counts.revenue - counts.refunded, counts.leads)


def _since(by_time: Iterable[tuple[datetime, Counts]], since: datetime | None, *, until: datetime) -> Counts:
    return total(one for begun, one in by_time if (since is None or begun >= since) and begun <= until)


def _sums(program: Program, by_time: Sequence[tuple[datetime, Counts]], *, at: datetime) -> PeriodSums:
    """Return what a partner brought in the current periods, on the days that are over."""
    today = program.calendar.day_of(at)
    end = program.calendar.midnight(today)
    sums: PeriodSums = {}
    for period in PERIODS:
        first: date = first_day(period, today)
        begin = program.calendar.midnight(first)
        sums[period] = first.isoformat(), sums_of(total(one for begun, one in by_time if begin <= begun < end))
    return sums
