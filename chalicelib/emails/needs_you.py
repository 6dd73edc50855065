"""The daily email to `AlarmEmail` about what needs a person. Scheduled; idempotent."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from functools import partial
from itertools import islice
from typing import Any

from msgspec import Struct

from chalicelib.emails import markup, ses
from chalicelib.emails.ses import Envelope
from chalicelib.emails.table import DailyEmails
from chalicelib.kit import config, walk
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.walk import Deadline
from chalicelib.outbox.find import in_list
from chalicelib.outbox.message import EMAIL, GIVEN_UP, LISTED_SHARDS, WEBHOOK
from chalicelib.outbox.table import Message
from chalicelib.partners.joining_table import Application, applied_to
from chalicelib.programs import find as programs
from chalicelib.rewards.find import list_held
from chalicelib.rewards.table import REVIEW, Reward

log = logging.getLogger(__name__)

# At most this many of a kind are counted.
MOST = 1000
# A message that failed longer ago is in the list of messages, and named no more.
RECENT = timedelta(days=7)
_MOST_SECONDS = 200
_PAGE = 100
_SORT = "needs_you"
_LIFETIME = timedelta(days=90)
_EMAIL = """Needs you: {{subject}}

This waits for a person:

Applications: {{applications}}
Rewards held for review: {{held}}
Webhook calls that failed: {{calls}}
Emails that failed: {{emails}}

[Open the admin pages]({{url}})"""


class Waiting(Struct, frozen=True):
    """How much waits for a person; of each kind MOST at most are counted."""

    applications: int
    held: int
    calls: int
    emails: int


def remind_admins(*, at: datetime) -> bool:
    """
    Email `AlarmEmail` what needs a person, once a UTC day; return whether anything did.

    Idempotent: safe to run late or twice. A crash between the email and the note that it was sent, or two runs at once,
    send it twice.
    """
    address, day = config.alarm_email(), at.astimezone(UTC).date().isoformat()
    note = DailyEmails(f"admins#{day}", _SORT, expires=at + _LIFETIME)
    if address is None or rows.find(DailyEmails, *rows.key_of(note)) is not None:
        return False
    waiting = count_waiting(at=at)
    if waiting == Waiting(0, 0, 0, 0):
        return False
    _send(waiting, address, day)
    writes.add_once(note)
    log.info("admins are reminded", extra={"waiting": sum(_counts(waiting).values())})
    return True


def count_waiting(*, at: datetime) -> Waiting:
    """Count what waits for a person. Bounded by time: what it does not reach is counted the next day."""
    deadline = Deadline(_MOST_SECONDS)
    failed = list(islice(_failed(at, deadline), MOST))
    return Waiting(
        applications=_count(_applications(deadline)),
        held=_count(_held(deadline)),
        calls=sum(message.channel == WEBHOOK for message in failed),
        emails=sum(message.channel == EMAIL for message in failed),
    )


def _count(things: Iterator[Any]) -> int:
    return sum(1 for _ in islice(things, MOST))


def _applications(deadline: Deadline) -> Iterator[Application]:
    for program in walk.each(partial(programs.walk_page, limit=_PAGE), deadline=deadline):
        yield from Application.applying.query(applied_to(program.id, "pending"), limit=MOST)


def _held(deadline: Deadline) -> Iterator[Reward]:
    return walk.each(partial(list_held, REVIEW, limit=_PAGE), deadline=deadline)


def _failed(at: datetime, deadline: Deadline) -> Iterator[Message]:
    for shard in range(LISTED_SHARDS):
        for message in walk.each(partial(in_list, f"{GIVEN_UP}#{shard}", limit=_PAGE), deadline=deadline):
            if (message.requeued_at or message.created_at) > at - RECENT:
                yield message


def _counts(waiting: Waiting) -> dict[str, int]:
    return {
        "applications": waiting.applications,
        "held rewards": waiting.held,
        "failed webhook calls": waiting.calls,
        "failed emails": waiting.emails,
    }


def _send(waiting: Waiting, address: str, day: str) -> None:
    name, sender = parseaddr(config.sender())
    values = {
        "subject": ", ".join(f"{what}: {_written(count)}" for what, count in _counts(waiting).items() if count),
        "applications": _written(waiting.applications),
        "held": _written(waiting.held),
        "calls": _written(waiting.calls),
        "emails": _written(waiting.emails),
        "url": f"{config.public_url()}/admin",
    }
    envelope = Envelope(f"needs-you-{day}", address, "", sender, name)
    ses.send(markup.render(_EMAIL, values, language="en", sender=name, footer=""), envelope)


def _written(count: int) -> str:
    return f"{MOST:,} or more" if count >= MOST else str(count or "")
