"""The mailboxes that get no further email about an introduction to a program: they had one, or asked not to get any."""

from collections.abc import Iterable
from datetime import datetime

from chalicelib.emails.table import IntroducedMailbox
from chalicelib.introductions.table import Introduction
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.keyed_digests import address_digests, mailbox_of
from chalicelib.outbox.table import Message


def claim(message: Message, address: str, *, at: datetime) -> bool:
    """
    Return whether an email about an introduction may go to an address: the first one to its mailbox, in its program.

    Idempotent: a message that claimed the mailbox may go again, after a crash. Whatever partner, spelling of the
    address (`+x`, dots of Gmail) or later introduction causes another one, it may not.
    """
    keys = _keys(message.program_id, address)
    row = _find(keys)
    if row is None:
        if writes.add_once(IntroducedMailbox(keys[0], message_id=message.id, since=at)):
            return True
        # Another email was faster.
        row = _find(keys)
    return row is not None and row.message_id == message.id


def close(introductions: Iterable[Introduction], *, at: datetime) -> None:
    """Have no email go to the people of introductions, in the programs of these. Call before they are erased."""
    for introduction in introductions:
        if introduction.person is not None and introduction.person.email is not None:
            keys = _keys(introduction.program_id, introduction.person.email)
            if _find(keys) is None:
                writes.add_once(IntroducedMailbox(keys[0], since=at))


def _find(keys: list[str]) -> IntroducedMailbox | None:
    stored = rows.find_all(IntroducedMailbox, [(key, IntroducedMailbox.SORT) for key in keys], consistent=True)
    return next(iter(stored.values()), None)


def _keys(program_id: str, address: str) -> list[str]:
    """Return the partitions that a mailbox may have in a program; a new row goes into the first."""
    return [f"introduced#{program_id}#{digest}" for digest in address_digests(mailbox_of(address))]
