"""Why an email is skipped: asked when it is about to be sent, from how things are then."""

from datetime import datetime, timedelta

from chalicelib.access import magic_links
from chalicelib.emails.catalog import ABOUT_MONEY, SIGN_IN, TEMPLATES
from chalicelib.emails.digest import DIGEST, digest_values
from chalicelib.emails.recipients import Recipient
from chalicelib.emails.rise import brings, has_risen
from chalicelib.emails.suppressions import UNSUBSCRIBED, suppression_reason, unsubscribed_from_invitations
from chalicelib.emails.triggers import REMINDERS
from chalicelib.language.texts import texts
from chalicelib.ledger import find as ledger
from chalicelib.outbox.table import Message
from chalicelib.stats.report import partner_report
from chalicelib.stats.shapes import MOST_DAYS, PartnerStatsQuery


def skip_reason(message: Message, recipient: Recipient | None, *, at: datetime) -> str | None:
    """Return the reason for which an email is skipped, or None: then it is sent."""
    if recipient is None or recipient.email is None:
        return "no_address"
    template = TEMPLATES[message.template]
    if template.topics and set(template.topics) <= set(recipient.preferences.off):
        return UNSUBSCRIBED
    if template.unsolicited and unsubscribed_from_invitations([recipient.email]):
        return UNSUBSCRIBED
    reason = _pointless(message, recipient, at=at)
    if reason is None and (cause := suppression_reason(recipient.email)) is not None:
        reason = f"suppressed: {cause}"
    return reason


def _pointless(message: Message, recipient: Recipient, *, at: datetime) -> str | None:
    if message.template in ABOUT_MONEY and not message.amount and not message.benefit:
        return "nothing_to_tell"
    if message.template == DIGEST and not digest_values(message, recipient.preferences):
        return "nothing_to_tell"
    if message.template == SIGN_IN and _link_has_expired(message, at=at):
        return "too_late"
    if (
        TEMPLATES[message.template].topics
        and recipient.enrollment is not None
        and recipient.enrollment.left_at is not None
    ):
        return "has_left"
    if message.template in REMINDERS and _was_shared(message, recipient, at=at):
        return "has_shared"
    if message.template == "tier" and not has_risen(message, recipient):
        return "not_risen"
    if message.template == "tier" and not brings(message, recipient, texts(recipient.locale)):
        return "brings_nothing"
    if message.template in ("success", "milestone") and _taken_back(message):
        return "taken_back"
    return None


def _link_has_expired(message: Message, *, at: datetime) -> bool:
    link = magic_links.find_by_id(message.subject_id)
    return link is None or link.used_at is not None or link.good_until <= at


def _was_shared(message: Message, recipient: Recipient, *, at: datetime) -> bool:
    """Say whether anybody came by the partner in the time that statistics can be asked for, which is longer than any reminder waits."""
    since = (at - timedelta(days=MOST_DAYS - 2)).date().isoformat()
    asked = PartnerStatsQuery(from_=since, to=at.date().isoformat(), program=message.program_id)
    totals = partner_report(recipient.id, asked, at=at).totals
    return any((totals.clicks.human, totals.leads, totals.sales))


def _taken_back(message: Message) -> bool:
    head = ledger.head(message.recipient_id, message.currency) if message.currency else None
    return head is None or head.held + head.due + head.frozen + head.paid <= 0
