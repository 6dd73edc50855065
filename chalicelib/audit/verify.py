"""Verifies the hash chains of the audit trail; reports the first invalid entry."""

from typing import Any

from chalicelib.audit.entries import AuditState, apply
from chalicelib.audit.table import AuditEntry, AuditRow, entry_of, head_of
from chalicelib.kit.chains import InvalidEntry
from chalicelib.kit.dynamo import chained
from chalicelib.kit.dynamo.chained import MOST_SECONDS, ChainProgress, Chains, Verified


def verify(progress: ChainProgress, *, most_seconds: float = MOST_SECONDS) -> Verified:
    """
    Verify for some seconds, from where *progress* is; it is moved on.

    Each entry must follow from the one before it, be stored as we would store it, and lead to its head.
    """
    return chained.verify(Chains(AuditRow, AuditState, _follow, head_of), progress, most_seconds=most_seconds)


def _follow(state: AuditState, raw: dict[str, Any]) -> AuditState:
    """Return a chain's state after an entry as it is stored. Raises InvalidEntry."""
    try:
        line = AuditEntry.from_raw_data(raw).line
        expected = entry_of(line).serialize()
    except Exception as unreadable:
        raise InvalidEntry(f"it cannot be read: {type(unreadable).__name__}") from unreadable
    after = apply(state, line)
    chained.check_stored(raw, expected)
    return after
