"""The email about two accounts that were merged: to the partner, at both addresses that they had."""

from chalicelib.emails.recipients import Recipient
from chalicelib.kit.keyed_digests import mailbox_of
from chalicelib.language.formats import listed, money
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.find import account_states
from chalicelib.ledger.find_owner import programs_of
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import every_id
from chalicelib.partners.payee import mask_address


def merged_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str]:
    """Return the other address that a partner has now, if there is one, and what all their accounts are owed."""
    assert recipient.profile is not None, "only partners are merged"
    partner = recipient.profile.partner
    duplicate = partners.find_rows([message.subject_id]).get(message.subject_id)
    addresses = [partner.email, duplicate.email if duplicate is not None else None]
    others = [one for one in addresses if one is not None and not _is_of(one, recipient.email)]
    return {
        "address": mask_address(others[0]) if others else "",
        "owed": _owed(every_id(partner), locale),
    }


def is_of_one_mailbox(message: Message, recipient: Recipient) -> bool:
    """Return whether an email to a duplicate's address goes to the mailbox that has one about the merge anyway."""
    is_to_duplicate = message.recipient_id == message.subject_id
    partner = recipient.profile.partner if recipient.profile is not None else None
    return is_to_duplicate and partner is not None and _is_of(recipient.email, partner.email)


def _is_of(email: str | None, other: str | None) -> bool:
    return email is not None and other is not None and mailbox_of(email) == mailbox_of(other)


def _owed(identifiers: list[str], locale: str) -> str:
    """Return what accounts are owed, in each currency; empty if that is nothing."""
    profiles = partners.find_all(identifiers).values()
    accounts = {
        account_of(profile.partner.id, program.currency): program.currency
        for profile in profiles
        for program in programs_of(profile)
    }
    sums: dict[str, int] = {}
    for account, state in account_states(sorted(accounts)).items():
        currency = accounts[account]
        sums[currency] = sums.get(currency, 0) + state.held + state.due + state.frozen
    return listed([money(amount, currency, locale) for currency, amount in sorted(sums.items()) if amount > 0], locale)
