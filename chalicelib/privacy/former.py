"""What is about the former holders of a partner's account that was handed over, and not about who has it now."""

from datetime import datetime

from chalicelib.introductions.thanks_table import Thanks
from chalicelib.kit.dynamo.writes import AnyRow
from chalicelib.notes.table import Note
from chalicelib.outbox.table import Message
from chalicelib.partners.feedback_table import Feedback
from chalicelib.partners.hand_over_table import HandOver, find_hand_overs
from chalicelib.partners.joining_table import Application, Invitation
from chalicelib.partners.table import (
    EarlierStandingChange,
    EmailChange,
    EmailRequest,
    Partner,
    PartnerRow,
    PayeeChange,
    StandingChange,
    email_key,
)
from chalicelib.rewards.table import Fulfillment, Reward

# The last changes of their addresses: one transaction writes about all of them.
_MOST_CHANGES = 20
# What a person said, was told or was called. Links, referrals, events and the ledger are the account's.
_OF_A_HOLDER = (
    Application,
    EarlierStandingChange,
    EmailChange,
    EmailRequest,
    Feedback,
    Fulfillment,
    HandOver,
    Invitation,
    Message,
    Note,
    PayeeChange,
    Reward,
    StandingChange,
    Thanks,
)


def is_of_former(row: AnyRow, until: datetime) -> bool:
    """Return whether a row is about a person who held the account up to a moment."""
    return isinstance(row, _OF_A_HOLDER) and row.created_at <= until


def former_addresses(partner: Partner) -> list[str]:
    """Return the own addresses of former holders, as far as they are still known."""
    if partner.handed_over_at is None:
        return []
    held = [row.former for row in find_hand_overs(partner)]
    addresses = [one for former in held if former is not None for one in (former.email, *former.other_emails)]
    changes = [row for row in changes_of_address(partner) if is_of_former(row, partner.handed_over_at)]
    changed = [one for row in changes for one in (row.email_before, row.email)]
    return [one for one in dict.fromkeys([*addresses, *changed]) if one]


def changes_of_address(partner: Partner) -> list[EmailChange]:
    """Return the last changes of a partner's address, newest first."""
    rows = PartnerRow.query(
        email_key(partner.id),
        PartnerRow.sort.startswith("change#"),
        scan_index_forward=False,
        limit=_MOST_CHANGES,
        consistent_read=True,
    )
    return [row for row in rows if isinstance(row, EmailChange)]
