"""Sees to it that what has expired is gone: on a schedule, as often as one likes."""

import logging
from datetime import datetime, timedelta
from functools import partial

from chalicelib.kit import walk
from chalicelib.kit.walk import Deadline
from chalicelib.reconciliation.table import EXPIRING, delete_expired, expired_keys

log = logging.getLogger(__name__)

# DynamoDB deletes expired rows within some days, and nobody reads them; what is older than this it has forgotten.
LATE = timedelta(days=7)
_MOST_SECONDS = 60


def retain(*, at: datetime) -> int:
    """
    Delete rows that expired a week ago and are still there, and return how many that were.

    A safety net under DynamoDB's own deletion, at a bounded price: each run walks some part of each
    table, and the next one goes on. A row is deleted only while it is over, so run twice, late or in
    parallel it comes to the same.
    """
    deleted = sum(_delete_expired(name, before=at - LATE) for name in EXPIRING)
    log.info("%s rows had expired and were still there", deleted, extra={"overdue": deleted})
    return deleted


def _delete_expired(name: str, *, before: datetime) -> int:
    read = partial(expired_keys, name, before=before)
    found = walk.resume("reconciliation", f"retention#{name}", read, deadline=Deadline(_MOST_SECONDS))
    return sum(delete_expired(name, key, before=before) for keys in found for key in keys)
