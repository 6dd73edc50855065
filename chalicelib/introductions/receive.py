"""
Receives an introduction: complete, so that it has its place in the line of those who introduced the same person.

The first one is first; others are second in line, and hear since when and until when the first is protected. Somebody
who is a customer, or whom the business talks with, is declined at once.
"""

from datetime import datetime, timedelta

from chalicelib.audit.actor import Actor
from chalicelib.audit.entries import Action
from chalicelib.introductions import line
from chalicelib.introductions.find import find, find_line
from chalicelib.introductions.offer import check_partner, check_person, compose, count_in
from chalicelib.introductions.people import keys_of
from chalicelib.introductions.shapes import NewIntroduction
from chalicelib.introductions.states import By, DeclineReason, State
from chalicelib.introductions.steps import Change, MoveRefused, changed
from chalicelib.introductions.table import Introduction
from chalicelib.introductions.turns import count_out, turned
from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import every_id
from chalicelib.programs import find as programs
from chalicelib.programs.receiving import receiving_of, respond_by
from chalicelib.referrals.find import has_customer

_BUSY = "Many introduce this person right now; send the same call again."
# Many may introduce one person at the same moment.
_TRIES = 24


def introduce(
    new: NewIntroduction, *, actor: Actor, by: By = "business", at: datetime, receipt: Receipt = no_receipt
) -> Introduction:
    """Offer an introduction and receive it at once, in one transaction."""
    for _ in writes.attempts(_TRIES):
        row, more = compose(new, at=at)
        change = _arrive(row, by=by, actor=actor, at=at)
        changes = [*change.writes, count_in(change.row, at=at), *more, *receipt(change.row)]
        if not actor.commit(
            *changes, action=_action(change.row), subject=row.id, part=row.partner_id, before=change.before, at=at
        ):
            return change.row
    raise Busy(_BUSY)


def receive(identifier: str, *, actor: Actor, by: By = "business", at: datetime) -> Introduction:
    """Receive an introduction that was offered. Idempotent: one that was received is answered as it is."""
    for _ in writes.attempts(_TRIES):
        row = find(identifier)
        if row.state != "offered":
            if row.received_at is None:
                raise MoveRefused(f"This introduction is {row.state}.", details={"allowed": []})
            return row
        program = programs.find(row.program_id).program
        programs.check_not_ended(program, at=at)
        profile = partners.find_survivor(row.partner_id)
        check_partner(profile, program)
        assert row.person is not None
        check_person(row.person, profile)
        change = _arrive(row, by=by, actor=actor, at=at)
        if change.row.state == "declined":
            change = Change(change.before, change.row, [*change.writes, count_out(row)])
        if not actor.commit(
            *change.writes, action=_action(change.row), subject=row.id, part=row.partner_id, before=row, at=at
        ):
            return change.row
    raise Busy(_BUSY)


def answer_questions(
    identifier: str, words: str | None, answers: dict[str, str] | None, *, actor: Actor, by: By, at: datetime
) -> Introduction:
    """Receive again an introduction that needed more from its partner: it stays where it was in its line."""
    for _ in writes.attempts():
        row = find(identifier)
        program = programs.find(row.program_id).program
        change = turned(
            row,
            "received",
            by=by,
            at=at,
            actor=actor.id,
            words=words,
            answers={**(row.answers or {}), **(answers or {})} or None,
            respond_by=respond_by(program, at),
        )
        if not actor.commit(
            *change.writes, action="introduction.received", subject=row.id, part=row.partner_id, before=row, at=at
        ):
            return change.row
    raise Busy("This introduction is being changed right now; send the same call again.")


def _arrive(row: Introduction, *, by: By, actor: Actor, at: datetime) -> Change:
    """Return the change with which a draft, or a new introduction, is received; or declined at once, for a reason."""
    assert row.person is not None
    program = programs.find(row.program_id).program
    keys = keys_of(row.person)
    reason = _reason_against(row, keys, at=at)
    if reason is not None:
        return changed(row, "declined", by="time", at=at, actor=actor.id, reason=reason, received_at=at)
    place = line.enter(row, keys, own=every_id(partners.find(row.partner_id).partner), at=at)
    if place.is_won:
        return changed(row, "declined", by="time", at=at, actor=actor.id, reason="existing_customer", received_at=at)
    to: State = "received" if place.number == 1 else "second_in_line"
    answer_by = respond_by(program, at) if place.number == 1 else None
    change = changed(
        row,
        to,
        by=by,
        at=at,
        actor=actor.id,
        reason=None if place.number == 1 else "introduced_before",
        received_at=at,
        keys=place.keys,
        place_in_line=place.number,
        first_since=place.first_since,
        first_until=place.first_until,
        respond_by=answer_by,
        protected_until=answer_by,
    )
    return Change(change.before, change.row, [*change.writes, *place.writes])


def _reason_against(row: Introduction, keys: list[list[str]], *, at: datetime) -> DeclineReason | None:
    """Return why an introduction comes too late: its person is a customer, or the business talks with them."""
    assert row.person is not None
    program = programs.find(row.program_id).program
    since = at - timedelta(days=receiving_of(program).talks_days)
    if any(one.begun_at > since for one in find_line(row.program_id, keys).talks):
        return "already_in_talks"
    email = row.person.email
    is_live = not ids.is_test(row.id)
    return "existing_customer" if email is not None and is_live and has_customer(email) else None


def _action(row: Introduction) -> Action:
    if row.state == "declined":
        return "introduction.declined"
    return "introduction.received" if row.state == "received" else "introduction.second_in_line"
