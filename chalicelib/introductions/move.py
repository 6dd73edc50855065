"""What the business does with an introduction: accept, decline, ask, move, extend its protection, or give it up."""

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.audit.actor import Actor
from chalicelib.audit.entries import Action
from chalicelib.introductions.find import find
from chalicelib.introductions.people import keys_of_contact
from chalicelib.introductions.states import OPEN, PROTECTED, By, DeclineReason, LossReason, Stage
from chalicelib.introductions.steps import LAST_DAYS, Change, MoveRefused, noted
from chalicelib.introductions.table import TALKS, Introduction, Talks, line_key, talks_of
from chalicelib.introductions.turns import turned
from chalicelib.kit import instants
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.programs import find as programs
from chalicelib.programs.receiving import receiving_of


class AlreadyExtended(Refused):
    """The protection of an introduction is extended only once."""

    STATUS_CODE = 409


def accept(
    identifier: str, *, words: str | None = None, next_word_by: datetime | None = None, actor: Actor, at: datetime
) -> Introduction:
    """Accept an introduction: from now on it is protected. Idempotent."""

    def change(row: Introduction) -> Change:
        return turned(
            row,
            "accepted",
            by="business",
            at=at,
            actor=actor.id,
            words=words,
            next_word_by=next_word_by,
            protected_until=at + _protection(row),
            respond_by=None,
        )

    return _done(identifier, change, "introduction.accepted", actor=actor, at=at, unless="accepted")


def decline(
    identifier: str, reason: DeclineReason, *, words: str | None = None, actor: Actor, at: datetime
) -> Introduction:
    """Decline an introduction, for a reason that its partner hears; the next in line moves up. Idempotent."""

    def change(row: Introduction) -> Change:
        return turned(row, "declined", by="business", at=at, actor=actor.id, reason=reason, words=words)

    return _done(identifier, change, "introduction.declined", actor=actor, at=at, unless="declined")


def ask(identifier: str, words: str, *, actor: Actor, at: datetime) -> Introduction:
    """Ask the partner for what is missing. Idempotent."""

    def change(row: Introduction) -> Change:
        return turned(row, "needs_more", by="business", at=at, actor=actor.id, words=words)

    return _done(identifier, change, "introduction.needs_more", actor=actor, at=at, unless="needs_more")


def move(
    identifier: str,
    to: Stage,
    *,
    words: str | None = None,
    next_word_by: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> Introduction:
    """Move an introduction to another stage; in the last days of its protection, that extends it, once. Idempotent."""

    def change(row: Introduction) -> Change:
        until, extended_at = row.protected_until, row.extended_at
        if until is not None and extended_at is None and at >= until - LAST_DAYS:
            until, extended_at = until + _protection(row), at
        return turned(
            row,
            to,
            by="business",
            at=at,
            actor=actor.id,
            words=words,
            next_word_by=next_word_by,
            protected_until=until,
            extended_at=extended_at,
        )

    return _done(identifier, change, "introduction.moved", actor=actor, at=at, unless=to)


def extend(identifier: str, *, words: str | None = None, actor: Actor, at: datetime) -> Introduction:
    """Extend the protection of an introduction, once, by as long as it was given at first."""

    def change(row: Introduction) -> Change:
        if row.state not in PROTECTED or row.protected_until is None:
            raise MoveRefused(f"An introduction that is {row.state} is not protected.", details={"allowed": []})
        if row.extended_at is not None:
            raise AlreadyExtended("The protection of this introduction was extended before.")
        until = row.protected_until + _protection(row)
        return noted(
            row,
            by="business",
            at=at,
            actor=actor.id,
            reason="protection_extended",
            words=words,
            protected_until=until,
            extended_at=at,
        )

    return _done(identifier, change, "introduction.extended", actor=actor, at=at)


def lose(identifier: str, reason: LossReason, *, words: str | None = None, actor: Actor, at: datetime) -> Introduction:
    """Give an introduction up, for a reason that its partner hears; the next in line moves up. Idempotent."""

    def change(row: Introduction) -> Change:
        return turned(row, "lost", by="business", at=at, actor=actor.id, reason=reason, words=words)

    return _done(identifier, change, "introduction.lost", actor=actor, at=at, unless="lost")


def withdraw(identifier: str, *, by: By = "partner", actor: Actor, at: datetime) -> Introduction:
    """Take an introduction back, as its partner may while nothing came of it; the next in line moves up. Idempotent."""

    def change(row: Introduction) -> Change:
        return turned(row, "lapsed", by=by, at=at, actor=actor.id, reason="withdrawn")

    return _done(identifier, change, "introduction.withdrawn", actor=actor, at=at, unless="lapsed")


def say(
    identifier: str, words: str, *, next_word_by: datetime | None = None, actor: Actor, at: datetime
) -> Introduction:
    """Tell the partner something about an open introduction, whose state stays."""

    def change(row: Introduction) -> Change:
        if row.state not in OPEN:
            raise MoveRefused(f"This introduction is {row.state}.", details={"allowed": []})
        return noted(row, by="business", at=at, actor=actor.id, words=words, next_word_by=next_word_by)

    return _done(identifier, change, "introduction.noted", actor=actor, at=at)


def name_talks(
    program: str, *, email: str | None = None, phone: str | None = None, actor: Actor, at: datetime
) -> datetime:
    """
    Store that the business talks with a person itself, by a keyed digest of their address or phone number.

    Returns until when introductions of them are declined for that. Repeated, it begins anew.
    """
    program_id = programs.find(program).program.id
    keys = keys_of_contact(email, phone)
    if not keys:
        raise InvalidValue("An email address or a phone number with its country's code is needed.", pointer="/email")
    until = at + timedelta(days=receiving_of(programs.find(program_id).program).talks_days)
    for [key, *_] in keys:
        row = Talks(
            line_key(program_id, key),
            TALKS,
            program_id=program_id,
            begun_at=at,
            listed_in=talks_of(program_id),
            forgotten_in=TALKS,
            forgotten_at=instants.text(until),
        )
        later = Talks.begun_at.does_not_exist() | (Talks.begun_at <= at)
        actor.commit(writes.put_if(row, later), action="introduction.talks_named", subject=program_id, at=at)
    return until


def _protection(row: Introduction) -> timedelta:
    return timedelta(days=receiving_of(programs.find(row.program_id).program).protection_days)


def _done(
    identifier: str,
    change: Callable[[Introduction], Change],
    action: Action,
    *,
    actor: Actor,
    at: datetime,
    unless: str | None = None,
) -> Introduction:
    """Write the change that *change* composes of an introduction as it is now; nothing if its state is *unless*."""
    for _ in writes.attempts():
        row = find(identifier)
        if row.state == unless:
            return row
        composed = change(row)
        if not actor.commit(
            *composed.writes, action=action, subject=row.id, part=row.partner_id, before=composed.before, at=at
        ):
            return composed.row
    raise Busy("This introduction is being changed right now; send the same call again.")
