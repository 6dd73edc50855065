"""Which emails an event causes, and who gets them. Deterministic: the same event always causes the same emails."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import convert

from chalicelib.emails.introduction_triggers import TO_PARTNERS, introduction_emails
from chalicelib.events.data import (
    AccountData,
    AdjustmentData,
    BenefitData,
    ChangeData,
    ConversionData,
    EnrollmentData,
    HandOverData,
    MergeData,
    ReferralData,
    RewardData,
    StandingData,
)
from chalicelib.events.table import EventRow
from chalicelib.kit import instants
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.outbox.queue import new_message
from chalicelib.outbox.table import Message
from chalicelib.partners.table import FORMER, change_key
from chalicelib.rewards.table import FULFILLMENT, REVOCATION, round_key

# Sent this long after an enrollment if the partner has referred no one yet.
REMINDERS = {"follow_up": timedelta(days=3), "last_follow_up": timedelta(days=14)}
_A_DAY_LATER = timedelta(days=1)
APPLIED, GOODBYE, JOINED, DUE, MERGED = "applied", "goodbye", "joined", "due", "merged"
PAID, PAYOUT_FAILED, PAYOUT_RETURNED = "paid", "payout_failed", "payout_returned"
YOURS_PAID, YOURS_FAILED, YOURS_RETURNED = "yours_paid", "yours_failed", "yours_returned"
# To who takes an account over, with the way in; and to who had it. To a friend, with the code of a benefit.
NEW_HOLDER, FORMER_HOLDER, YOURS_CODE = "new_holder", "former_holder", "yours_code"
# To a customer who named a friend, if several partners share that name.
WHO_SENT_YOU = "who_sent_you"
# A canceled batch payout fails for each of its partners; by then it is canceled, and no one was emailed about it.
_UNTIL_ALL_FAILED = timedelta(minutes=10)
# By the kind of ledger entry.
_TO_PARTNERS = {
    "matured": DUE,
    "release": DUE,
    "refusal": "refused",
    "reversal": "reversed",
    "credit_moved": "corrected",
    "voided": "corrected",
    "payout_paid": PAID,
    "payout_failed": PAYOUT_FAILED,
    "payout_returned": PAYOUT_RETURNED,
}
_TO_CUSTOMERS = {
    "reward": "yours",
    "matured": "yours",
    "release": "yours",
    "reversal": "yours_reversed",
    "voided": "yours_reversed",
    "payout_paid": YOURS_PAID,
    "payout_failed": YOURS_FAILED,
    "payout_returned": YOURS_RETURNED,
}


def emails_for(event: EventRow, *, at: datetime) -> list[Message]:
    """Return the emails about an event: to the partner or the customer it concerns, and not to the business."""
    emails = _EMAILS.get(event.type)
    return emails(event, at=at) if emails is not None else []


def _referral_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """When a customer was bound to a partner: tell both. By an admin, the partner: their friend came before that."""
    data, messages = convert(event.data, ReferralData), []
    conversion = data.conversion
    recipients = ((JOINED, event.partner_id), ("welcome", event.customer_id))
    for template, recipient_id in recipients[:1] if data.by_admin else recipients:
        message = new_message(template, event.subject_id, str(recipient_id), str(event.program_id), at=at)
        message.partner_id, message.conversion_id = event.partner_id, conversion
        messages.append(message)
    return messages


def _conversion_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """When several partners of one name may have sent a customer: ask who it was, once in a program."""
    data = convert(event.data, ConversionData)
    if data.attribution != "unclaimed" or data.type != "sale":
        # A page reports sign-ups, with any address.
        return []
    message = new_message(WHO_SENT_YOU, str(event.program_id), str(event.customer_id), str(event.program_id), at=at)
    message.conversion_id = event.subject_id
    return [message]


def _benefit_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """When a benefit is due or taken back: email its owner."""
    data = convert(event.data, BenefitData)
    earned, taken_back = ("earned", "reversed") if data.owner.startswith("ptr_") else ("yours", "yours_reversed")
    template, what = (earned, FULFILLMENT) if event.type == "benefit.due" else (taken_back, REVOCATION)
    message = new_message(
        template, f"{event.subject_id}#{round_key(what, data.round)}", data.owner, str(event.program_id), at=at
    )
    message.reward_id = event.subject_id
    message.benefit = data.benefit.spelled
    message.conversion_id = data.conversion if event.type == "benefit.due" and data.round == 0 else None
    return [message]


def _code_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """When the owner of a benefit was given a code: send it to a friend; tell a partner that it is in the portal."""
    data = convert(event.data, BenefitData)
    template = "code_ready" if data.owner.startswith("ptr_") else YOURS_CODE
    subject = f"{event.subject_id}#{instants.text(event.occurred_at)}"
    message = new_message(template, subject, data.owner, str(event.program_id), at=at)
    message.reward_id, message.benefit = event.subject_id, data.benefit.spelled
    return [message]


def _reward_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """When money was moved for a reward: email its owner; and again a day after a partner's first reward."""
    data = convert(event.data, RewardData)
    template = _template_for(data)
    if template is None or data.amount == 0:
        return []
    messages = [new_message(template, data.entry, data.owner, str(event.program_id), at=at)]
    if data.seq == 1 and data.kind == "reward" and data.owner.startswith("ptr_"):
        # An account has one first entry.
        later = at + _A_DAY_LATER
        messages.append(new_message("success", data.entry, data.owner, str(event.program_id), at=at, send_at=later))
    for message in messages:
        message.amount, message.currency, message.reward_id = data.amount, data.currency, event.subject_id
        # Amounts restored later were not part of the email about the conversion.
        message.conversion_id = data.conversion if data.kind == "reward" else None
    return messages


