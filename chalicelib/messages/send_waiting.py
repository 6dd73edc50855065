"""Sends emails whose moment has come: on a schedule, as often as one likes."""

import logging
from datetime import datetime
from functools import partial

from chalicelib.kit import walk
from chalicelib.kit.walk import Deadline
from chalicelib.messages.find import listed
from chalicelib.messages.table import LISTED_SHARDS, WAITING, due_lists
from chalicelib.messages.wake import wake

log = logging.getLogger(__name__)

_MOST_SECONDS = 200
_PAGE = 100


def send_waiting(*, at: datetime) -> int:
    """
    Wake every email that waited for this moment; return how many.

    The stream then tells of it as if it were new, and whoever sends it asks whether there is still a
    reason. Run twice, late or in parallel it comes to the same: an email is woken only while it waits.
    What cannot be done in its time the next run does, today's emails first.
    """
    deadline = Deadline(_MOST_SECONDS)
    woken = 0
    for part in (f"{name}#{shard}" for name in due_lists(at) for shard in range(LISTED_SHARDS)):
        for message in walk.each(partial(listed, part, limit=_PAGE), deadline=deadline):
            if message.status == WAITING and message.send_at is not None and message.send_at <= at:
                woken += wake(message, at=at)
    log.info("%s emails are sent that waited", woken, extra={"woken": woken})
    return woken
