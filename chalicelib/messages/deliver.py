"""Delivers a message: claims it, writes the letter, sends it, marks it."""

import functools
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chalicelib.access import magic
from chalicelib.kit import instants, rows
from chalicelib.kit.money import written
from chalicelib.messages import letter as letters
from chalicelib.messages.claim import claim, end
from chalicelib.messages.letter import Letter
from chalicelib.messages.mailbox import LetterRefused, send
from chalicelib.messages.table import FAILED, LETTER, NO_PROGRAM, PENDING, SENT, SIGN_IN, SKIPPED, Message
from chalicelib.partners import find as partners
from chalicelib.partners import passes, share
from chalicelib.partners.find import Member
from chalicelib.partners.table import Application, Enrolment, Invitation
from chalicelib.programs import find as programs
from chalicelib.referrals import find as referrals
from chalicelib.rewards.find import reward_of

log = logging.getLogger(__name__)

_LETTERS = Path(__file__).parent / "letters"


@dataclass(frozen=True)
class Recipient:
    """Whom a letter goes to."""

    name: str
    email: str | None
    language: str
    url: str


def deliver(message: Message, *, at: datetime) -> None:
    """
    Send a message that was not sent yet.

    Never lost: if SES fails, the claim is given back and the error passed on, to be tried again. Sent
    twice only if this process dies after SES took the letter and before the mark is written.
    """
    if message.channel != LETTER or not claim(message, at=at):
        return
    try:
        if message.letter == SIGN_IN and _link_is_over(message, at=at):
            end(message, SKIPPED, reason="too_late")
            return
        recipient = _recipient(message)
        if recipient is None or recipient.email is None:
            end(message, SKIPPED, reason="no_address")
            return
        send(_compose(message, recipient), to=recipient.email, name=recipient.name)
    except LetterRefused as refusal:
        log.exception("letter_refused message=%s", message.id)
        end(message, FAILED, reason=str(refusal))
    except Exception:
        end(message, PENDING, reason=None)
        raise
    else:
        end(message, SENT, sent_at=at)


def _link_is_over(message: Message, *, at: datetime) -> bool:
    link = magic.by_id(message.subject_id)
    return link is None or link.used_at is not None or link.good_until <= at


def _who_signs_in(message: Message) -> Recipient | None:
    """Return whom a link to sign in by is for; the link itself is made here, and written down in the letter only."""
    link = magic.by_id(message.subject_id)
    member = partners.members([message.recipient_id]).get(message.recipient_id)
    if link is None or member is None:
        return None
    return Recipient(member.partner.name, member.partner.email, member.partner.locale[:2], magic.url(link))


def _recipient(message: Message) -> Recipient | None:
    if message.letter == SIGN_IN:
        return _who_signs_in(message)
    if message.recipient_id.startswith("ptr_"):
        member = partners.members([message.recipient_id]).get(message.recipient_id)
        enrolment = _enrolment(member, message.program_id) if member else None
        if member is None or enrolment is None:
            return None
        return Recipient(member.partner.name, member.partner.email, member.partner.locale[:2], share.url(enrolment))
    if message.recipient_id.startswith(("inv_", "apl_")):
        return _not_yet_partner(message)
    known = referrals.by_id(message.recipient_id)
    if known is None:
        return None
    url = programs.find(message.program_id).program.landing_url
    customer = known.customer
    return Recipient(customer.name or "", customer.email, (customer.locale or "en")[:2], url)


def _not_yet_partner(message: Message) -> Recipient | None:
    """Return who was invited, or who asked to take part."""
    invitation = rows.find(Invitation, message.recipient_id, "invitation")
    if invitation is not None:
        url = passes.invitation_url(invitation)
        return Recipient(invitation.name or "", invitation.email, invitation.locale[:2], url)
    application = rows.find(Application, message.recipient_id, "application")
    if application is None:
        return None
    url = programs.find(message.program_id).program.landing_url
    return Recipient(application.name, application.email, application.locale[:2], url)


def _enrolment(member: Member, program_id: str) -> Enrolment | None:
    if program_id == NO_PROGRAM:
        return next(iter(member.enrolments), None)
    return member.enrolment(program_id)


def _compose(message: Message, recipient: Recipient) -> Letter:
    language = recipient.language if (_LETTERS / recipient.language).is_dir() else "en"
    values = {
        "name": recipient.name or {"de": "liebe Kundin, lieber Kunde"}.get(language, "there"),
        "program": "" if message.program_id == NO_PROGRAM else programs.find(message.program_id).program.name,
        "partner": _partner_name(message),
        "amount": message.benefit or (written(message.amount, message.currency) if message.currency else ""),
        "date": _due_date(message),
        "url": recipient.url,
        **_figures(message, language),
    }
    return letters.compose(_template(language, message.letter), values, language=language)


def _figures(message: Message, language: str) -> dict[str, str]:
    """Return the numbers of a month, where the letter is about one."""
    told = message.figures
    if told is None or message.currency is None:
        return dict.fromkeys(("month", "clicks", "signups", "sales", "due", "paid"), "")
    return {
        "month": letters.month_in(language, told.month),
        "clicks": str(told.clicks),
        "signups": str(told.signups),
        "sales": str(told.sales),
        "due": written(told.due, message.currency),
        "paid": written(told.paid, message.currency),
    }


def _partner_name(message: Message) -> str:
    member = partners.members([message.partner_id]).get(message.partner_id) if message.partner_id else None
    return member.partner.name if member else ""


def _due_date(message: Message) -> str:
    """Return the day a reward that was held is due, where the letter is about one."""
    if message.letter != "held" or not message.reward_id:
        return ""
    return instants.text(reward_of(message.reward_id).due_at)[:10]


@functools.cache
def _template(language: str, name: str) -> str:
    return (_LETTERS / language / f"{name}.txt").read_text(encoding="utf-8")