def _template_for(data: RewardData) -> str | None:
    """Return which email is about a movement of money; what only the books must know has none."""
    kind = data.kind
    if kind in ("restore", "amendment"):
        # Granted or restored amounts use the email about rewards earned; reversed ones, the email about refunds.
        kind = "reversal" if data.moved.get("expense", 0) > 0 else "reward"
    if data.owner.startswith("ptr_"):
        if kind == "reward":
            # What is held for review has no day yet, and may be refused: they get an email when it is decided.
            if data.review_reason is not None:
                return None
            return "held" if "held" in data.moved else "earned"
        return _TO_PARTNERS.get(kind)
    if kind in ("reward", "reversal", "voided") and "held" in data.moved:
        # The friend gets an email when it is theirs.
        return None
    return _TO_CUSTOMERS.get(kind)


def _account_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """When a partner or a friend was paid, could not be paid, or a payment came back: tell them."""
    data = convert(event.data, AccountData)
    template = (_TO_PARTNERS if event.subject_id.startswith("ptr_") else _TO_CUSTOMERS).get(data.kind)
    if template is None or data.amount == 0:
        return []
    later = event.occurred_at + _UNTIL_ALL_FAILED if template in (PAYOUT_FAILED, YOURS_FAILED) else None
    message = new_message(template, data.entry, event.subject_id, NO_PROGRAM, at=at, send_at=later)
    message.amount, message.currency, message.payout_id = data.amount, data.currency, data.payout
    message.day = instants.text(event.occurred_at)[:10]
    return [message]


def _adjustment_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """When a person gave a partner a bonus, or made a deduction: tell them."""
    data = convert(event.data, AdjustmentData)
    message = new_message(data.type, data.adjustment, event.subject_id, NO_PROGRAM, at=at)
    message.amount, message.currency = data.amount, data.currency
    return [message]


def _enrollment_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """When a partner was enrolled: welcome and remind them. Applicants are welcomed by the email that accepts them."""
    partner_id, program_id = event.subject_id, str(event.program_id)
    data = convert(event.data, EnrollmentData)
    if data.unaccompanied:
        return []
    first = [] if data.applied else [new_message("first_steps", program_id, partner_id, program_id, at=at)]
    later = [
        new_message(template, program_id, partner_id, program_id, at=at, send_at=event.occurred_at + delay)
        for template, delay in REMINDERS.items()
    ]
    return [*first, *later]


def _application_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """When a person applied to take part: confirm that the application arrived."""
    return [new_message(APPLIED, event.subject_id, event.subject_id, str(event.program_id), at=at)]


def _leaving_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """When a partner left: say goodbye, each time they leave."""
    subject = f"{event.program_id}#{instants.text(event.occurred_at)}"
    return [new_message(GOODBYE, subject, event.subject_id, str(event.program_id), at=at)]


def _tier_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """When a partner was given a tier: congratulate them."""
    data = convert(event.data, StandingData)
    if not event.program_id or not data.to:
        return []
    return [new_message("tier", change_key(data.number), event.subject_id, event.program_id, at=at)]


def _payee_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """When a partner's payee changes: warn the partner, who may not have made the change."""
    data = convert(event.data, ChangeData)
    subjects = [data.change, *([data.change + FORMER] if data.tells_former else [])]
    return [new_message("payee", subject, event.subject_id, NO_PROGRAM, at=at) for subject in subjects]


def _address_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """When a partner's email address changed: notify the old one."""
    change = convert(event.data, ChangeData).change
    return [new_message("address_changed", change, event.subject_id, NO_PROGRAM, at=at)]


def _hand_over_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """When an account was handed over: let its new holder in, and tell the former one, unless they died."""
    data = convert(event.data, HandOverData)
    templates = (NEW_HOLDER,) if data.reason == "inheritance" else (NEW_HOLDER, FORMER_HOLDER)
    return [new_message(one, data.hand_over, event.subject_id, NO_PROGRAM, at=at) for one in templates]


def _merge_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """When a duplicate was merged: tell the partner who stays, and tell them at the duplicate's address, too."""
    recipients = (convert(event.data, MergeData).into, event.subject_id)
    return [new_message(MERGED, event.subject_id, one, NO_PROGRAM, at=at) for one in recipients]


_EMAILS: dict[str, Callable[..., list[Message]]] = {
    "conversion.recorded": _conversion_emails,
    "referral.created": _referral_emails,
    "benefit.due": _benefit_emails,
    "benefit.taken_back": _benefit_emails,
    "benefit.code_given": _code_emails,
    "reward.held": _reward_emails,
    "reward.due": _reward_emails,
    "reward.released": _reward_emails,
    "reward.refused": _reward_emails,
    "reward.reversed": _reward_emails,
    "reward.restored": _reward_emails,
    "reward.amended": _reward_emails,
    "reward.moved": _reward_emails,
    "reward.voided": _reward_emails,
    "account.paid": _account_emails,
    "account.unfrozen": _account_emails,
    "account.returned": _account_emails,
    "account.adjusted": _adjustment_emails,
    "partner.applied": _application_emails,
    "partner.enrolled": _enrollment_emails,
    "partner.left": _leaving_emails,
    "partner.tier_changed": _tier_emails,
    "partner.payee_changed": _payee_emails,
    "partner.email_changed": _address_emails,
    "partner.handed_over": _hand_over_emails,
    "partner.merged": _merge_emails,
    **dict.fromkeys(TO_PARTNERS, introduction_emails),
}
