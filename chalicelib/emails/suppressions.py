"""Suppressed addresses: those that bounced or complained, as SES reports it, and those that want no invitations."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from chalicelib.emails.table import Suppression
from chalicelib.kit import digests
from chalicelib.kit.dynamo import rows, writes

log = logging.getLogger(__name__)

BOUNCE, COMPLAINT, UNSUBSCRIBED = "bounce", "complaint", "unsubscribed"
_EMAILS, _INVITATIONS = "suppression", "invitations"


def suppress(notification: str, *, at: datetime) -> int:
    """
    Suppress the addresses of a bounce or complaint that SES reports (JSON); return how many it was about.

    Idempotent: safe to run late, twice or concurrently. A bounce that may pass (a full mailbox) and a
    complaint that takes one back change nothing; nor does an event of another kind.
    """
    event = json.loads(notification)
    reason, addresses = _suppressed_by(event)
    for address in addresses:
        if writes.add_once(Suppression(_key(address), _EMAILS, reason=reason, since=at)):
            log.warning("emails_suppressed reason=%s message=%s", reason, _message(event))
    return len(addresses)


def suppression_reason(address: str, *, invitation: bool) -> str | None:
    """Return why an address gets no emails, or no invitations; None if it gets them."""
    key = _key(address)
    kinds = (_EMAILS, _INVITATIONS) if invitation else (_EMAILS,)
    # Who has just said no to invitations gets none that is under way.
    stored = rows.find_all(Suppression, [(key, kind) for kind in kinds], consistent=invitation)
    if (key, _INVITATIONS) in stored:
        return UNSUBSCRIBED
    row = stored.get((key, _EMAILS))
    return f"suppressed: {row.reason}" if row is not None else None


def lift(address: str) -> bool:
    """Let emails go to an address again. Returns False if nothing kept them from it."""
    row = rows.find(Suppression, _key(address), _EMAILS)
    if row is None:
        return False
    row.delete()
    return True


def set_invitations(address: str, *, on: bool, at: datetime) -> None:
    """Send an address no more invitations, to whatever program; or let them come again. Idempotent."""
    row = Suppression(_key(address), _INVITATIONS, reason=UNSUBSCRIBED, since=at)
    if on:
        row.delete()
    else:
        writes.add_once(row)


def unsubscribed_from_invitations(addresses: Iterable[str]) -> dict[str, datetime]:
    """Return those that want no invitations, each with since when."""
    keys = {address: (_key(address), _INVITATIONS) for address in addresses}
    stored = rows.find_all(Suppression, list(keys.values()))
    return {address: stored[key].since for address, key in keys.items() if key in stored}


def _suppressed_by(event: dict[str, Any]) -> tuple[str, list[str]]:
    kind = event.get("eventType", event.get("notificationType"))
    if kind == "Bounce" and event["bounce"]["bounceType"] == "Permanent":
        return BOUNCE, _addresses(event["bounce"]["bouncedRecipients"])
    if kind == "Complaint" and event["complaint"].get("complaintFeedbackType") != "not-spam":
        return COMPLAINT, _addresses(event["complaint"]["complainedRecipients"])
    return "", []


def _addresses(recipients: list[dict[str, str]]) -> list[str]:
    return sorted({recipient["emailAddress"] for recipient in recipients})


def _message(event: dict[str, Any]) -> str:
    return ",".join(event.get("mail", {}).get("tags", {}).get("message", [])) or "unknown"


def _key(address: str) -> str:
    return f"address#{digests.of_address(address)}"
