"""Remembers the addresses that take no letters: what SES tells of bounces and complaints."""

import hashlib
import json
import logging
from datetime import datetime
from typing import Any

from chalicelib.kit import rows, writes
from chalicelib.messages.table import Suppression

log = logging.getLogger(__name__)

BOUNCE, COMPLAINT = "bounce", "complaint"


def suppress(told: str, *, at: datetime) -> int:
    """
    Read what SES tells (JSON) and send those addresses no more letters; return how many it was about.

    Told twice, or late, it comes to the same. A bounce that may pass (a full mailbox) and a complaint
    that takes one back change nothing; nor does an event of another kind.
    """
    event = json.loads(told)
    reason, addresses = _returned(event)
    for address in addresses:
        if writes.add_once(Suppression(_key(address), "suppression", reason=reason, since=at)):
            log.warning("letters_suppressed reason=%s message=%s", reason, _message(event))
    return len(addresses)


def suppressed(address: str) -> str | None:
    """Return why an address takes no letters, or None."""
    found = rows.find(Suppression, _key(address), "suppression", consistent=False)
    return found.reason if found else None


def lift(address: str) -> bool:
    """Let letters go to an address again. Returns False if nothing kept them from it."""
    found = rows.find(Suppression, _key(address), "suppression")
    if found is None:
        return False
    found.delete()
    return True


def _returned(event: dict[str, Any]) -> tuple[str, list[str]]:
    kind = event.get("eventType", event.get("notificationType"))
    if kind == "Bounce" and event["bounce"]["bounceType"] == "Permanent":
        return BOUNCE, _addresses(event["bounce"]["bouncedRecipients"])
    if kind == "Complaint" and event["complaint"].get("complaintFeedbackType") != "not-spam":
        return COMPLAINT, _addresses(event["complaint"]["complainedRecipients"])
    return "", []


def _addresses(recipients: list[dict[str, str]]) -> list[str]:
    return sorted({one["emailAddress"] for one in recipients})


def _message(event: dict[str, Any]) -> str:
    return ",".join(event.get("mail", {}).get("tags", {}).get("message", [])) or "unknown"


def _key(address: str) -> str:
    """Return where an address stands: a hash of it, without its display name, whatever its case."""
    bare = address.rpartition("<")[2].rstrip("> ").strip().lower()
    return f"address#{hashlib.sha256(bare.encode()).hexdigest()}"
