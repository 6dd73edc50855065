"""Puts down what accompanies a partner: first steps, reminders, each tier they reach, and who is paid for them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.outbox.queue import enqueue, new_message
from chalicelib.outbox.table import Message
from chalicelib.partners.table import Enrollment, PartnerRow, PayeeChange, StandingChange

FOLLOW_UPS = {"follow_up": timedelta(days=3), "last_follow_up": timedelta(days=14)}


def accompany(added: Iterable[PartnerRow], *, at: datetime) -> None:
    """
    When a partner was enrolled: greet them, and put down the reminders. When they were given a tier: tell them.

    When somebody changed whom their money goes to: warn them, for it may not have been they. Once each. Whether there is still a reason to send one is asked when it is sent.
    """
    enqueue([message for row in added for message in expected_of_partner(row, at=at)])


def expected_of_partner(row: PartnerRow, *, at: datetime) -> list[Message]:
    """Return the messages a row of the partners causes: always the same ones."""
    if isinstance(row, Enrollment):
        subject = row.program_id
        # Whoever had asked is greeted by the email that says yes.
        first = [] if row.applied_at else [new_message("first_steps", subject, row.id, row.program_id, at=at)]
        later = [
            new_message(template, subject, row.id, row.program_id, at=at, send_at=row.enrolled_at + patience)
            for template, patience in FOLLOW_UPS.items()
        ]
        return [*first, *later]
    if isinstance(row, StandingChange) and row.what == "tier" and row.program_id and row.to:
        return [new_message("tier", row.sort, row.id, row.program_id, at=at)]
    if isinstance(row, PayeeChange):
        return [new_message("payee", row.sort, row.partner_id, NO_PROGRAM, at=at)]
    return []
