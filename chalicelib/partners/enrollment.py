"""A partner's part in a program: how it begins, and how it ends."""

from datetime import datetime
from typing import Any

from chalicelib.audit.actor import Actor
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.ids import is_test
from chalicelib.partners.duplicates import refuse_merged
from chalicelib.partners.find import (
    PartnerNotEnrolled,
    PartnerProfile,
    find,
    find_by_address,
    find_ids_by_address,
    find_survivor,
    find_to_change,
)
from chalicelib.partners.share import new_nonce
from chalicelib.partners.shared_name_table import unlist
from chalicelib.partners.table import Enrollment, StoppedPartner, address_keys, enrollment_key, stopped_key
from chalicelib.programs import find as programs


class PartnerBanned(Refused):
    """The partner is banned, or has the email address of one who is: they cannot join a program."""

    STATUS_CODE = 409


class OtherMode(Refused):
    """Live and test do not mix, nor do two test programs."""

    STATUS_CODE = 409


def check_may_join(email: str, *, test: bool) -> None:
    """Refuse an email address that a banned partner of the same mode has."""
    if is_banned(email, test=test):
        raise PartnerBanned("This email address cannot join.", pointer="/email")


def is_banned(email: str, *, test: bool) -> bool:
    """Return whether a banned partner of the mode has an email address; as many reads for any other one."""
    # For an unknown address, a row that never exists.
    holders = [one for one in find_ids_by_address(email) if is_test(one) == test] or address_keys(email)[:1]
    return bool(rows.find_all(StoppedPartner, [(stopped_key("banned", holder), holder) for holder in holders]))


def may_take_part(profile: PartnerProfile, program_id: str) -> bool:
    """Return whether a partner is of a program's mode; a test partner is in one test program alone."""
    if not is_test(program_id):
        return not is_test(profile.partner.id)
    return is_test(profile.partner.id) and all(one.program_id == program_id for one in profile.enrollments)


def find_to_extend(email: str, program_id: str) -> PartnerProfile | None:
    """
    Return the partner with an email address who would take part in a program, if there is one.

    One who already does, or who had left and returns; or else one of another program.
    """
    profiles = [one for one in find_by_address(email) if may_take_part(one, program_id)]

    def preference(profile: PartnerProfile) -> tuple[bool, bool]:
        return not profile.takes_part(program_id), profile.enrollment(program_id) is None

    return min(profiles, key=preference, default=None)


def new_enrollment(partner_id: str, program_id: str, *, at: datetime) -> Enrollment:
    """Return the row that makes a partner part of a program. Refused once it has ended, and in another mode."""
    if is_test(partner_id) != is_test(program_id):
        raise OtherMode("Live partners take part in live programs, test partners in test programs.", pointer="/program")
    programs.check_not_ended(programs.find(program_id).program, at=at)
    return Enrollment(
        partner_id,
        enrollment_key(program_id),
        program_id=program_id,
        enrolled_in=program_id,
        share_nonce=new_nonce(),
        enrolled_at=at,
    )


def take_part(
    profile: PartnerProfile | None, partner_id: str, program_id: str, *, at: datetime, **facts: Any
) -> tuple[Enrollment, writes.Write]:
    """
    Return a partner's enrollment from now on, and its write: a new one, or the one they had left.

    *facts* are its other attributes, such as the terms they agreed to. The write holds only if nothing else enrolls
    them at the same moment. Refused while they are banned.
    """
    if profile is not None:
        refuse_merged(profile.partner)
        if profile.is_banned:
            raise PartnerBanned(f"{partner_id} is banned.", pointer="/partner")
        if not may_take_part(profile, program_id):
            raise OtherMode(f"{partner_id} cannot take part in {program_id}. {OtherMode.__doc__}", pointer="/program")
    row = profile.enrollment(program_id) if profile is not None else None
    if row is None:
        row = new_enrollment(partner_id, program_id, at=at)
        _set(row, facts)
        return row, writes.insert(row)
    programs.check_not_ended(programs.find(program_id).program, at=at)
    was: Enrollment = Enrollment.from_raw_data(row.serialize())
    facts |= {"left_before": was.left_at, "returned_at": at}
    _set(row, {**facts, "left_at": None})
    actions = [Enrollment.left_at.remove(), *(getattr(Enrollment, name).set(fact) for name, fact in facts.items())]
    return row, writes.update_if(was, *actions, condition=Enrollment.left_at == was.left_at)


def _set(row: Enrollment, facts: dict[str, Any]) -> None:
    for name, fact in facts.items():
        setattr(row, name, fact)


def enroll(
    reference: str, program: str, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt, **facts: Any
) -> PartnerProfile:
    """Enroll a partner in a program. Idempotent; a partner who had left is back. An enrolled one gets no new facts."""
    program_id = programs.find(program).program.id
    profile = find_to_change(reference)
    before = profile.enrollment(program_id)
    if before is not None and before.left_at is None:
        receipts = receipt(profile)
        return find(profile.partner.id) if receipts and writes.commit(*receipts) else profile
    row, change = take_part(profile, profile.partner.id, program_id, at=at, **facts)
    if before is None:
        profile.enrollments.append(row)
    changes = [change, *receipt(profile)]
    if actor.commit(*changes, action="partner.enrolled", subject=profile.partner.id, part=program_id, at=at):
        return find(profile.partner.id)
    return profile


def leave(reference: str, program: str, *, actor: Actor, at: datetime) -> PartnerProfile:
    """
    Mark a partner as having left a program; a second time, or if they are not in it, nothing changes.

    Friends can no longer name them. Their links are ended by `links.disable`. What they are owed stays owed, and
    customers referred by them before keep counting as was promised.
    """
    program_id = programs.find(program).program.id
    profile = find_survivor(reference)
    enrollment, shared = profile.enrollment(program_id), profile.shared_name(program_id)
    if enrollment is not None:
        left = writes.update_if(enrollment, Enrollment.left_at.set(at), condition=Enrollment.left_at.does_not_exist())
        unlisted = unlist(shared) if shared is not None else []
        actor.commit(left, *unlisted, action="partner.left", subject=enrollment.id, part=program_id, at=at)
    return find_survivor(reference)


def renew_share_link(
    reference: str, program: str, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt
) -> PartnerProfile:
    """End the links of a partner's share page in a program, also those in emails, by making another. Not idempotent."""
    program_id = programs.find(program).program.id
    profile = find_survivor(reference)
    enrollment = profile.enrollment(program_id)
    if enrollment is None:
        raise PartnerNotEnrolled(f"{profile.partner.id} is not enrolled in {program_id}.", pointer="/program")
    renewed = writes.update_if(
        enrollment,
        Enrollment.share_nonce.set(new_nonce()),
        Enrollment.form_nonce.remove(),
        condition=Enrollment.share_nonce == enrollment.share_nonce,
    )
    changes = [renewed, *receipt(profile)]
    actor.commit(*changes, action="share_link.renewed", subject=profile.partner.id, part=program_id, at=at)
    return find(profile.partner.id)
