"""Ends a partner's part in a program."""

from datetime import datetime

from chalicelib.kit.dynamo import writes
from chalicelib.partners.find import Member, find
from chalicelib.partners.table import Enrollment
from chalicelib.programs import find as programs


def leave(reference: str, program: str, *, at: datetime) -> Member:
    """
    Mark a partner as having left a program; the second time, or without a part in it, changes nothing.

    Their links are ended by `links.retire`. What they are owed stays owed, and whoever was referred
    to them before keeps counting as was promised.
    """
    program_id = programs.find(program).program.id
    enrollment = find(reference).enrollment(program_id)
    if enrollment is not None:
        left = writes.update_if(enrollment, Enrollment.left_at.set(at), condition=Enrollment.left_at.does_not_exist())
        writes.commit(left)
    return find(reference)
