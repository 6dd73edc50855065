"""Suppressed addresses: those that bounced or complained, as SES reports it, and those that want no invitations."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.emails.table import Suppression
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.keyed_digests import address_digests

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor

log = logging.getLogger(__name__)

BOUNCE, COMPLAINT, UNSUBSCRIBED, ERASED = "bounce", "complaint", "unsubscribed", "erased"
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
        if writes.add_once(Suppression(_keys(address)[0], _EMAILS, reason=reason, since=at)):
            log.warning("emails_suppressed reason=%s message=%s", reason, _message(event))
    return len(addresses)


def suppression_reason(address: str, *, invitation: bool, essential: bool = False) -> str | None:
    """Return why an address gets no emails, or no invitations, as a message's status says it; None if it gets them."""
    row = find_suppression(address, invitation=invitation, essential=essential)
    if row is None:
        return None
    return UNSUBSCRIBED if row.sort == _INVITATIONS else f"suppressed: {row.reason}"


def find_suppression(address: str, *, invitation: bool = False, essential: bool = False) -> Suppression | None:
    """
    Return what keeps emails, or invitations, from an address: its reason is a code. None if nothing does.

    Addresses with a complaint still get *essential* emails: otherwise anyone who causes an email that they call spam
    locks them out. So do those of people who were erased, since they request these emails themselves.
    """
    kinds = (_INVITATIONS, _EMAILS) if invitation else (_EMAILS,)
    keys = [(key, kind) for kind in kinds for key in _keys(address)]
    # A person who has just refused invitations gets none that is already queued.
    stored = rows.find_all(Suppression, keys, consistent=invitation)
    row = next((stored[key] for key in keys if key in stored), None)
    if row is None or (essential and row.reason in (COMPLAINT, ERASED)):
        return None
    return row


def bounced(addresses: Iterable[str]) -> dict[str, datetime]:
    """Return those of some addresses that emails bounced from, each with since when: a hundred a call."""
    keys = {(key, _EMAILS): address for address in addresses for key in _keys(address)}
    stored = rows.find_all(Suppression, list(keys), consistent=False)
    return {keys[key]: row.since for key, row in stored.items() if row.reason == BOUNCE}


def suppress_erased(addresses: Iterable[str], *, at: datetime) -> list[writes.Write]:
    """Return the writes that stop all emails to the addresses of a person who is erased."""
    keys = {key: address for address in addresses for key in _keys(address)}
    stored = rows.find_all(Suppression, [(key, _EMAILS) for key in keys], consistent=True)
    suppressed = {keys[key] for key, _ in stored}
    new = dict.fromkeys(_keys(address)[0] for address in addresses if address not in suppressed)
    return [writes.insert(Suppression(key, _EMAILS, reason=ERASED, since=at)) for key in new]


def lift(address: str, *, actor: "Actor", at: datetime) -> bool:
    """Let emails go to an address again. Returns False if nothing kept them from it."""
    stored = rows.find_all(Suppression, [(key, _EMAILS) for key in _keys(address)], consistent=True)
    if stored:
        deleted = map(writes.delete, stored.values())
        actor.commit(*deleted, action="suppression.lifted", subject=_keys(address)[0], at=at)
    return bool(stored)


def set_invitations(address: str, *, on: bool, actor: "Actor", at: datetime) -> None:
    """Turn invitations to an address off, for all programs, or on again. Idempotent."""
    subject, *_ = keys = _keys(address)
    if not on:
        no = writes.insert(Suppression(subject, _INVITATIONS, reason=UNSUBSCRIBED, since=at))
        actor.commit(no, action="invitations.stopped", subject=subject, at=at)
        return
    stored = rows.find_all(Suppression, [(key, _INVITATIONS) for key in keys], consistent=True)
    if stored:
        deleted = map(writes.delete, stored.values())
        actor.commit(*deleted, action="invitations.resumed", subject=subject, at=at)


def unsubscribed_from_invitations(addresses: Iterable[str]) -> dict[str, datetime]:
    """Return those that want no invitations, each with since when."""
    keys = {(key, _INVITATIONS): address for address in addresses for key in _keys(address)}
    stored = rows.find_all(Suppression, list(keys))
    return {keys[key]: row.since for key, row in stored.items()}


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


def _keys(address: str) -> list[str]:
    """Return the partitions an address may have; a new row goes into the first."""
    return [f"address#{digest}" for digest in address_digests(address)]
