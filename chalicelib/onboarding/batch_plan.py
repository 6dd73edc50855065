"""What one item of a batch changes: the partner, their part in a program, and a link, all by one transaction."""

from datetime import datetime

from msgspec import Struct, to_builtins

from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import ExternalIdTaken, InvalidValue, Refused
from chalicelib.links import create as links
from chalicelib.links.create import CodeTaken
from chalicelib.links.shapes import NewLink
from chalicelib.links.table import Link, LinkCount, count_key
from chalicelib.onboarding.batch_lookup import Lookup, claim
from chalicelib.onboarding.batch_shapes import BatchLink, BatchPartner, BatchResult
from chalicelib.partners.enrollment import PartnerBanned, take_part
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.identity import compose
from chalicelib.partners.shapes import NewPartner
from chalicelib.partners.table import Enrollment
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program


class PartnerLeft(Refused):
    """The partner has left this program; a batch does not bring them back, since they may not want to."""

    STATUS_CODE = 409


class Plan(Struct):
    """What an item leads to, and the writes that are missing; none, if all of it is there."""

    profile: PartnerProfile
    is_new: bool
    enrollment: Enrollment | None = None
    link: Link | None = None
    changes: list[Write] = []
    ignored: list[str] = []
    same_email: list[str] = []

    @property
    def result(self) -> BatchResult:
        if self.is_new:
            return "created"
        return "added" if self.changes else "unchanged"

    @property
    def part(self) -> str | None:
        """Return what the audit entry names beside the partner: the link, or else the program."""
        if self.link is not None:
            return self.link.id
        return self.enrollment.program_id if self.enrollment is not None else None


def make_plan(item: BatchPartner, lookup: Lookup, *, at: datetime) -> Plan:
    """Return what an item changes. Refuses it as the calls for one partner, one enrollment or one link would."""
    program = programs.find(item.program).program if item.program is not None else None
    if item.link is not None and program is None:
        raise InvalidValue("A link needs a program.", pointer="/program")
    profile = lookup.find_partner(item, program, at=at)
    plan = _add(item, program, lookup, at=at) if profile is None else _extend(item, profile, program, at=at)
    if item.link is not None and program is not None:
        _link(item.link, plan, program, lookup, at=at)
    return plan


def _add(item: BatchPartner, program: Program | None, lookup: Lookup, *, at: datetime) -> Plan:
    if item.name is None:
        raise InvalidValue("A new partner needs a name.", pointer="/name")
    new = NewPartner(
        name=item.name,
        category=item.category or "client",
        email=item.email,
        locale=item.locale or "en",
        external_id=item.external_id,
        programs=[program.id] if program is not None else [],
    )
    others = lookup.find_others(item)
    profile, changes = compose(new, at=at)
    if item.external_id is None and item.email is not None:
        changes.append(claim(item.email, profile.partner.id, at=at))
    enrollment = profile.enrollment(program.id) if program is not None else None
    return Plan(profile, True, enrollment, changes=changes, same_email=others)


def _extend(item: BatchPartner, profile: PartnerProfile, program: Program | None, *, at: datetime) -> Plan:
    pointer = "/external_id" if item.external_id is not None else "/email"
    if profile.is_banned:
        raise PartnerBanned(f"{profile.partner.id} is banned.", pointer=pointer)
    plan = Plan(profile, False, ignored=_ignored(item, profile, at=at))
    if program is None:
        return plan
    plan.enrollment = profile.enrollment(program.id)
    if plan.enrollment is None:
        plan.enrollment, change = take_part(profile, profile.partner.id, program.id, at=at)
        plan.changes = [change]
        enrollments = [*profile.enrollments, plan.enrollment]
        plan.profile = PartnerProfile(profile.partner, enrollments, profile.changes)
    elif plan.enrollment.left_at is not None:
        raise PartnerLeft(f"{profile.partner.id} has left {program.id}.", pointer=pointer)
    return plan


def _ignored(item: BatchPartner, profile: PartnerProfile, *, at: datetime) -> list[str]:
    partner = profile.partner
    stored = {
        "name": partner.name,
        "email": partner.email,
        "category": profile.standing("", at).category or partner.category,
        "locale": partner.locale,
    }
    return [f"/{field}" for field, value in stored.items() if _differs(getattr(item, field), value)]


def _differs(sent: str | None, stored: str | None) -> bool:
    return sent is not None and sent.lower() != (stored or "").lower()


def _link(item: BatchLink, plan: Plan, program: Program, lookup: Lookup, *, at: datetime) -> None:
    """Put the link of an item into a plan: the one that is there, or a new one."""
    partner_id = plan.profile.partner.id
    # The same item again must find its link, also if that got a random code.
    external_id = item.external_id or (None if item.code else _derived(item, program, partner_id))
    named, coded = lookup.find_link(external_id, item.code)
    if named is not None and not _is_of(named, plan, program):
        raise ExternalIdTaken("Another link, or one that was ended, has this external id.", pointer="/link/external_id")
    if coded is not None and (not _is_of(coded, plan, program) or (named is not None and named.id != coded.id)):
        raise CodeTaken(f"The code {item.code!r} belongs to another link, or one that was ended.", pointer="/link/code")
    plan.link = named or coded
    if plan.link is not None:
        stored = {name: getattr(plan.link, name) for name in ("code", "destination", "channel", "external_id")}
        plan.ignored += [f"/link/{name}" for name, value in stored.items() if _differs(getattr(item, name), value)]
        return
    programs.check_not_ended(program, at=at)
    try:
        fields = to_builtins(item) | {"external_id": external_id}
        plan.link = links.compose(NewLink(program.id, partner_id, **fields), program, partner_id, at=at)
    except Refused as refusal:
        refusal.pointer = f"/link{refusal.pointer}"
        raise
    was_enrolled = not plan.changes
    plan.changes += [*links.name(plan.link, item.code), _count(plan, at=at)]
    if was_enrolled and plan.enrollment is not None:
        # Of those who leave at this moment, no link stays behind.
        plan.changes.append(writes.check(plan.enrollment, Enrollment.left_at.does_not_exist()))


def _is_of(link: Link, plan: Plan, program: Program) -> bool:
    is_theirs = (link.partner_id, link.program_id) == (plan.profile.partner.id, program.id)
    return is_theirs and link.disabled_at is None


def _count(plan: Plan, *, at: datetime) -> Write:
    partner_id = plan.profile.partner.id
    if plan.is_new:
        return writes.insert(LinkCount(count_key(partner_id), "count", number=1))
    try:
        return links.count_new(partner_id, at=at)
    except links.TooManyLinks as refusal:
        refusal.pointer = "/link"
        raise


def _derived(item: BatchLink, program: Program, partner_id: str) -> str:
    return ids.derived("batch", partner_id, program.id, item.destination or "", item.channel or "")
