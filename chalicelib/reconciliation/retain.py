"""Sees to it that what has expired is gone: on a schedule, as often as one likes."""

import json
import logging
import time
from datetime import datetime, timedelta

from chalicelib.kit.dynamo import rows
from chalicelib.reconciliation.table import EXPIRING, RetentionWalk, delete_expired, expired_keys

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
    deleted = sum(_walk(name, at=at, until=time.monotonic() + _MOST_SECONDS) for name in EXPIRING)
    log.info("%s rows had expired and were still there", deleted, extra={"overdue": deleted})
    return deleted


def _walk(name: str, *, at: datetime, until: float) -> int:
    before = rows.find(RetentionWalk, f"retention#{name}", "walk")
    position = json.loads(before.position) if before else None
    deleted = 0
    while True:
        found, position = expired_keys(name, before=at - LATE, position=position)
        deleted += sum(delete_expired(name, key, before=at - LATE) for key in found)
        if position is None or time.monotonic() > until:
            break
    RetentionWalk(f"retention#{name}", "walk", position=json.dumps(position)).save()
    return deleted
