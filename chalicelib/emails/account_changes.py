"""Emails about who has an account and who is paid for it: a change of address or payee, or a hand-over."""

from chalicelib.emails.catalog import ADDRESS_CHANGED
from chalicelib.emails.recipients import Recipient
from chalicelib.emails.triggers import NEW_HOLDER
from chalicelib.kit import config
from chalicelib.language.formats import day_in_full
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners.hand_over_table import HandOver, find_hand_overs
from chalicelib.partners.payee import mask_address
from chalicelib.partners.table import FORMER, EmailChange, PayeeChange


def find_holder(message: Message) -> Recipient | None:
    """Return who has or had an account, for an email about that."""
    return _left_mailbox(message) if message.template == ADDRESS_CHANGED else _holder(message)


def _left_mailbox(message: Message) -> Recipient | None:
    """Return the recipient at a partner's old address."""
    change = partners.find_email_change(message.recipient_id, message.subject_id)
    profile = partners.find_all([message.recipient_id]).get(message.recipient_id)
    if change is None or profile is None:
        return None
    partner, url = profile.partner, f"{config.public_url()}/portal"
    return Recipient(partner.id, partner.name, change.email_before, partner.locale, url, profile=profile)


def _holder(message: Message) -> Recipient | None:
    """
    Return the new holder of an account, at the page where they confirm their payee; or its former one.

    None if it was handed over again since, or if the former one was erased, or has the new one's address.
    """
    profile = partners.find_all([message.recipient_id]).get(message.recipient_id)
    facts = find_hand_overs(profile.partner) if profile is not None else []
    fact = next((one for one in facts if one.sort == message.subject_id), None)
    if profile is None or fact is None:
        return None
    partner, portal = profile.partner, f"{config.public_url()}/portal"
    if message.template == NEW_HOLDER:
        if fact.sort != facts[-1].sort:
            return None
        return Recipient(partner.id, partner.name, partner.email, partner.locale, f"{portal}/payee", profile=profile)
    former = fact.former
    if former is None or former.email is None or former.email.lower() == (partner.email or "").lower():
        return None
    return Recipient(partner.id, former.name, former.email, partner.locale, portal, profile=profile)


def hand_over_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str]:
    """Return the moment of a hand-over; and for who has the account now, the address to sign in with."""
    assert recipient.profile is not None, "who has or had an account is of a partner"
    fact = next(one for one in find_hand_overs(recipient.profile.partner) if one.sort == message.subject_id)
    return {"address": recipient.email or "", **_moment(fact, locale)}


def payee_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str]:
    """Return how a new payee ends, since when, and until when the previous one is paid."""
    change = partners.find_payee_change(recipient.id, message.subject_id.removesuffix(FORMER))
    assert change is not None, "a change is never deleted"
    return {
        "payee_name": change.name_end or "",
        "payee_email": change.email_end or "",
        **_moment(change, locale),
        "until": _waits_until(change, locale),
        # To where it can be put right, and where one has to sign in.
        "url": f"{config.public_url()}/portal/settings",
    }


def address_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str]:
    """Return how a new address ends, and since when."""
    change = partners.find_email_change(recipient.id, message.subject_id)
    assert change is not None, "a change is never deleted"
    return {"address": mask_address(change.email), **_moment(change, locale)}


def _moment(fact: HandOver | PayeeChange | EmailChange, locale: str) -> dict[str, str]:
    return {"day": day_in_full(fact.created_at, locale), "time": f"{fact.created_at:%H:%M}"}


def _waits_until(change: PayeeChange, locale: str) -> str:
    """Return until when the previous payee is paid; empty if no payee is waiting."""
    until = change.effective_from
    return day_in_full(until, locale) if until is not None and until > change.created_at else ""
