"""Puts down what is to be said, and to whom, when something good (or a reversal) has happened."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.kit import instants
from chalicelib.ledger.table import Entry, LedgerRow
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.outbox.queue import enqueue, new_message
from chalicelib.outbox.table import Message
from chalicelib.rewards.table import FULFILLMENT, Decision, Fulfillment, RewardRow

_A_DAY_LATER = timedelta(days=1)
PAID = "paid"
_TO_PARTNERS = {
    "matured": "due",
    "release": "due",
    "refusal": "refused",
    "reversal": "reversed",
    "payout_paid": PAID,
}
_TO_CUSTOMERS = {"reward": "yours", "matured": "yours", "release": "yours", "reversal": "yours_reversed"}


def thank_for_entries(added: Iterable[LedgerRow], *, at: datetime) -> None:
    """When money was moved: tell whoever it is about. Once for each entry."""
    enqueue([message for entry in added if isinstance(entry, Entry) for message in expected_of_entry(entry, at=at)])


def expected_of(row: RewardRow, *, at: datetime) -> list[Message]:
    """
    When a customer was bound to a partner: tell the partner, and welcome the customer. Once each.

    When a benefit is to be given, or taken back: tell whoever it is for. Always the same emails for a row.
    """
    if isinstance(row, Decision) and row.binds and row.partner_id and row.referral_id:
        messages = []
        for template, recipient_id in (("joined", row.partner_id), ("welcome", row.customer_id)):
            message = new_message(template, row.referral_id, recipient_id, row.program_id, at=at)
            message.partner_id = row.partner_id
            messages.append(message)
        return messages
    if isinstance(row, Fulfillment):
        return _about_benefit(row, at=at)
    return []


def _about_benefit(row: Fulfillment, *, at: datetime) -> list[Message]:
    given = row.what == FULFILLMENT
    partner = row.owner_id.startswith("ptr_")
    template = ("earned" if partner else "yours") if given else ("reversed" if partner else "yours_reversed")
    message = new_message(template, f"{row.pk}#{row.what}", row.owner_id, row.program_id, at=at)
    message.reward_id = row.pk
    message.benefit = row.benefit.spelled
    return [message]


def expected_of_entry(entry: Entry, *, at: datetime) -> list[Message]:
    """Return the email an entry causes, if it causes one: always the same one."""
    template = email_for(entry)
    amount = max(abs(entry.held), abs(entry.due), abs(entry.paid))
    if template is None or amount == 0:
        return []
    message = new_message(template, entry.id, entry.owner_id, entry.program_id or NO_PROGRAM, at=at)
    message.amount = amount
    message.currency = entry.currency
    message.reward_id = entry.reward_id or None
    if template == PAID:
        message.day = instants.text(entry.at)[:10]
    return [message, *_success(message, entry)]


def _success(message: Message, entry: Entry) -> list[Message]:
    """Return what tells a partner of their first reward, a day later: an account has one first entry."""
    if entry.seq != 1 or entry.kind != "reward" or not entry.owner_id.startswith("ptr_"):
        return []
    at = message.created_at
    success = new_message("success", entry.id, entry.owner_id, message.program_id, at=at, send_at=at + _A_DAY_LATER)
    success.amount, success.currency, success.reward_id = message.amount, message.currency, message.reward_id
    return [success]


def email_for(entry: Entry) -> str | None:
    """Return which email tells of an entry; what only the books must know has none."""
    if entry.owner_id.startswith("ptr_"):
        if entry.kind == "reward":
            return "held" if entry.held else "earned"
        return _TO_PARTNERS.get(entry.kind)
    if entry.kind == "reward" and entry.held:
        # The friend is told when it is theirs.
        return None
    if entry.kind == "reversal" and entry.held:
        return None
    return _TO_CUSTOMERS.get(entry.kind)
