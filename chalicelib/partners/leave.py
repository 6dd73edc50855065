"""Ends a partner's part in a programme."""

from datetime import datetime

from chalicelib.kit import writes
from chalicelib.partners.find import Member, find
from chalicelib.partners.table import Enrolment
from chalicelib.programs import find as programs


def leave(reference: str, program: str, *, at: datetime) -> Member:
    """
    Mark a partner as having left a programme; the second time, or without a part in it, changes nothing.

    Their links are ended by `links.retire`. What they are owed stays owed, and whoever was referred
    to them before keeps counting as was promised.
    """
    program_id = programs.find(program).program.id
    enrolment = find(reference).enrolment(program_id)
    if enrolment is not None:
        left = writes.change(enrolment, Enrolment.left_at.set(at), condition=Enrolment.left_at.does_not_exist())
        writes.commit(left)
    return find(reference)
