"""Wakes a message: the stream tells of it again, as if it were new."""

from datetime import datetime, timedelta

from chalicelib.kit.dynamo import writes
from chalicelib.messages.table import OPEN, PENDING, SENDING, Message, listed_in


def is_stuck(message: Message, *, at: datetime, patience: timedelta) -> bool:
    """Say whether a message that is on its way has not moved for too long: its stream record, or its sender, was lost."""
    moved = max(message.created_at, message.woken_at or message.created_at)
    if message.status == SENDING and message.leased_until is not None:
        moved = max(moved, message.leased_until)
    return message.status in (PENDING, SENDING) and moved <= at - patience


def wake(message: Message, *, at: datetime, retries: int = 0) -> bool:
    """
    Have the stream tell of a message again. Returns False if it has moved on since it was read.

    Of several who wake it at once, one does. *retries* is how often that was done by itself so far;
    by hand they begin anew. It is one change of the row, so a crash leaves it woken, or as it was.
    """
    same = (Message.status == message.status) & (Message.attempts == message.attempts)
    same &= Message.woken_at.does_not_exist() if message.woken_at is None else Message.woken_at == message.woken_at
    actions = [
        Message.woken.set(True),
        Message.woken_at.set(at),
        Message.status.set(PENDING),
        Message.attempts.set(0),
        Message.retries.set(retries),
        Message.retry_at.remove(),
        Message.listed_in.set(listed_in(message.id, OPEN)),
    ]
    return not writes.commit(writes.update_if(message, *actions, condition=same))
