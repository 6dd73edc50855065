"""An email's recipient, with language and preferences; and its sender."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parseaddr
from functools import lru_cache

import msgspec
from msgspec import Struct, field

from chalicelib.access import magic_links
from chalicelib.access.table import MagicLink
from chalicelib.emails.catalog import (
    ADDRESS_CHANGED,
    ADMIN_INVITATION,
    ADMIN_SIGN_IN,
    CONFIRM_ADDRESS,
    INTRODUCTIONS_OVERDUE,
    SIGN_IN,
    TEST_INTRODUCTION,
)
from chalicelib.emails.introduction_names import INTRODUCED, PROTECTION_ENDS, TO_ANSWER
from chalicelib.emails.triggers import FORMER_HOLDER, MERGED, NEW_HOLDER
from chalicelib.kit import config
from chalicelib.kit.dynamo import rows
from chalicelib.ledger.find_owner import Owner, find_owner, only_program_of, programs_of
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners import share, tokens
from chalicelib.partners.duplicates import email_of_mailbox, survivor_of
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.joining_table import Application, Invitation
from chalicelib.partners.preferences import TOPICS, Preferences
from chalicelib.partners.table import FORMER, EmailRequest, Enrollment
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.referrals.find import CustomerProfile

# Emails that come of a form of the join page, and of nothing else.
_BY_FORM = frozenset({"first_steps", "follow_up", "last_follow_up", "your_page"})
# Emails about taking part: no duplicate gets them, since the partner takes part in its place.
_OF_TAKING_PART = _BY_FORM | {"goodbye"}
# What mail programs, or people, read as an address. An ideographic full stop ends sentences, too, unless beside Latin.
_ADDRESS = re.compile(
    r"://|\bh(?:tt|xx)ps?:|www\.|[@＠]|\w(?:\.|\[\.\]|\(\.\))\w\w|[a-z0-9][。．｡]\w\w|\w[。．｡][a-z0-9]{2}"
    r"|\d{1,3}(?:\.\d{1,3}){3}",
    re.IGNORECASE,
)
# Of emails to those who answer introductions: where they go on.
_PAGES = {TEST_INTRODUCTION: "/programs/{}/receiving", INTRODUCTIONS_OVERDUE: "/programs/{}/check-ins"}
# The deployment has one sender.
_parse_address = lru_cache(maxsize=1)(parseaddr)


class Recipient(Struct, frozen=True):
    """
    An email's recipient, and the target of its button; a partner has a *profile*, and an *enrollment* in a program.

    *owner* is the owner of the account it is about, if there is one; *magic_link* is the one the email is about, and
    *email_request* the request for another address. *held_since* is when they got the account by a hand-over.
    """

    id: str
    name: str
    email: str | None
    locale: str
    url: str
    preferences: Preferences = field(default_factory=Preferences)
    profile: PartnerProfile | None = None
    enrollment: Enrollment | None = None
    owner: Owner | None = None
    magic_link: MagicLink | None = None
    email_request: EmailRequest | None = None
    held_since: datetime | None = None


def find_recipient(message: Message) -> Recipient | None:
    """Return who a message goes to, as they are now; None if they are gone, or no longer take part."""
    recipient = _find_recipient(message)
    if recipient is None:
        return None
    # A form can contain a stranger's address and any text as a name: that text must not reach the stranger.
    nameless = message.template in _BY_FORM and recipient.enrollment is not None and recipient.enrollment.by_form
    return msgspec.structs.replace(recipient, name="" if nameless else without_addresses(recipient.name))


def without_addresses(name: str) -> str:
    """
    Return a name as emails say it: without what a mail program might make a link of.

    >>> without_addresses("Dr. Ada Lovelace"), without_addresses("Locked! See https://evil.example/x or evil.example")
    ('Dr. Ada Lovelace', 'Locked! See or')
    """
    return " ".join(word for word in name.split() if not _ADDRESS.search(word))


def without_digits(name: str) -> str:
    """
    Return a name that a partner wrote for a stranger; nothing of one with digits, which may be a number to call.

    >>> without_digits("Grace Hopper"), without_digits("Account closed, call +49 30 123456")
    ('Grace Hopper', '')
    """
    return "" if any(character.isdigit() for character in name) else name


def _find_recipient(message: Message) -> Recipient | None:
    find = _BY_TEMPLATE.get(message.template)
    if find is not None:
        return find(message)
    if message.template == MERGED and message.recipient_id == message.subject_id:
        return _at_duplicates_address(message)
    if message.recipient_id.startswith(("inv_", "apl_")):
        return _not_yet_partner(message)
    owner = find_owner(message.recipient_id)
    if isinstance(owner, PartnerProfile):
        recipient = _partner(owner, message.program_id)
        if recipient is not None and message.template == "payee" and message.subject_id.endswith(FORMER):
            former = owner.partner.former_payee
            return msgspec.structs.replace(recipient, email=former.email if former else None)
        survivor = survivor_of(owner)
        if survivor is None or recipient is None or message.template == "payee":
            return recipient
        return _in_place_of(recipient, survivor) if message.template not in _OF_TAKING_PART else None
    return _customer(owner, message.program_id) if owner else None


def program_of(message: Message, recipient: Recipient) -> Program | None:
    """
    Return the program a message is about.

    A message about a whole account is about the program its owner takes part in or came to; None if there are several.
    """
    if message.program_id != NO_PROGRAM:
        return programs.find(message.program_id).program
    return only_program_of(recipient.profile or recipient.owner)


def program_names(owner: Owner, currency: str | None = None) -> list[str]:
    """Return the names of an account owner's programs; of one currency, if it is given."""
    return sorted({program.name for program in programs_of(owner, currency)})


