"""Emails to the people who administer: an invitation, a link to sign in by, and a test introduction."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.emails.catalog import ADMIN_INVITATION, TEST_INTRODUCTION
from chalicelib.kit.dynamo import writes
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.outbox.queue import new_message
from chalicelib.programs.table import Program
from chalicelib.users.table import User


def new_invitation(user: User, *, at: datetime) -> writes.Write:
    """Return the write that queues the email to a person who was invited to sign in."""
    return writes.insert(new_message(ADMIN_INVITATION, user.id, user.id, NO_PROGRAM, at=at))


def new_test_introduction(at: datetime) -> Callable[[User, Program, int], list[writes.Write]]:
    """Return what returns the write that queues a test introduction, given its number, to the owner of a program's."""

    def tell(user: User, program: Program, number: int) -> list[writes.Write]:
        return [writes.insert(new_message(TEST_INTRODUCTION, f"{program.id}#{number}", user.id, program.id, at=at))]

    return tell
