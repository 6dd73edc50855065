"""
The life of an outbox message: its statuses, and every transition between them.

Pure: no I/O, no clock.

    new ──▶ scheduled ── requeue, at its moment ──┐
     │                                            ▼
     └─────────────────────────────────────▶  pending ◀─────────────────────────────────────────┐
                                              │     ▲                                           │
                                        claim │     │ release (delivery failed; the stream      │
                                              ▼     │          delivers the record again)       │
                    claim (its lease is ┌─▶ sending ┴── requeue (the sender was lost) ──────────┤
                    over) ──────────────┘     │                                                 │
                                              ├── send ─────▶ sent                              │
                                              ├── digest ───▶ digested (part of a digest)       │
                                              ├── skip ─────▶ skipped ── requeue, by a person ──┤
                                              ├── fail ─────▶ failed ─── requeue, by a person ──┤
                                              └── back_off ─▶ failed, with `retry_at` ─ requeue ┘

A sender has a message from its claim until it finishes it, or until the message is claimed or requeued again; its
writes are on condition that its claim is still the last one, and otherwise change nothing.
A pending message whose stream record was lost is requeued, too: that delivers it once more.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from chalicelib.kit import ids

EMAIL, WEBHOOK = "email", "webhook"
# The sort key of all messages but calls of webhook endpoints.
EMAIL_SORT = "message"
PENDING, SENDING, SENT, SKIPPED, FAILED = "pending", "sending", "sent", "skipped", "failed"
# An email for later; and one that is part of a digest.
SCHEDULED, DIGESTED = "scheduled", "digested"
# What is stored under the name that the first rows had.
STORED = {EMAIL: "letter", SCHEDULED: "waiting"}
# A payout covers everything an account is due, from all programs.
NO_PROGRAM = "-"
# Where messages are listed: on their way, failed and to be tried again by itself, failed for good, done with.
OPEN, RETRYING, GIVEN_UP, ENDED = "open", "retrying", "given_up", "ended"
LISTED_SHARDS = 4
# Of messages in test programs; no number of a shard above.
TEST_SHARD = LISTED_SHARDS
# Scheduled messages are listed in daily buckets, reused; nothing is scheduled further ahead than that.
BUCKETS = 32
# The last reminder is.
MOST_DAYS_AHEAD = 14
SCHEDULED_LISTS = [f"{STORED[SCHEDULED]}{number:02}" for number in range(BUCKETS)]

# The first rows have hashes for ids; all but a few sort from here on, and behind every moment of this century.
FIRST_HASHED = "msg_04"

Event = Literal["claim", "release", "send", "digest", "skip", "fail", "back_off", "requeue"]


class Transition(NamedTuple):
    """A change of status: from which, to which, and the list a message is then in; None leaves it in its own."""

    sources: frozenset[str]
    target: str
    listed_in: str | None


_HELD = frozenset({SENDING})
TRANSITIONS: Mapping[Event, Transition] = {
    "claim": Transition(frozenset({PENDING, SENDING}), SENDING, None),
    "release": Transition(_HELD, PENDING, OPEN),
    "send": Transition(_HELD, SENT, ENDED),
    "digest": Transition(_HELD, DIGESTED, ENDED),
    "skip": Transition(_HELD, SKIPPED, ENDED),
    "fail": Transition(_HELD, FAILED, GIVEN_UP),
    "back_off": Transition(_HELD, FAILED, RETRYING),
    "requeue": Transition(frozenset({SCHEDULED, PENDING, SENDING, SKIPPED, FAILED}), PENDING, OPEN),
}
# In which lists messages of a status are.
LISTS: Mapping[str, list[str]] = {
    PENDING: [OPEN],
    SENDING: [OPEN],
    SENT: [ENDED],
    DIGESTED: [ENDED],
    SKIPPED: [ENDED],
    FAILED: [GIVEN_UP, RETRYING],
    SCHEDULED: SCHEDULED_LISTS,
}


def message_id(key: str, at: datetime) -> str:
    """Return the one id of the message under that key, which is to be sent at that moment: ids sort by it."""
    return f"msg_{ids.first_of(at)}{ids.derived('msg', key)[-16:]}"


def bucket_of(send_at: datetime) -> str:
    """Return the list of what is scheduled for that day."""
    return SCHEDULED_LISTS[send_at.toordinal() % BUCKETS]


def due_buckets(at: datetime) -> list[str]:
    """Return the lists whose day has come, today's first: half of them, and each comes again."""
    return [bucket_of(at - timedelta(days=days)) for days in range(BUCKETS // 2)]


def upcoming_buckets(at: datetime) -> list[str]:
    """Return the lists of what is still to be sent: today's, yesterday's if that is late, and those of two weeks."""
    return [bucket_of(at + timedelta(days=days)) for days in range(-1, MOST_DAYS_AHEAD + 1)]


def shard_of(identifier: str, name: str, *, test: bool) -> str:
    """Return the shard of a list that a message is in: those of test programs are in one of their own."""
    return f"{name}#{TEST_SHARD if test else ids.shard(identifier, of=LISTED_SHARDS)}"