def sender_of(program: Program | None) -> tuple[str, str]:
    """Return the name and the address an email comes from: the program's, or the deployment's."""
    if program is not None and program.sender_email is not None:
        return program.sender_name or program.name, program.sender_email
    return _parse_address(config.sender())


def _partner(profile: PartnerProfile, program_id: str) -> Recipient | None:
    account_wide = program_id == NO_PROGRAM
    enrollment = next(iter(profile.enrollments), None) if account_wide else profile.enrollment(program_id)
    if enrollment is None and not account_wide:
        return None
    partner = profile.partner
    url = share.make_url(enrollment) if enrollment else f"{config.public_url()}/portal"
    return Recipient(
        partner.id,
        partner.name,
        partner.email,
        partner.locale,
        url,
        partner.emails,
        profile,
        enrollment,
        profile,
        held_since=partner.handed_over_at,
    )


def _in_place_of(recipient: Recipient, survivor: PartnerProfile) -> Recipient:
    """Return who reads about a duplicate's account: the partner they were merged into, in the portal."""
    partner, url = survivor.partner, f"{config.public_url()}/portal"
    return msgspec.structs.replace(
        recipient,
        name=partner.name,
        email=partner.email,
        locale=partner.locale,
        url=url,
        preferences=partner.emails,
        held_since=partner.handed_over_at,
    )


def _customer(owner: CustomerProfile, program_id: str) -> Recipient:
    customer = owner.customer
    preferences = Preferences(list(TOPICS)) if customer.unsubscribed_at else Preferences()
    account_wide = program_id == NO_PROGRAM
    program = next(iter(programs_of(owner)), None) if account_wide else programs.find(program_id).program
    url = program.landing_url if program is not None else config.public_url()
    locale = customer.locale or "en"
    name, email = customer.display_name or "", customer.email_for_news
    return Recipient(customer.customer_id, name, email, locale, url, preferences, owner=owner)


