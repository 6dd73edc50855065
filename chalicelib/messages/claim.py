"""Claims a message for one sender at a time, and marks how it ended."""

import logging
from datetime import datetime, timedelta

from chalicelib.kit.dynamo import rows, writes
from chalicelib.messages.table import LISTS, PENDING, RETRYING, SENDING, Message, listed_in

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)


class StillClaimed(Exception):
    """Another sender has claimed the message, and it is not known yet how that ended."""


def claim(message: Message, *, at: datetime) -> bool:
    """Take the message for this sender. Returns False if it needs no sending any more."""
    free = (Message.status == PENDING) | ((Message.status == SENDING) & (Message.leased_until <= at))
    claimed = writes.update_if(
        message,
        Message.status.set(SENDING),
        Message.leased_until.set(at + LEASE),
        Message.attempts.add(1),
        Message.woken.remove(),
        condition=free,
    )
    if not writes.commit(claimed):
        return True
    stored = rows.find(Message, message.key, "message")
    if stored is not None and stored.status in (PENDING, SENDING):
        raise StillClaimed(message.id)
    log.info("%s: dealt with before", message.id)
    return False


def end(
    message: Message,
    status: str,
    *,
    reason: str | None = None,
    sent_at: datetime | None = None,
    retry_at: datetime | None = None,
) -> None:
    """Mark how it ended; pending again, if it did not. What failed is woken again at *retry_at*, if that is given."""
    name = LISTS[status] if retry_at is None else RETRYING
    changed = [Message.status.set(status), Message.listed_in.set(listed_in(message.id, name))]
    if retry_at is not None:
        changed.append(Message.retry_at.set(retry_at))
    if reason is not None:
        changed.append(Message.reason.set(reason))
    if sent_at is not None:
        changed.append(Message.sent_at.set(sent_at))
    writes.commit(writes.update_if(message, *changed, condition=Message.status == SENDING))
