"""Sweeps up messages that do not move: on a schedule, as often as one likes."""

import logging
from datetime import datetime, timedelta
from functools import partial

from chalicelib.kit import walk
from chalicelib.kit.walk import Deadline
from chalicelib.messages.find import listed
from chalicelib.messages.table import LISTED_SHARDS, OPEN, RETRYING
from chalicelib.messages.wake import is_stuck, wake

log = logging.getLogger(__name__)

# A stream tells of a row within seconds, and SES may ask for some minutes' patience.
PATIENCE = timedelta(minutes=30)
_MOST_SECONDS = 200
_PAGE = 100


def sweep(*, at: datetime) -> int:
    """
    Wake every message that is stuck, and every failed call whose back-off is over; return how many were stuck.

    Run twice, late or in parallel it comes to the same: a message is woken only from how it was
    seen, and a claim lets one sender have it. What cannot be done in its time the next run does.
    """
    deadline = Deadline(_MOST_SECONDS)
    stuck = woken = 0
    for part in _parts(at):
        for message in walk.each(partial(listed, part, limit=_PAGE), deadline=deadline):
            waits_too_long = is_stuck(message, at=at, patience=PATIENCE)
            to_be_retried = message.retry_at is not None and message.retry_at <= at
            stuck += waits_too_long
            if waits_too_long or to_be_retried:
                woken += wake(message, at=at, retries=message.retries + to_be_retried)
    # An alarm reads the number.
    log.info("%s messages were stuck; %s woken", stuck, woken, extra={"stuck": stuck, "woken": woken})
    return stuck


def _parts(at: datetime) -> list[str]:
    """Return all parts of the lists, each run beginning with another: what one has no time for, the next has."""
    parts = [f"{name}#{shard}" for name in (OPEN, RETRYING) for shard in range(LISTED_SHARDS)]
    first = int(at.timestamp()) // 60 % len(parts)
    return parts[first:] + parts[:first]
