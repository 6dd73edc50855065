"""Why an email is skipped: asked when it is about to be sent, from how things are then, what takes calls last."""

from datetime import datetime, timedelta

from chalicelib.access.table import MagicLink
from chalicelib.emails.catalog import ABOUT_MONEY, SIGN_IN, TEMPLATES
from chalicelib.emails.digest import DIGEST, ReadNews
from chalicelib.emails.recipients import Recipient
from chalicelib.emails.suppressions import UNSUBSCRIBED, suppression_reason
from chalicelib.emails.triggers import REMINDERS
from chalicelib.ledger import find as ledger
from chalicelib.outbox.table import Message
from chalicelib.partners.standing import DatedChange
from chalicelib.partners.table import change_key
from chalicelib.programs import find as programs
from chalicelib.stats.report import partner_report
from chalicelib.stats.shapes import MOST_DAYS, PartnerStatsQuery


def skip_reason(message: Message, recipient: Recipient, address: str, news: ReadNews, *, at: datetime) -> str | None:
    """Return the reason for which an email to an address is skipped, or None: then it is sent."""
    template = TEMPLATES[message.template]
    if template.topics and set(template.topics) <= set(recipient.preferences.off):
        return UNSUBSCRIBED
    reason = _why_pointless(message, recipient, news, at=at)
    return reason or suppression_reason(address, invitation=template.unsolicited)


def _why_pointless(message: Message, recipient: Recipient, news: ReadNews, *, at: datetime) -> str | None:
    if message.template in ABOUT_MONEY and not message.amount and not message.benefit:
        return "nothing_to_tell"
    if TEMPLATES[message.template].topics and recipient.enrollment and recipient.enrollment.left_at:
        return "has_left"
    if message.template == SIGN_IN and _has_expired(recipient.magic_link, at=at):
        return "too_late"
    if message.template == DIGEST and not news():
        return "nothing_to_tell"
    if message.template in REMINDERS and _was_shared(message, recipient, at=at):
        return "has_shared"
    if message.template == "tier" and not _rose(message, recipient):
        return "not_risen"
    if message.template in ("success", "milestone") and _taken_back(message):
        return "taken_back"
    return None


def _has_expired(link: MagicLink | None, *, at: datetime) -> bool:
    return link is None or link.used_at is not None or link.good_until <= at


def _was_shared(message: Message, recipient: Recipient, *, at: datetime) -> bool:
    """Say whether anybody came by the partner in the time that statistics can be asked for, which is longer than any reminder waits."""
    since = (at - timedelta(days=MOST_DAYS - 2)).date().isoformat()
    asked = PartnerStatsQuery(from_=since, to=at.date().isoformat(), program=message.program_id)
    totals = partner_report(recipient.id, asked, at=at).totals
    return any((totals.clicks.human, totals.leads, totals.sales))


def _rose(message: Message, recipient: Recipient) -> bool:
    """Say whether a change of tier was one upwards, in the order of any version of the terms that has both, and the last so far."""
    assert recipient.member is not None, "tiers are partners'"
    own: list[DatedChange] = [
        change
        for change in recipient.member.changes
        if change.what == "tier" and change.program_id == message.program_id
    ]
    own.sort(key=lambda change: change.number)
    place = next((n for n, change in enumerate(own) if change_key(change.number) == message.subject_id), None)
    if place is None or place != len(own) - 1:
        return False
    before, now = own[place - 1].to if place else None, own[place].to
    if before is None:
        return True
    for terms in reversed(programs.find(message.program_id).versions):
        names = [tier.name for tier in terms.tiers]
        if before in names and now in names:
            return names.index(now) > names.index(before)
    return False


def _taken_back(message: Message) -> bool:
    head = ledger.head(message.recipient_id, message.currency) if message.currency else None
    return head is None or head.held + head.due + head.frozen + head.paid <= 0
