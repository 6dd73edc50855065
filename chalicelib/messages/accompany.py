"""Puts down what accompanies a partner: first steps, reminders, each tier they reach, and who is paid for them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.messages.table import NO_PROGRAM, Message
from chalicelib.messages.thank import message_of, put, waiting
from chalicelib.partners.table import Enrollment, PartnerRow, PayeeChange, StandingChange

FOLLOW_UPS = {"follow_up": timedelta(days=3), "last_follow_up": timedelta(days=14)}


def accompany(added: Iterable[PartnerRow], *, at: datetime) -> None:
    """
    When a partner was enrolled: greet them, and put down the reminders. When they were given a tier: tell them.

    When somebody changed whom their money goes to: warn them, for it may not have been they. Once each. Whether there is still a reason to send one is asked when it is sent.
    """
    put([message for row in added for message in expected_of_partner(row, at=at)])


def expected_of_partner(row: PartnerRow, *, at: datetime) -> list[Message]:
    """Return the messages a row of the partners causes: always the same ones."""
    if isinstance(row, Enrollment):
        subject = row.program_id
        # Whoever had asked is greeted by the letter that says yes.
        first = [] if row.applied_at else [message_of("first_steps", subject, row.id, row.program_id, at=at)]
        later = [
            waiting(message_of(letter, subject, row.id, row.program_id, at=at), until=row.enrolled_at + patience)
            for letter, patience in FOLLOW_UPS.items()
        ]
        return [*first, *later]
    if isinstance(row, StandingChange) and row.what == "tier" and row.program_id and row.to:
        return [message_of("tier", row.sort, row.id, row.program_id, at=at)]
    if isinstance(row, PayeeChange):
        return [message_of("payee", row.sort, row.partner_id, NO_PROGRAM, at=at)]
    return []
