"""
Audit entries: which actions there are, what an entry says, and how those of an actor are chained by hash.

Pure: no I/O, no clock.
"""

from typing import Any, Literal

from msgspec import Struct, to_builtins
from msgspec.structs import asdict

from chalicelib.kit.chains import GENESIS, check_link, hash_fields

ActorKind = Literal["key", "session", "schedule", "page", "operator"]
Action = Literal[
    "action_item.assigned",
    "action_item.dismissed",
    "action_item.done",
    "action_item.opened",
    "action_item.resolved",
    "adjustment.approval_set",
    "adjustment.approved",
    "adjustment.posted",
    "adjustment.refused",
    "adjustment.requested",
    "application.approved",
    "application.refused",
    "application.sent",
    "conversion.amended",
    "conversion.credited",
    "conversion.entered",
    "conversion.refunded",
    "conversion.restored",
    "conversion.voided",
    "cost.entered",
    "cost.reversed",
    "customer.changed",
    "customer.emails_changed",
    "customer.erased",
    "customer.merged",
    "day.repaired",
    "dead_letter.redriven",
    "endpoint.changed",
    "endpoint.created",
    "endpoint.deleted",
    "endpoint.replayed",
    "endpoint.rotated",
    "feedback.given",
    "introduction.accepted",
    "introduction.checked",
    "introduction.claimed",
    "introduction.declined",
    "introduction.erased",
    "introduction.extended",
    "introduction.lapsed",
    "introduction.lost",
    "introduction.moved",
    "introduction.moved_up",
    "introduction.needs_more",
    "introduction.noted",
    "introduction.offered",
    "introduction.received",
    "introduction.second_in_line",
    "introduction.talks_named",
    "introduction.withdrawn",
    "introduction.won",
    "invitation.accepted",
    "invitation.sent",
    "invitations.resumed",
    "invitations.stopped",
    "key.created",
    "key.revoked",
    "key.rotated",
    "link.changed",
    "link.created",
    "link.disabled",
    "link.restored",
    "material.created",
    "material.drafted",
    "material.published",
    "material.read",
    "material.withdrawn",
    "message.retried",
    "moment.asked",
    "moment.declined",
    "moment.opened",
    "moment.shown",
    "note.erased",
    "partner.banned",
    "partner.changed",
    "partner.created",
    "partner.email_requested",
    "partner.emails_changed",
    "partner.enrolled",
    "partner.erased",
    "partner.form_link_ended",
    "partner.former_erased",
    "partner.handed_over",
    "partner.imported",
    "partner.joined",
    "partner.left",
    "partner.merged",
    "partner.name_shared",
    "partner.name_withdrawn",
    "partner.payee_confirmed",
    "partner.reactivated",
    "partner.sign_in_link_sent",
    "partner.standing_changed",
    "partner.suspended",
    "payout.approval_set",
    "payout.approved",
    "payout.created",
    "payout.item_failed",
    "payout.item_paid",
    "payout.item_returned",
    "payout.prepared",
    "program.asking_changed",
    "program.created",
    "program.deleted",
    "program.end_set",
    "program.logo_changed",
    "program.logo_uploaded",
    "program.receiving_changed",
    "program.sender_changed",
    "program.settings_changed",
    "program.test_introduced",
    "program.test_introduction_arrived",
    "program.webhook_changed",
    "reward.code_replaced",
    "reward.fulfilled",
    "reward.held",
    "reward.refused",
    "reward.released",
    "session.begun",
    "session.ended",
    "share_link.renewed",
    "suppression.lifted",
    "target.ended",
    "target.replaced",
    "target.set",
    "template.customized",
    "template.restored",
    "template.tested",
    "terms.added",
    "terms.withdrawn",
    "thanks.added",
    "thanks.done",
    "thanks.skipped",
    "user.changed",
    "user.invited",
    "user.removed",
]


class AuditLine(Struct, frozen=True):
    """
    The content of an entry: who did what to which subject, or to which *part* of it.

    *before* and *after* are keyed digests of the subject's row; null where there was no row, or is none now.
    """

    chain: str
    seq: int
    id: str
    actor: str
    kind: ActorKind
    session: str | None
    action: Action
    subject: str
    part: str | None
    request_id: str | None
    before: str | None
    after: str | None
    at: str
    previous: str


class AuditState(Struct, frozen=True):
    """A chain after its entries so far."""

    seq: int = 0
    hash: str = GENESIS
    at: str = ""


def apply(state: AuditState, line: AuditLine) -> AuditState:
    """Return a chain's state after an entry. Raises InvalidEntry with the first thing wrong with the entry."""
    check_link(state, seq=line.seq, previous=line.previous, at=line.at)
    return AuditState(line.seq, hash_of(line), line.at)


def hash_of(line: AuditLine) -> str:
    """Return the hash of an entry. What is null is no part of it, so that a field can be added later."""
    fields: dict[str, Any] = to_builtins(asdict(line))
    return hash_fields({name: value for name, value in fields.items() if value is not None})


def chain_of(actor: str, lane: int) -> str:
    """Return the name of one of an actor's chains."""
    return f"{actor}#{lane:02}"
