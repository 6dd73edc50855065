"""
Statuses of an outbox message, and the lists it is found in.

Pure: no I/O, no clock.
"""

from datetime import datetime, timedelta

from chalicelib.kit import ids

# Stored under the name that the first rows had.
EMAIL, WEBHOOK = "letter", "webhook"
PENDING, SENDING, SENT, SKIPPED, FAILED = "pending", "sending", "sent", "skipped", "failed"
# An email for later, stored under the name that the first rows had; and one whose news is told by a digest.
SCHEDULED, DIGESTED = "waiting", "digested"
# A payout is of everything an account is due, whatever programs it came from.
NO_PROGRAM = "-"
# Where messages are listed: on their way, failed and to be tried again by itself, failed for good, done with.
OPEN, RETRYING, GIVEN_UP, ENDED = "open", "retrying", "given_up", "ended"
LISTS = {PENDING: OPEN, SENDING: OPEN, SENT: ENDED, SKIPPED: ENDED, DIGESTED: ENDED, FAILED: GIVEN_UP}
LISTED_SHARDS = 4
# Scheduled messages are listed in daily buckets, reused; nothing is scheduled further ahead than that.
BUCKETS = 32
SCHEDULED_LISTS = [f"{SCHEDULED}{number:02}" for number in range(BUCKETS)]


def bucket_of(send_at: datetime) -> str:
    """Return the list of what is scheduled for that day."""
    return SCHEDULED_LISTS[send_at.toordinal() % BUCKETS]


def due_buckets(at: datetime) -> list[str]:
    """Return the lists whose day has come, today's first: half of them, and each comes again."""
    return [bucket_of(at - timedelta(days=days)) for days in range(BUCKETS // 2)]


def shard_of(identifier: str, name: str) -> str:
    """Return the shard of a list that a message is in."""
    return f"{name}#{ids.shard(identifier, of=LISTED_SHARDS)}"
