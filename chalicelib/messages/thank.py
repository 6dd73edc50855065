"""Puts down what is to be said, and to whom, when something good (or a reversal) has happened."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from chalicelib.kit import ids, writes
from chalicelib.ledger.table import Entry, LedgerRow
from chalicelib.messages.table import Message, key_of
from chalicelib.rewards.table import Decision, RewardRow

log = logging.getLogger(__name__)


def thank_for_referrals(added: Iterable[RewardRow], *, at: datetime) -> None:
    """When a customer was bound to a partner: tell the partner, and welcome the customer. Once each."""
    messages = []
    for decision in added:
        if isinstance(decision, Decision) and decision.binds and decision.partner_id and decision.referral_id:
            for letter, recipient_id in (("joined", decision.partner_id), ("welcome", decision.customer_id)):
                message = _message(letter, decision.referral_id, recipient_id, decision.program_id, at=at)
                message.partner_id = decision.partner_id
                messages.append(message)
    _put(messages)


def thank_for_entries(added: Iterable[LedgerRow], *, at: datetime) -> None:
    """When money was moved: tell whoever it is about. Once for each entry."""
    messages = []
    for entry in added:
        if isinstance(entry, Entry):
            letter = _letter_for(entry)
            message = _message(letter, entry.id, entry.owner_id, entry.program_id, at=at)
            message.amount = abs(entry.due + entry.held + entry.paid)
            message.currency = entry.currency
            messages.append(message)
    _put(messages)


def _letter_for(entry: Entry) -> str:
    partner = entry.owner_id.startswith("ptr_")
    if entry.kind == "reversal":
        return "reversed" if partner else "yours_reversed"
    return "earned" if partner else "yours"


def _message(letter: str, subject_id: str, recipient_id: str, program_id: str, *, at: datetime) -> Message:
    key = key_of(letter, subject_id, recipient_id)
    return Message(
        key,
        "message",
        id=ids.derived("msg", key),
        letter=letter,
        recipient_id=recipient_id,
        subject_id=subject_id,
        program_id=program_id,
        created_at=at,
    )


def _put(messages: Sequence[Message]) -> None:
    """Put the messages that are not there yet, many a transaction."""
    wanted = list({message.key: message for message in messages}.values())
    for begin in range(0, len(wanted), writes.MOST_WRITES):
        new = [writes.put_new(message) for message in wanted[begin : begin + writes.MOST_WRITES]]
        while new:
            refused = set(map(id, writes.commit(*new)))
            if not refused:
                break
            log.info("%s of %s messages were there before", len(refused), len(new))
            new = [write for write in new if id(write) not in refused]
