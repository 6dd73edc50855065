"""Finds whom a letter goes to, and which letters they want."""

from dataclasses import dataclass, field
from email.utils import parseaddr

from chalicelib.kit import config
from chalicelib.messages.table import NO_PROGRAM, Message
from chalicelib.partners import find as partners
from chalicelib.partners import share
from chalicelib.partners.find import Member
from chalicelib.partners.preferences import TOPICS, Preferences
from chalicelib.partners.table import Enrolment
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.referrals import find as referrals


@dataclass(frozen=True)
class Recipient:
    """Whom a letter goes to: *url* is where its button leads; *member* and *enrolment* are there if it is a partner."""

    id: str
    name: str
    email: str | None
    language: str
    url: str
    letters: Preferences = field(default_factory=Preferences)
    member: Member | None = None
    enrolment: Enrolment | None = None


def find_recipient(message: Message) -> Recipient | None:
    """Return whom a message goes to, as they are now; None if they are gone, or no longer take part."""
    if message.recipient_id.startswith("ptr_"):
        return _partner(message)
    known = referrals.by_id(message.recipient_id)
    if known is None:
        return None
    customer = known.customer
    letters = Preferences(list(TOPICS)) if customer.unsubscribed_at else Preferences()
    url = programs.find(message.program_id).program.landing_url
    language = (customer.locale or "en")[:2]
    return Recipient(customer.customer_id, customer.name or "", customer.email, language, url, letters)


def program_of(message: Message) -> Program | None:
    """Return the programme a message is about; None for what is about all of an account."""
    return None if message.program_id == NO_PROGRAM else programs.find(message.program_id).program


def sender_of(program: Program | None) -> tuple[str, str]:
    """Return the name and the address a letter comes from: the programme's, or the deployment's."""
    if program is not None and program.sender_email is not None:
        return program.sender_name or program.name, program.sender_email
    return parseaddr(config.sender())


def _partner(message: Message) -> Recipient | None:
    member = partners.members([message.recipient_id]).get(message.recipient_id)
    enrolment = _enrolment(member, message.program_id) if member else None
    if member is None or enrolment is None:
        return None
    partner, language = member.partner, member.partner.locale[:2]
    url = share.url(enrolment)
    return Recipient(partner.id, partner.name, partner.email, language, url, partner.letters, member, enrolment)


def _enrolment(member: Member, program_id: str) -> Enrolment | None:
    if program_id == NO_PROGRAM:
        return next(iter(member.enrolments), None)
    return member.enrolment(program_id)
