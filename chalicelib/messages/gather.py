"""Gathers a busy day's news into one email, instead of sending each."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, time, timedelta

from chalicelib.kit.dynamo import writes
from chalicelib.kit.money import written
from chalicelib.messages.catalog import KINDS
from chalicelib.messages.find_recipient import Recipient
from chalicelib.messages.table import DigestPart, EmailsOfADay, has_place, part_key
from chalicelib.outbox.message import DIGESTED, ENDED, SENDING, shard_of
from chalicelib.outbox.queue import enqueue, new_message
from chalicelib.outbox.table import Message
from chalicelib.partners.preferences import Preferences

DIGEST = "digest"
# So many emails with news a day are welcome; what comes after them is told of by one more.
MOST_EMAILS = 5
_MOST_NEWS = 10_000
_MOST_BENEFITS = 5
_KEPT = timedelta(days=90)
_HOUR = time(6, tzinfo=UTC)


def gather(message: Message, recipient: Recipient, *, at: datetime) -> bool:
    """
    Leave a piece of news to the email about the day, if the partner wants it so or had many today.

    Returns False if it is to be sent by itself. Else that email is put down for the morning after the
    day in UTC, once, and the message is marked with its id in the same write that notes what it has to
    tell: nothing is told twice, or lost, wherever this ends.
    """
    if not KINDS[message.template].news or recipient.member is None:
        return False
    if not recipient.emails.daily and _is_among_the_first(message, at=at):
        return False
    digest = _of_day(message, at=at)
    enqueue([digest])
    part = DigestPart(
        part_key(digest.id),
        message.id,
        template=message.template,
        amount=message.amount,
        currency=message.currency,
        benefit=message.benefit,
        expires=at + _KEPT,
    )
    marked = writes.update_if(
        message,
        Message.status.set(DIGESTED),
        Message.digest_id.set(digest.id),
        Message.listed_in.set(shard_of(message.id, ENDED)),
        condition=Message.status == SENDING,
    )
    writes.commit(marked, writes.insert(part))
    return True


def gathered(digest: Message, emails: Preferences, language: str = "en") -> dict[str, str]:
    """Return what an email about a day has to tell of, but for what its reader wants no emails about; {} if nothing."""
    news: dict[str, list[DigestPart]] = defaultdict(list)
    for part in DigestPart.query(part_key(digest.id), consistent_read=True, limit=_MOST_NEWS):
        if not set(KINDS[part.template].topics) & set(emails.off):
            news[part.template].append(part)
    if not news:
        return {}
    return {
        "day": str(digest.day),
        "news": str(sum(map(len, news.values()))),
        "signups": str(len(news["joined"])) if news["joined"] else "",
        **{template: _together(news[template], language) for template in ("held", "earned", "due")},
    }


def _together(parts: list[DigestPart], language: str) -> str:
    """Return what news of one kind comes to: money added up by its currency, and each benefit with its number."""
    money: Counter[str] = Counter()
    benefits: Counter[str] = Counter()
    for part in parts:
        if part.benefit is not None:
            benefits[part.benefit] += 1
        elif part.currency is not None:
            money[part.currency] += part.amount
    spelled = [written(amount, currency, language=language) for currency, amount in sorted(money.items())]
    named = [
        f"{number} × {benefit}" if number > 1 else benefit for benefit, number in benefits.most_common(_MOST_BENEFITS)
    ]
    return ", ".join(spelled + named) + (" …" if len(benefits) > _MOST_BENEFITS else "")


def _is_among_the_first(message: Message, *, at: datetime) -> bool:
    """Take one of the day's places for an email; who has one keeps it, however often they ask."""
    key = f"day#{message.recipient_id}#{message.program_id}#{at.astimezone(UTC).date().isoformat()}"
    day = EmailsOfADay(key, "letters")
    taken = [EmailsOfADay.messages.add({message.id}), EmailsOfADay.expires.set(at + _KEPT)]
    return not writes.commit(writes.upsert_if(day, *taken, condition=has_place(message.id, most=MOST_EMAILS)))


def _of_day(message: Message, *, at: datetime) -> Message:
    """Return the one email there can be about a partner's day in a program."""
    day = at.astimezone(UTC).date()
    morning = datetime.combine(day + timedelta(days=1), _HOUR)
    subject = f"{message.program_id}#{day.isoformat()}"
    digest = new_message(DIGEST, subject, message.recipient_id, message.program_id, at=at, send_at=morning)
    digest.day = day.isoformat()
    return digest
