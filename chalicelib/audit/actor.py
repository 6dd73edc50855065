"""The actor of a change, and the only way to make one: together with its audit entry."""

import secrets
from datetime import datetime

from msgspec import Struct

from chalicelib.audit.entries import Action, ActorKind, AuditLine, AuditState, apply, chain_of
from chalicelib.audit.table import AuditHead, entry_of, head_of
from chalicelib.kit import ids, instants
from chalicelib.kit.chains import HEAD
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import AnyRow, Image, Write
from chalicelib.kit.errors import Busy
from chalicelib.kit.keyed_digests import fingerprints

# An actor begins another chain only where two of their changes meet; so most have one, and a busy key has some.
_LANES = 16


class Decided(Write, frozen=True, eq=False, kw_only=True):
    """A change of one more row that follows from a decision, and has an entry of its own: see `decided`."""

    action: Action
    subject: str
    part: str | None
    before: AnyRow | None


def decided(write: Write, *, action: Action, subject: str, part: str | None = None, before: AnyRow | None) -> Decided:
    """Return a change that has an entry of its own in the decision it follows from, by the same actor."""
    return Decided(
        write.row,
        write.condition,
        write.actions,
        write.deletes,
        write.checks,
        action=action,
        subject=subject,
        part=part,
        before=before,
    )


class Actor(Struct, frozen=True):
    """
    Who makes a change.

    The *id* is that of a `key`, which may have sent the call or opened the `session`; that of the user or partner
    who is signed in; or the name of a `schedule`, a public `page`, or an `operator`'s command.
    """

    kind: ActorKind
    id: str
    request_id: str | None = None
    session_id: str | None = None

    def commit(
        self,
        *changes: Write,
        action: Action,
        subject: str,
        part: str | None = None,
        before: AnyRow | None = None,
        at: datetime,
    ) -> list[Write]:
        """
        Write changes as `writes.commit` does, with the entry that says who made them in the same transaction.

        The first change is of the subject's row; *before* is the row that it replaces, if any. What follows from it for
        others is `decided`. Returns the changes whose conditions failed; then nothing is written. If an actor makes
        many changes at once, a change is retried until it gets a place in the chain. Raises Busy if it gets none.
        """
        first = (action, subject, part, writes.images(changes[0], before) if changes else (None, None))
        further = [one for one in changes if isinstance(one, Decided)]
        parts = [first, *((one.action, one.subject, one.part, writes.images(one, one.before)) for one in further)]
        for attempt in writes.attempts():
            chain = chain_of(self.id, secrets.randbelow(_LANES) if attempt else 0)
            head = rows.find(AuditHead, chain, HEAD)
            before_it = state = head.state if head is not None else AuditState()
            entered = list[Write]()
            for one in parts:
                line = self._line(chain, state, *one, at=at)
                entered.append(writes.insert(entry_of(line)))
                state = apply(state, line)
            entered.append(_move_head(chain, before_it, state))
            refused = writes.commit(*changes, *entered)
            of_changes = [write for write in refused if write not in entered]
            if of_changes or not refused:
                return of_changes
        raise Busy("Too many concurrent changes by the same key or person; send the same call again.")

    def _line(
        self,
        chain: str,
        state: AuditState,
        action: Action,
        subject: str,
        part: str | None,
        images: tuple[Image | None, Image | None],
        *,
        at: datetime,
    ) -> AuditLine:
        # A command of an operator has AWS credentials, and no secret to key digests with.
        before, after = (_digest(image) if self.kind != "operator" else None for image in images)
        # An entry's time is never before the previous entry's, whatever the clocks say.
        moment = max(instants.text(at), state.at)
        return AuditLine(
            chain=chain,
            seq=state.seq + 1,
            id=ids.ordered("aud", instants.parse(moment), state.seq + 1),
            actor=self.id,
            kind=self.kind,
            session=self.session_id,
            action=action,
            subject=subject,
            part=part,
            request_id=self.request_id,
            before=before,
            after=after,
            at=moment,
            previous=state.hash,
        )


def _move_head(chain: str, before: AuditState, after: AuditState) -> Write:
    head = head_of(chain, after)
    if before.seq == 0:
        return writes.insert(head)
    actions = [AuditHead.seq.set(after.seq), AuditHead.hash.set(after.hash), AuditHead.at.set(after.at)]
    return writes.update_if(head, *actions, condition=AuditHead.hash == before.hash)


def _digest(image: Image | None) -> str | None:
    return fingerprints(image)[0] if image is not None else None
