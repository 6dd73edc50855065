"""Which emails an event causes, and to whom. Always the same ones for a row, whenever it is asked."""

from datetime import datetime, timedelta

from chalicelib.kit import instants
from chalicelib.ledger.table import Entry, LedgerRow
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.outbox.queue import new_message
from chalicelib.outbox.table import Message
from chalicelib.partners.table import Enrollment, PartnerRow, PayeeChange, StandingChange
from chalicelib.rewards.table import FULFILLMENT, Decision, Fulfillment, RewardRow

# Sent so long after an enrollment, if nobody has come by the partner.
REMINDERS = {"follow_up": timedelta(days=3), "last_follow_up": timedelta(days=14)}
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


def emails_for_reward(row: RewardRow, *, at: datetime) -> list[Message]:
    """When a customer was bound to a partner, or a benefit is to be given or taken back: tell whoever it is about."""
    if isinstance(row, Decision) and row.binds and row.partner_id and row.referral_id:
        messages = []
        for template, recipient_id in (("joined", row.partner_id), ("welcome", row.customer_id)):
            message = new_message(template, row.referral_id, recipient_id, row.program_id, at=at)
            message.partner_id = row.partner_id
            messages.append(message)
        return messages
    if isinstance(row, Fulfillment):
        return _benefit_emails(row, at=at)
    return []


def _benefit_emails(row: Fulfillment, *, at: datetime) -> list[Message]:
    earned, taken_back = ("earned", "reversed") if row.owner_id.startswith("ptr_") else ("yours", "yours_reversed")
    template = earned if row.what == FULFILLMENT else taken_back
    message = new_message(template, f"{row.pk}#{row.sk}", row.owner_id, row.program_id, at=at)
    message.reward_id = row.pk
    message.benefit = row.benefit.spelled
    return [message]


def emails_for_entry(entry: LedgerRow, *, at: datetime) -> list[Message]:
    """When money was moved: tell whoever it is about, once an entry; once more a day after a partner's first reward."""
    if not isinstance(entry, Entry):
        return []
    template = _template_for(entry)
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
    """Return the success story of a partner's first reward, a day later: an account has one first entry."""
    if entry.seq != 1 or entry.kind != "reward" or not entry.owner_id.startswith("ptr_"):
        return []
    at = message.created_at
    success = new_message("success", entry.id, entry.owner_id, message.program_id, at=at, send_at=at + _A_DAY_LATER)
    success.amount, success.currency, success.reward_id = message.amount, message.currency, message.reward_id
    return [success]


def _template_for(entry: Entry) -> str | None:
    """Return which email is about an entry; what only the books must know has none."""
    kind = entry.kind
    if kind in ("restore", "amendment"):
        # What is given, or given back, is told as what is earned; what is taken, as what a refund takes.
        kind = "reversal" if entry.expense > 0 else "reward"
    if entry.owner_id.startswith("ptr_"):
        if kind == "reward":
            return "held" if entry.held else "earned"
        return _TO_PARTNERS.get(kind)
    if kind in ("reward", "reversal") and entry.held:
        # The friend gets an email when it is theirs.
        return None
    return _TO_CUSTOMERS.get(kind)


def emails_for_partner(row: PartnerRow, *, at: datetime) -> list[Message]:
    """When a partner was enrolled, given a tier or another payee: greet, remind, congratulate or warn them."""
    if isinstance(row, Enrollment):
        subject = row.program_id
        # Whoever had applied is greeted by the email that says yes.
        first = [] if row.applied_at else [new_message("first_steps", subject, row.id, row.program_id, at=at)]
        later = [
            new_message(template, subject, row.id, row.program_id, at=at, send_at=row.enrolled_at + delay)
            for template, delay in REMINDERS.items()
        ]
        return [*first, *later]
    if isinstance(row, StandingChange) and row.what == "tier" and row.program_id and row.to:
        return [new_message("tier", row.sort, row.id, row.program_id, at=at)]
    if isinstance(row, PayeeChange):
        # It may not have been the partner who changed it.
        return [new_message("payee", row.sort, row.partner_id, NO_PROGRAM, at=at)]
    return []
