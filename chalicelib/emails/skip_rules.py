"""Why an email is skipped: asked when it is about to be sent, from how things are then, what takes calls last."""

from datetime import datetime, timedelta

from chalicelib.emails.catalog import ABOUT_MONEY, SIGN_IN, TEMPLATES
from chalicelib.emails.digest import DIGEST, ReadNews
from chalicelib.emails.recipients import Recipient
from chalicelib.emails.rise import brings, has_risen
from chalicelib.emails.suppressions import UNSUBSCRIBED, suppression_reason
from chalicelib.emails.triggers import REMINDERS
from chalicelib.language.texts import texts
from chalicelib.ledger import find as ledger
from chalicelib.outbox.table import Message
from chalicelib.partners.tokens import is_open
from chalicelib.stats.counts import Counts
from chalicelib.stats.report import partner_totals
from chalicelib.stats.shapes import MOST_DAYS, PartnerStatsQuery


def skip_reason(message: Message, recipient: Recipient, address: str, news: ReadNews, *, at: datetime) -> str | None:
    """Return the reason for which an email to an address is skipped, or None: then it is sent."""
    template = TEMPLATES[message.template]
    if template.topics and set(template.topics) <= set(recipient.preferences.off):
        return UNSUBSCRIBED
    reason = _why_pointless(message, recipient, news, at=at)
    return reason or suppression_reason(address, invitation=template.unsolicited, essential=template.essential)


def _why_pointless(message: Message, recipient: Recipient, news: ReadNews, *, at: datetime) -> str | None:
    if message.template in ABOUT_MONEY and not message.amount and not message.benefit:
        return "nothing_to_tell"
    if TEMPLATES[message.template].topics and recipient.enrollment and recipient.enrollment.left_at:
        return "has_left"
    if _has_expired(message, recipient, at=at):
        return "too_late"
    if message.template == DIGEST and not news():
        return "nothing_to_tell"
    if message.template in REMINDERS and _was_shared(message, recipient, at=at):
        return "has_shared"
    if message.template == "tier" and not has_risen(message, recipient):
        return "not_risen"
    if message.template == "tier" and not brings(message, recipient, texts(recipient.locale)):
        return "brings_nothing"
    if message.template in ("success", "milestone") and _taken_back(message):
        return "taken_back"
    return None


def _has_expired(message: Message, recipient: Recipient, *, at: datetime) -> bool:
    """Say whether the link of an email would lead nowhere any more."""
    if recipient.email_request is not None:
        return not is_open(recipient.email_request, at=at)
    if message.template != SIGN_IN:
        return False
    link = recipient.magic_link
    return link is None or link.used_at is not None or link.good_until <= at


def _was_shared(message: Message, recipient: Recipient, *, at: datetime) -> bool:
    """
    Say whether anybody came by the partner.

    It looks at the time that statistics can be asked for, which is longer than any reminder waits.
    """
    since = (at - timedelta(days=MOST_DAYS - 2)).date().isoformat()
    query = PartnerStatsQuery(from_=since, to=at.date().isoformat(), program=message.program_id)
    totals = partner_totals(recipient.profile, query, at=at) if recipient.profile else Counts()
    return any((totals.human, totals.leads, totals.sales))


def _taken_back(message: Message) -> bool:
    head = ledger.head(message.recipient_id, message.currency) if message.currency else None
    return head is None or head.held + head.due + head.frozen + head.paid <= 0
