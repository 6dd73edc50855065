"""Enrolls partners in programs."""

from datetime import datetime

from chalicelib.kit.dynamo import writes
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.partners.create import enrollment
from chalicelib.partners.find import Member, find
from chalicelib.partners.table import Enrollment
from chalicelib.programs import find as programs


def enroll(reference: str, program: str, *, at: datetime, receipt: Receipt = no_receipt) -> Member:
    """Enroll a partner in a program; who is in it already stays as they are, and who had left is back."""
    program_id = programs.find(program).program.id
    member = find(reference)
    wanted = receipt(member)
    before = member.enrollment(program_id)
    if before is not None and before.left_at is not None:
        back = writes.update_if(before, Enrollment.left_at.remove(), condition=Enrollment.left_at == before.left_at)
        before.left_at = None
        wanted = [back, *receipt(member)]
    if before is None:
        row = enrollment(member.partner.id, program_id, at=at)
        member.enrollments.append(row)
        wanted = [writes.insert(row), *receipt(member)]
    if wanted and writes.commit(*wanted):
        return find(reference)
    return member