def _signing_in(message: Message) -> Recipient | None:
    """Return who a magic link is for; the link itself is made here, and is in the email only."""
    link = magic_links.find_by_id(message.subject_id)
    holder = partners.find_all([message.recipient_id]).get(message.recipient_id)
    if link is None or holder is None or holder.partner.email is None:
        return None
    # The holder's address may have changed; that of a duplicate of theirs is one of theirs.
    email = email_of_mailbox(holder.partner, link.mailbox) if link.mailbox is not None else holder.partner.email
    if email is None or holder.partner.merged_into is not None:
        return None
    profile = holder
    if holder.has_form_link:
        # If there is one, use a name that no other person can have entered.
        profile = next(iter(partners.find_by_address(email)), holder)
    partner, url = profile.partner, magic_links.make_url(link)
    return Recipient(partner.id, partner.name, email, partner.locale, url, profile=profile, magic_link=link)


def _administrator(message: Message) -> Recipient | None:
    """Return the user who is invited or who asked for a magic link. A user removed since then gets no email."""
    # Few emails are to them: no function's start waits for their rows.
    from chalicelib.emails.introduction_readers import may_read
    from chalicelib.users.find import find_row

    user = find_row(message.recipient_id)
    if user is None or user.removed_at is not None:
        return None
    if message.template == INTRODUCTIONS_OVERDUE and not may_read(user, message.program_id):
        return None
    link = magic_links.find_by_id(message.subject_id) if message.template == ADMIN_SIGN_IN else None
    page = _PAGES.get(message.template, "").format(message.program_id)
    url = magic_links.make_url(link) if link is not None else f"{config.public_url()}/admin{page}"
    return Recipient(user.id, user.name, user.email, user.locale, url, magic_link=link)


def _confirming(message: Message) -> Recipient | None:
    """Return the recipient at a partner's new address. It may be mistyped, so the email contains no name."""
    request = partners.find_email_request(message.recipient_id, message.subject_id)
    profile = partners.find_all([message.recipient_id]).get(message.recipient_id)
    if request is None or profile is None:
        return None
    partner, url = profile.partner, tokens.confirmation_url(request)
    return Recipient(partner.id, "", request.email, partner.locale, url, profile=profile, email_request=request)


def _holder(message: Message) -> Recipient | None:
    # Few emails are about these: no function's start waits for their rows.
    from chalicelib.emails.account_changes import find_holder

    return find_holder(message)


def _of_introduction(message: Message) -> Recipient | None:
    from chalicelib.emails.introductions import find_recipient as find

    return find(message)


def _at_duplicates_address(message: Message) -> Recipient | None:
    """Return the partner into whom a duplicate was merged, at the address that the duplicate had."""
    duplicate = partners.find_all([message.recipient_id]).get(message.recipient_id)
    survivor = survivor_of(duplicate) if duplicate is not None else None
    if duplicate is None or survivor is None:
        return None
    partner, url = duplicate.partner, f"{config.public_url()}/portal"
    return Recipient(partner.id, survivor.partner.name, partner.email, partner.locale, url, profile=survivor)


def _not_yet_partner(message: Message) -> Recipient | None:
    """Return who was invited, or who asked to take part."""
    invitation = rows.find(Invitation, message.recipient_id, "invitation")
    if invitation is not None:
        url = tokens.invitation_url(invitation)
        return Recipient(message.recipient_id, invitation.name or "", invitation.email, invitation.locale, url)
    application = rows.find(Application, message.recipient_id, "application")
    if application is None:
        return None
    url = programs.find(message.program_id).program.landing_url
    # What they entered as their name may be anything, and the address anybody's.
    return Recipient(message.recipient_id, "", application.email, application.locale, url)


_BY_TEMPLATE: Mapping[str, Callable[[Message], Recipient | None]] = {
    SIGN_IN: _signing_in,
    **dict.fromkeys((ADMIN_INVITATION, ADMIN_SIGN_IN, TEST_INTRODUCTION, INTRODUCTIONS_OVERDUE), _administrator),
    CONFIRM_ADDRESS: _confirming,
    **dict.fromkeys((ADDRESS_CHANGED, NEW_HOLDER, FORMER_HOLDER), _holder),
    **dict.fromkeys((TO_ANSWER, PROTECTION_ENDS, INTRODUCED), _of_introduction),
}
