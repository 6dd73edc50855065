"""
Merges a duplicate into the partner they are: one person who was added, or has joined, twice.

From then on both ids, addresses and external ids lead to the partner who stays, and what the duplicate's links and
customers bring is theirs. What was granted stays in the duplicate's own account, which is paid to their payee.
"""

from datetime import datetime
from typing import Any

from chalicelib.access.sessions import end_all
from chalicelib.audit.actor import Actor
from chalicelib.kit import revisions
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import RowAction, Write
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.kit.ids import is_test
from chalicelib.partners.change_standing import NOTICE, new_change
from chalicelib.partners.duplicates import every_email, every_id, refuse_merged
from chalicelib.partners.enrollment import OtherMode
from chalicelib.partners.find import PartnerErased, PartnerProfile, find, find_rows
from chalicelib.partners.merge_table import PartnerMerge, merge_key
from chalicelib.partners.payee import new_payee
from chalicelib.partners.share import new_nonce
from chalicelib.partners.table import (
    Enrollment,
    Partner,
    PartnerAddress,
    PartnerName,
    StandingChange,
    address_keys,
    change_key,
    enrollment_key,
    name_key,
)

MOST_DUPLICATES = 10


class PartnerStopped(Refused):
    """A partner is suspended or banned; reactivate them before they are merged."""

    STATUS_CODE = 409


class PayeeAwaited(Refused):
    """The new holder of the account has not confirmed their payee yet."""

    STATUS_CODE = 409


class TooMuchToMerge(Refused):
    """There is too much to merge in one transaction."""

    STATUS_CODE = 409


def merge(duplicate: str, into: str, *, actor: Actor, at: datetime) -> PartnerProfile:
    """
    Merge a duplicate into another partner, who is returned. All or nothing, and idempotent.

    Parallel sales are credited to one of the two. Refused: the same partner twice; one who was erased, merged into
    another, suspended or banned.
    """
    for _ in writes.attempts():
        merged, survivor = find(duplicate), find(into)
        if not _is_done(duplicate, merged.partner, survivor.partner):
            changes = check_and_list(merged, survivor, at=at)
            survivor_id, merged_id = survivor.partner.id, merged.partner.id
            if actor.commit(*changes, action="partner.merged", subject=survivor_id, part=merged_id, at=at):
                continue
        for identifier in find(survivor.partner.id).partner.duplicates or ():
            end_all(identifier, at=at)
        return find(survivor.partner.id)
    raise Busy("Someone else is changing these partners right now; check them and send the same call again.")


def _is_done(reference: str, duplicate: Partner, survivor: Partner) -> bool:
    """Return whether a duplicate, by our id or the caller's, was merged into this partner before."""
    if duplicate.merged_into is not None:
        return duplicate.merged_into == survivor.id
    if duplicate.id != survivor.id or not reference.startswith("ext_"):
        return False
    return reference.removeprefix("ext_") in {one.external_id for one in find_rows(survivor.duplicates or ()).values()}


def check_and_list(merged: PartnerProfile, survivor: PartnerProfile, *, at: datetime) -> list[Write]:
    """Return the writes of a merge; refuses who cannot be merged."""
    # Only a merge waits for the rules of names.
    from chalicelib.partners.shared_names import unite

    if merged.partner.id == survivor.partner.id:
        raise InvalidValue("Name two partners: this is one.", pointer="/into")
    if _world(merged) != _world(survivor):
        raise OtherMode(str(OtherMode.__doc__), pointer="/into")
    for profile in (merged, survivor):
        if profile.partner.erased_at is not None:
            raise PartnerErased(f"{profile.partner.id} was erased.", pointer="/partner")
        refuse_merged(profile.partner)
        if profile.stopped is not None:
            raise PartnerStopped(f"{profile.partner.id} is {profile.stopped.to}: reactivate them before you merge.")
        if profile.partner.payee_awaited_since is not None:
            raise PayeeAwaited(f"{profile.partner.id} was handed over: their payee is to be confirmed first.")
    duplicates = [*(survivor.partner.duplicates or ()), *every_id(merged.partner)]
    changes = _rows(merged, survivor, duplicates, at=at) + _names(merged.partner, survivor.partner)
    changes += _enrollments(merged, survivor, at=at) + unite(merged, survivor, at=at)
    if len(duplicates) > MOST_DUPLICATES or len(changes) > writes.MOST_OF_A_DECISION:
        raise TooMuchToMerge(f"A partner has at most {MOST_DUPLICATES} duplicates, in some 20 programs.")
    return changes


def _world(profile: PartnerProfile) -> str | None:
    """Return the one test program of a test partner; None for live partners."""
    return next((one.program_id for one in profile.enrollments), "") if is_test(profile.partner.id) else None


