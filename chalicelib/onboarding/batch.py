"""
Adds many partners, with their part in a program and a link: each item by itself, in the order given.

An item is one transaction, so none is half done. It is known again by the caller's own id for the partner, or else by
their address; so a batch that was answered, or was not, may be sent again.
"""

from datetime import datetime
from typing import Any

from chalicelib.audit.actor import Actor
from chalicelib.kit import bodies, errors
from chalicelib.kit.dynamo import writes
from chalicelib.kit.walk import Deadline
from chalicelib.links.create import CodeTaken
from chalicelib.links.shapes import LinkView
from chalicelib.onboarding.batch_lookup import Lookup
from chalicelib.onboarding.batch_plan import Plan, make_plan
from chalicelib.onboarding.batch_shapes import BatchPartner, PartnerResult
from chalicelib.partners import share

# A function of the API has twenty. An item that is begun is finished.
_MOST_SECONDS = 8.0


def add_all(items: list[Any], *, dry_run: bool, actor: Actor, at: datetime) -> list[PartnerResult]:
    """
    Add the partner of each item, or refuse it without harm to the others; a dry run writes nothing.

    When time is up, the rest is not reached, and can be sent again.
    """
    lookup, deadline = Lookup(), Deadline(_MOST_SECONDS)
    results: list[PartnerResult] = []
    for item in items:
        if results and deadline.passed:
            results.append(PartnerResult("not_reached"))
        else:
            results.append(_added(item, lookup, dry_run=dry_run, actor=actor, at=at))
    return results


def _added(item: Any, lookup: Lookup, *, dry_run: bool, actor: Actor, at: datetime) -> PartnerResult:
    try:
        plan = _add(bodies.typed(item, BatchPartner, strict=True), lookup, dry_run=dry_run, actor=actor, at=at)
    except errors.Refused as refusal:
        # As it is: a refusal may have members of its own.
        problem: Any = errors.described(refusal)
        return PartnerResult("refused", problem=problem)
    partner, enrollment, link = plan.profile.partner, plan.enrollment, plan.link
    return PartnerResult(
        plan.result,
        partner=partner.id if lookup.is_stored(partner) else None,
        share_url=share.make_url(enrollment) if enrollment is not None and lookup.is_stored(enrollment) else None,
        link=LinkView.of(link) if link is not None and lookup.is_stored(link) else None,
        ignored=plan.ignored,
        same_email=plan.same_email,
    )


def _add(item: BatchPartner, lookup: Lookup, *, dry_run: bool, actor: Actor, at: datetime) -> Plan:
    is_certain = False
    for _ in writes.attempts():
        try:
            plan = make_plan(item, lookup, at=at)
        except (CodeTaken, errors.ExternalIdTaken):
            # Perhaps another call added this very partner, with this link, between two reads: read once more.
            if is_certain:
                raise
            is_certain = True
            continue
        if dry_run:
            lookup.keep(plan.profile, plan.link, plan.changes)
            return plan
        subject = plan.profile.partner.id
        if not plan.changes or not actor.commit(
            *plan.changes, action="partner.imported", subject=subject, part=plan.part, at=at
        ):
            return plan
        # Another call was faster in adding something of it: what is there now counts.
    raise errors.Busy("Others change the same partner or link right now; send this again.")
