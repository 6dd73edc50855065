"""Sends emails whose moment has come: on a schedule, as often as one likes."""

import logging
import time
from datetime import datetime

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
    until = time.monotonic() + _MOST_SECONDS
    woken = 0
    for part in (f"{name}#{shard}" for name in due_lists(at) for shard in range(LISTED_SHARDS)):
        position = None
        while time.monotonic() < until:
            found, position = listed(part, limit=_PAGE, position=position)
            due = (one for one in found if one.status == WAITING and one.send_at is not None and one.send_at <= at)
            woken += sum(wake(message, at=at) for message in due)
            if position is None:
                break
    log.info("%s emails are sent that waited", woken, extra={"woken": woken})
    return woken
