"""
Receives an introduction: complete, so that it has its place in the line of those who introduced the same person.

The first one is first; others are second in line, and hear since when and until when the first is protected. Somebody
who is a customer, or whom the business talks with, is declined at once.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from chalicelib.audit.actor import Actor
from chalicelib.audit.entries import Action
from chalicelib.introductions import line
from chalicelib.introductions.find import find, find_line, list_of_person
from chalicelib.introductions.offer import check_partner, check_person, compose, count_in
from chalicelib.introductions.people import keys_of, keys_of_contact
from chalicelib.introductions.shapes import NewIntroduction
from chalicelib.introductions.states import By, DeclineReason, State
from chalicelib.introductions.steps import Change, MoveRefused, changed
from chalicelib.introductions.table import Introduction
from chalicelib.introductions.turns import count_out, turned
from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy, refuse_invalid
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import every_id
from chalicelib.programs import find as programs
from chalicelib.programs.receiving import find_wrong_answers, receiving_of, respond_by
from chalicelib.programs.table import Program
from chalicelib.referrals.find import has_customer

_BUSY = "Many introduce this person right now; send the same call again."
# Many may introduce one person at the same moment.
_TRIES = 24
# Of the introductions of a person in all programs, the latest ones.
_MOST_BEFORE = 100


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
        merged = {**(row.answers or {}), **(answers or {})}
        if answers:
            current = {question.key for question in receiving_of(program).questions} | answers.keys()
            # What was answered before stays, though the program may no longer ask it.
            now = {key: answer for key, answer in merged.items() if key in current}
            refuse_invalid(find_wrong_answers(receiving_of(program), now))
        change = turned(
            row,
            "received",
            by=by,
            at=at,
            actor=actor.id,
            words=words,
            answers=merged or None,
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
    own = every_id(partners.find(row.partner_id).partner)
    reason = _reason_against(row, at=at)
    place = line.enter(row, keys, own=own, at=at) if reason is None else None
    thanked = _thanked_before(row, program, own=own)
    if place is None or place.is_won:
        reason = reason or "existing_customer"
        return changed(
            row, "declined", by="time", at=at, actor=actor.id, reason=reason, received_at=at, thanked=thanked
        )
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
        thanked=thanked,
        keys=place.keys,
        place_in_line=place.number,
        first_since=place.first_since,
        first_until=place.first_until,
        respond_by=answer_by,
        protected_until=answer_by,
    )
    return Change(change.before, change.row, [*change.writes, *place.writes])


def _thanked_before(row: Introduction, program: Program, *, own: Collection[str]) -> list[str]:
    """Return that no thanks are due for receiving a person again, whom the same partner introduced before."""
    if row.person is None or "received" not in receiving_of(program).thanks:
        return row.thanked
    latest = list_of_person(keys_of_contact(row.person.email, row.person.phone), most=_MOST_BEFORE)
    before = [one for one in latest if one.id != row.id and one.program_id == row.program_id and one.partner_id in own]
    return ["received"] if any("received" in one.thanked for one in before) else row.thanked


def _reason_against(row: Introduction, *, at: datetime) -> DeclineReason | None:
    """Return why an introduction comes too late: its person is a customer, or the business talks with them."""
    assert row.person is not None
    email = row.person.email
    program = programs.find(row.program_id).program
    since = at - timedelta(days=receiving_of(program).talks_days)
    if any(one.begun_at > since for one in find_line(row.program_id, keys_of_contact(email, row.person.phone)).talks):
        return "already_in_talks"
    is_live = not ids.is_test(row.id)
    return "existing_customer" if email is not None and is_live and has_customer(email, program.id) else None


def _action(row: Introduction) -> Action:
    if row.state == "declined":
        return "introduction.declined"
    return "introduction.received" if row.state == "received" else "introduction.second_in_line"
