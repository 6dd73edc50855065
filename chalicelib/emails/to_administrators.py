"""Emails to the people who administer: an invitation, and a link to sign in by."""

from datetime import datetime

from chalicelib.emails.catalog import ADMIN_INVITATION
from chalicelib.kit.dynamo import writes
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.outbox.queue import new_message
from chalicelib.users.table import User


def new_invitation(user: User, *, at: datetime) -> writes.Write:
    """Return the write that queues the email to a person who was invited to sign in."""
    return writes.insert(new_message(ADMIN_INVITATION, user.id, user.id, NO_PROGRAM, at=at))
