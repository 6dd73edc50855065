"""Deletes expired rows that DynamoDB left. Scheduled; idempotent."""

import logging
from datetime import datetime, timedelta
from functools import partial

from chalicelib.kit import walk
from chalicelib.kit.walk import Deadline
from chalicelib.reconciliation.table import EXPIRING, delete_expired, expired_keys

log = logging.getLogger(__name__)

# DynamoDB deletes expired rows within some days, and nothing reads them; what is older than this was missed.
LATE = timedelta(days=7)
_MOST_SECONDS = 60


def retain(*, at: datetime) -> int:
    """
    Delete rows that expired a week ago and are still there, and return how many that were.

    A safety net under DynamoDB's own deletion, at a bounded price. A row is deleted only if it is still expired.
    Idempotent: safe to run late, twice or concurrently. Bounded by time; the next run resumes.
    """
    deleted = sum(_delete_expired(name, before=at - LATE) for name in EXPIRING)
    log.info("%s rows had expired and were still there", deleted, extra={"overdue": deleted})
    return deleted


def _delete_expired(name: str, *, before: datetime) -> int:
    read = partial(expired_keys, name, before=before)
    pages = walk.resume("reconciliation", f"retention#{name}", read, deadline=Deadline(_MOST_SECONDS))
    return sum(delete_expired(name, key, before=before) for keys in pages for key in keys)
