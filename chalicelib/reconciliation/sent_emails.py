"""Counts the emails that were sent on a day, program by program."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.kit import walk as walks
from chalicelib.outbox.find import emails_ended
from chalicelib.outbox.message import EMAIL, ENDED, NO_PROGRAM, SENT, TEST_SHARD
from chalicelib.reconciliation.findings import Findings

_A_DAY = timedelta(days=1)
_TOGETHER = 100


def walk(begin: datetime, end: datetime, findings: Findings, part: int, position: Any) -> Iterator[tuple[int, Any]]:
    """
    Count the emails that were to be sent on a day and were, shard by shard; only once the day is over.

    One that was scheduled counts on the day it was scheduled for. Yields where to resume.
    """
    shards = range(part, TEST_SHARD + 1) if end >= begin + _A_DAY else ()
    for shard in shards:
        read = partial(emails_ended, f"{ENDED}#{shard}", begin=begin, end=end, limit=_TOGETHER)
        for page, following in walks.steps(read, position=position):
            for message in page:
                if message.status == SENT and message.channel == EMAIL and message.program_id != NO_PROGRAM:
                    moment, sent_at = message.send_at or message.created_at, message.sent_at or message.created_at
                    findings.durations.add(message.program_id, "sent", moment, sent_at - moment)
            yield (shard, following) if following is not None else (shard + 1, None)
        position = None
