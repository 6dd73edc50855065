"""The daily digest: tells a busy day's news by one email, instead of one each."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from chalicelib.emails.catalog import TEMPLATES
from chalicelib.emails.markup import names_in
from chalicelib.emails.must_read import MUST_READ
from chalicelib.emails.recipients import Recipient
from chalicelib.emails.table import DailyEmails, DigestItem, digest_key, is_within_limit
from chalicelib.emails.templates import template_for
from chalicelib.kit.dynamo import writes
from chalicelib.kit.memory import Memory
from chalicelib.language.formats import day_in_full, listed, money
from chalicelib.outbox.queue import DeliveryOutcome, digested, enqueue, new_message
from chalicelib.outbox.table import Message
from chalicelib.rewards.find import decision_of

DIGEST = "digest"
# How many news emails are sent a day; the digest includes further ones.
MOST_EMAILS = 5
_MOST_ITEMS = 10_000
_MOST_BENEFITS = 5
_LIFETIME = timedelta(days=90)
_HOUR = time(6, tzinfo=UTC)
# Digests that are known to be enqueued: once they are, they stay so.
_scheduled: Memory[None] = Memory(seconds=3600.0, most=1000)

# Reads the messages of a digest once, however often it is called.
ReadNews = Callable[[], list[DigestItem]]


def add_to_digest(message: Message, recipient: Recipient, *, at: datetime) -> DeliveryOutcome | None:
    """
    Leave a piece of news to the day's digest, if the partner prefers that or had many emails today.

    Returns None if it is to be sent by itself. Otherwise the digest is scheduled once, for the morning of the next
    day in UTC. The outcome holds the item, and is written in the same transaction that marks the message with the
    digest's id: whenever this stops, nothing is lost or sent twice.
    """
    if not TEMPLATES[message.template].news or recipient.profile is None:
        return None
    if message.template == MUST_READ and not _digest_says_what_to_read(message, recipient):
        return None
    if not recipient.preferences.daily and _is_among_the_first(message, at=at):
        return None
    digest = _digest(message, at=at)
    _scheduled.get(digest.key, lambda: enqueue([digest]))
    item = DigestItem(
        digest_key(digest),
        message.id,
        template=message.template,
        amount=message.amount,
        currency=message.currency,
        benefit=message.benefit,
        joined=True if _tells_of_a_friend(message) else None,
        expires=at + _LIFETIME,
    )
    return digested(digest.id, writes.insert(item))


def _digest_says_what_to_read(message: Message, recipient: Recipient) -> bool:
    """Return whether a digest reaches its reader, and counts what they must read: a program's own text may not."""
    custom = template_for(message.program_id, recipient.locale, DIGEST).text
    is_sent = not set(TEMPLATES[DIGEST].topics) <= set(recipient.preferences.off)
    return is_sent and (custom is None or "to_read" in names_in(custom))


def read_news(digest: Message, recipient: Recipient) -> list[DigestItem]:
    """Return the messages of a digest, except for topics its reader has turned off."""
    items = DigestItem.query(digest_key(digest), consistent_read=True, limit=_MOST_ITEMS)
    off = set(recipient.preferences.off)
    news = [item for item in items if not off.intersection(TEMPLATES[item.template].topics)]
    for item in news:
        item.joined = item.joined and "friends" not in off
    return news


def digest_values(digest: Message, news: list[DigestItem], locale: str) -> dict[str, str | int]:
    """Return the values of a digest's template."""
    by_template: dict[str, list[DigestItem]] = defaultdict(list)
    for item in news:
        by_template[item.template].append(item)
    return {
        "day": day_in_full(date.fromisoformat(str(digest.day)), locale),
        "news": len(news),
        "signups": sum(item.template == "joined" or bool(item.joined) for item in news) or "",
        "to_read": len(by_template[MUST_READ]) or "",
        **{template: _total(by_template[template], locale) for template in ("held", "earned", "due")},
    }


def _total(items: list[DigestItem], locale: str) -> str:
    """Return the total of items of one kind: money by currency, and the number of each benefit."""
    amounts: Counter[str] = Counter()
    benefits: Counter[str] = Counter()
    for item in items:
        if item.benefit is not None:
            benefits[item.benefit] += 1
        elif item.currency is not None:
            amounts[item.currency] += item.amount
    parts = [money(amount, currency, locale) for currency, amount in sorted(amounts.items())]
    parts += [
        f"{number} × {benefit}" if number > 1 else benefit for benefit, number in benefits.most_common(_MOST_BENEFITS)
    ]
    return listed([*parts, "…"] if len(benefits) > _MOST_BENEFITS else parts, locale)


def _tells_of_a_friend(message: Message) -> bool:
    """Return whether a message is about the reward for a sign-up, so that no other email mentions the friend."""
    if message.template not in ("held", "earned") or message.conversion_id is None:
        return False
    decision = decision_of(message.conversion_id)
    return decision is not None and decision.binds


def _is_among_the_first(message: Message, *, at: datetime) -> bool:
    """Count an email among the first of the day; one that is counted stays so, however often this is asked."""
    key = f"day#{message.recipient_id}#{message.program_id}#{at.astimezone(UTC).date().isoformat()}"
    counted = [DailyEmails.messages.add({message.id}), DailyEmails.expires.set(at + _LIFETIME)]
    return not writes.commit(
        writes.upsert_if(DailyEmails(key, "letters"), *counted, condition=is_within_limit(message.id, most=MOST_EMAILS))
    )


def _digest(message: Message, *, at: datetime) -> Message:
    """Return the one digest there can be of a partner's day in a program."""
    day = at.astimezone(UTC).date()
    morning = datetime.combine(day + timedelta(days=1), _HOUR)
    subject = f"{message.program_id}#{day.isoformat()}"
    digest = new_message(DIGEST, subject, message.recipient_id, message.program_id, at=at, send_at=morning)
    digest.day = day.isoformat()
    return digest
