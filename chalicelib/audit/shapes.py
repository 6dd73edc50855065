"""What the API takes and gives for the audit trail."""

from typing import Annotated

from msgspec import Meta, Struct, field

from chalicelib.audit.entries import Action, ActorKind
from chalicelib.audit.table import AuditEntry
from chalicelib.kit import instants
from chalicelib.kit.chains import BadRow
from chalicelib.kit.shapes import Cursor, Instant, OrderedQuery

_Id = Annotated[str, Meta(min_length=1, max_length=104)]
_DayOrMoment = Annotated[str, Meta(max_length=40)]


class AuditQuery(OrderedQuery, forbid_unknown_fields=True):
    """Which entries: all that is given must fit. *from* is the first moment or day, and *to* the first one after."""

    subject: Annotated[_Id, Meta(description="what it was done to")] | None = None
    actor: Annotated[_Id, Meta(description="who did it")] | None = None
    action: Annotated[Action, Meta(description="what was done")] | None = None
    from_: Annotated[_DayOrMoment, Meta(description="the first moment, or day")] | None = field(
        default=None, name="from"
    )
    to: Annotated[_DayOrMoment, Meta(description="the first moment, or day, after")] | None = None


class ActorView(Struct):
    """
    Who made a change.

    The `id` is that of a `key`, or of the user, key or partner whose `session` it was; or the name of a `schedule`, a
    public `page`, or an `operator`'s command.
    """

    kind: ActorKind
    id: str
    session: str | None


class AuditEntryView(Struct):
    """
    A change: who made it, what it was, its subject, and the part of the subject.

    `before` and `after` are keyed digests of the subject's row. `chain`, `seq`, `previous` and `hash` place the entry.
    """

    id: str
    object: str
    at: Instant
    actor: ActorView
    action: Action
    subject: str
    part: str | None
    request_id: str | None
    before: str | None
    after: str | None
    chain: str
    seq: int
    previous: str
    hash: str

    @classmethod
    def of(cls, entry: AuditEntry) -> "AuditEntryView":
        line = entry.line
        return cls(
            id=line.id,
            object="audit_entry",
            at=instants.text(entry.at),
            actor=ActorView(line.kind, line.actor, line.session),
            action=line.action,
            subject=line.subject,
            part=line.part,
            request_id=line.request_id,
            before=line.before,
            after=line.after,
            chain=line.chain,
            seq=line.seq,
            previous=line.previous,
            hash=entry.hash,
        )


class AuditVerifyQuery(Struct, forbid_unknown_fields=True):
    """Where to go on."""

    cursor: Cursor | None = None


class AuditVerificationView(Struct):
    """How much of the trail is verified, and the first invalid row, if any. Without one, go on while there is more."""

    object: str
    chains: int
    entries: int
    bad: BadRow | None
    has_more: bool
    next_cursor: str | None