def _rows(merged: PartnerProfile, survivor: PartnerProfile, duplicates: list[str], *, at: datetime) -> list[Write]:
    """Return the writes of the two partners' rows, and of those that were merged into the duplicate before."""
    duplicate, partner = merged.partner, survivor.partner
    standing: Any = Partner.erased_at.does_not_exist() & Partner.merged_into.does_not_exist()
    own = set(address_keys(partner.email)) if partner.email is not None else set()
    emails = dict.fromkeys([*(partner.other_emails or ()), *every_email(duplicate)])
    others = [one for one in emails if own.isdisjoint(address_keys(one))]
    actions: list[RowAction] = [Partner.duplicates.set(duplicates)]
    actions += [Partner.other_emails.set(others)] if others else []
    changes = [revisions.change(partner, *actions, condition=standing)]
    into = Partner.merged_into.set(partner.id)
    earlier = find_rows(duplicate.duplicates or ()).values()
    for row in (duplicate, *earlier):
        paid = (duplicate if row.payee_waits_until(at) is None else row).payee_at(at)
        former, payee = new_payee(row, paid, partner, at=at)
        same = standing if row is duplicate else Partner.merged_into == duplicate.id
        when = [Partner.merged_at.set(at)] if row is duplicate else []
        changes.append(revisions.change(row, into, *when, *former, condition=same))
        changes += [writes.insert(payee)] if payee is not None else []
    fact = PartnerMerge(merge_key(duplicate.id), "merge", partner_id=duplicate.id, into=partner.id, created_at=at)
    return [*changes, writes.insert(fact), not_stopped_since(merged)]


def not_stopped_since(profile: PartnerProfile) -> Write:
    """Return the check that a partner's standing has not changed since it was read: nobody is freed by a merge."""
    number = max((one.number for one in profile.changes), default=0) + 1
    return writes.check_absent(StandingChange(profile.partner.id, change_key(number)))


def _names(duplicate: Partner, partner: Partner) -> list[Write]:
    """Return the writes that make the duplicate's external id and addresses lead to the partner who stays."""
    changes: list[Write] = []
    for row in (duplicate, *find_rows(duplicate.duplicates or ()).values()):
        if row.external_id is not None:
            pointer, theirs = PartnerName(name_key(row.external_id), "name"), PartnerName.partner_id == duplicate.id
            changes.append(writes.update_if(pointer, PartnerName.partner_id.set(partner.id), condition=theirs))
    for email in every_email(duplicate):
        keys = address_keys(email)
        stored = rows.find_all(PartnerAddress, [(key, one) for key in keys for one in (duplicate.id, partner.id)])
        changes += [writes.delete(row) for row in stored.values() if row.sort == duplicate.id]
        if all(row.sort != partner.id for row in stored.values()):
            changes.append(writes.insert(PartnerAddress(keys[0], partner.id)))
    return changes


def _enrollments(merged: PartnerProfile, survivor: PartnerProfile, *, at: datetime) -> list[Write]:
    """Return the writes by which the duplicate leaves its programs, and the partner takes part where they do not."""
    changes: list[Write] = []
    grown = PartnerProfile(survivor.partner, survivor.enrollments, [*survivor.changes])
    for row in merged.enrollments:
        if row.left_at is not None:
            continue
        left = [Enrollment.left_at.set(at), Enrollment.share_nonce.set(new_nonce()), Enrollment.form_nonce.remove()]
        changes.append(writes.update_if(row, *left, condition=Enrollment.share_nonce == row.share_nonce))
        own = survivor.enrollment(row.program_id)
        if own is None:
            changes += [
                writes.insert(_taken_over(row, survivor.partner.id)),
                *_tier(merged, grown, row.program_id, at=at),
            ]
        elif own.left_at is not None:
            back = [Enrollment.left_before.set(own.left_at), Enrollment.returned_at.set(at)]
            same = Enrollment.left_at == own.left_at
            changes.append(writes.update_if(own, Enrollment.left_at.remove(), *back, condition=same))
        else:
            changes.append(writes.check(own, Enrollment.left_at.does_not_exist()))
    if len(grown.changes) == len(survivor.changes):
        changes.append(not_stopped_since(survivor))
    return changes


def _taken_over(row: Enrollment, partner_id: str) -> Enrollment:
    """Return a duplicate's enrollment as the partner's: with what was agreed and promised, and no emails."""
    names = ("enrolled_at", "agreed_version", "agreed_hash", "agreed_at", "invited_at", "applied_at")
    return Enrollment(
        partner_id,
        enrollment_key(row.program_id),
        program_id=row.program_id,
        enrolled_in=row.program_id,
        share_nonce=new_nonce(),
        unaccompanied=True,
        **{name: getattr(row, name) for name in names},
    )


def _tier(merged: PartnerProfile, grown: PartnerProfile, program_id: str, *, at: datetime) -> list[Write]:
    """Return the writes of the tier that a duplicate has in a program; *grown* gets it, too."""
    tiers = [one for one in merged.changes if one.what == "tier" and one.program_id == program_id]
    last = max(tiers, key=lambda one: one.number, default=None)
    if last is None or last.to is None:
        return []
    change, changes = new_change(
        grown,
        what="tier",
        to=last.to,
        by=last.by,
        at=at,
        program_id=program_id,
        reached=last.reached,
        pinned_until=last.pinned_until if last.pinned_until is not None and last.pinned_until > at + NOTICE else None,
    )
    grown.changes.append(change)
    return changes
