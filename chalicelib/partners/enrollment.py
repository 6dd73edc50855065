"""A partner's part in a program: how it begins, and how it ends."""

from datetime import datetime

from chalicelib.kit.dynamo import writes
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.partners.find import PartnerProfile, find
from chalicelib.partners.share import new_nonce
from chalicelib.partners.table import Enrollment, enrollment_key
from chalicelib.programs import find as programs


def new_enrollment(partner_id: str, program_id: str, *, at: datetime) -> Enrollment:
    """Return the row that makes a partner part of a program."""
    return Enrollment(
        partner_id,
        enrollment_key(program_id),
        program_id=program_id,
        enrolled_in=program_id,
        share_nonce=new_nonce(),
        enrolled_at=at,
    )


def enroll(reference: str, program: str, *, at: datetime, receipt: Receipt = no_receipt) -> PartnerProfile:
    """Enroll a partner in a program. Idempotent; whoever had left it is back."""
    program_id = programs.find(program).program.id
    profile = find(reference)
    changes = receipt(profile)
    before = profile.enrollment(program_id)
    if before is not None and before.left_at is not None:
        back = writes.update_if(before, Enrollment.left_at.remove(), condition=Enrollment.left_at == before.left_at)
        before.left_at = None
        changes = [back, *receipt(profile)]
    if before is None:
        row = new_enrollment(profile.partner.id, program_id, at=at)
        profile.enrollments.append(row)
        changes = [writes.insert(row), *receipt(profile)]
    if changes and writes.commit(*changes):
        return find(reference)
    return profile


def leave(reference: str, program: str, *, at: datetime) -> PartnerProfile:
    """
    Mark a partner as having left a program; a second time, or if they are not in it, nothing changes.

    Their links are ended by `links.disable`. What they are owed stays owed, and customers referred by them before
    keep counting as was promised.
    """
    program_id = programs.find(program).program.id
    enrollment = find(reference).enrollment(program_id)
    if enrollment is not None:
        left = writes.update_if(enrollment, Enrollment.left_at.set(at), condition=Enrollment.left_at.does_not_exist())
        writes.commit(left)
    return find(reference)
