"""Publishes the root of a day: to the bucket of roots, and by email to `AlarmEmail`. Scheduled; idempotent."""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from email.utils import parseaddr

from chalicelib.audit import find as audit
from chalicelib.emails import markup, ses
from chalicelib.emails.ses import Envelope
from chalicelib.kit import config, instants
from chalicelib.ledger import find as ledger
from chalicelib.ledger.table import SHARDS
from chalicelib.reconciliation.compare_root import RootProgress, compare_root
from chalicelib.reconciliation.roots import Head, Root, Roots, get_roots, in_parts

log = logging.getLogger(__name__)

_MOST_SECONDS = 400.0
_PAGE = 100
_EMAIL = """Root of {{day}}

This hash is over every entry of the ledger and of the audit trail, as of {{at}}:

{{root}}

accounts: {{accounts}}
chains of the audit trail: {{chains}}
links begin at: {{url}}

Keep this email. The owner of the account can rewrite what is stored there, and not what was sent to you: `make verify`
prints the root it compares with."""


def publish_root(*, at: datetime) -> Root:
    """
    Compare all chains with the last root, then publish that of the day, once.

    Idempotent: safe to run late, twice or concurrently. A crash leaves it published, or not; the email comes twice if
    it falls between the email and the note that it was sent.
    """
    roots, day = get_roots(), at.date().isoformat()
    root = roots.find(day)
    if root is None:
        _compare(at=at)
        root = _publish(roots, day, at=at)
    if config.alarm_email() is not None and roots.read(_note(day)) is None:
        _send(root, str(config.alarm_email()))
        roots.write(_note(day), b"")
    return root


def _compare(*, at: datetime) -> None:
    compared = compare_root(RootProgress(), at=at, most_seconds=_MOST_SECONDS)
    if compared.bad is not None:
        log.error("root_broken %s, %s: %s", compared.bad.chain, compared.bad.row, compared.bad.what)
    # An alarm reads the number.
    log.info("compared with the root before", extra={"broken": int(compared.bad is not None)})


def _publish(roots: Roots, day: str, *, at: datetime) -> Root:
    before = roots.last(until=at.date())
    counted: Counter[str] = Counter()
    parts = []
    for number, heads in enumerate(in_parts(_heads())):
        counted.update(head.table for head in heads)
        parts.append(roots.add_part(day, number, heads))
    previous = f"{before.day} {before.hash}" if before is not None else None
    root = Root(day, instants.text(at), counted["ledger"], counted["audit"], parts, previous)
    roots.add(root)
    log.info("root %s of %s: %s accounts, %s chains", root.hash, day, root.ledger, root.audit)
    return root


def _heads() -> Iterator[Head]:
    """Yield the head of every chain. Entries may be added meanwhile: each head covers the entries up to its own."""
    for shard in range(SHARDS):
        after, more = None, True
        while more:
            accounts, more = ledger.accounts(shard, after=after, limit=_PAGE)
            for account, state in ledger.account_states(accounts).items():
                if state.seq:
                    yield Head("ledger", account, state.seq, state.hash)
            after = accounts[-1] if accounts else after
    for chain, last in audit.each_head(page=_PAGE):
        yield Head("audit", chain, last.seq, last.hash)


def _send(root: Root, address: str) -> None:
    values = {
        "day": root.day,
        "at": root.at,
        "root": root.hash,
        "accounts": str(root.ledger),
        "chains": str(root.audit),
        "url": config.public_url(),
    }
    name, sender = parseaddr(config.sender())
    envelope = Envelope(f"root-{root.day}", address, "", sender, name)
    ses.send(markup.render(_EMAIL, values, language="en", sender=name, footer=""), envelope)


def _note(day: str) -> str:
    return f"roots/{day}/emailed"
