"""Reads what a partner types of a person they introduce, and introduces them: once for each form that was shown."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.audit.actor import Actor
from chalicelib.introductions.line import enter
from chalicelib.introductions.offer import compose, offer
from chalicelib.introductions.people import keys_of
from chalicelib.introductions.receive import introduce
from chalicelib.introductions.shapes import NewIntroduction
from chalicelib.introductions.table import Introduction
from chalicelib.kit import bodies, idempotency, instants
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.kit.idempotency import CallReceipt, Receipt
from chalicelib.kit.keyed_digests import fingerprints
from chalicelib.partners.duplicates import every_id
from chalicelib.partners.find import PartnerProfile
from chalicelib.programs.receiving import receiving_of
from chalicelib.programs.table import Program

PERSON = ("name", "email", "phone", "company", "role")
ANSWERS = tuple(f"answer_{number}" for number in range(7))
FIELDS = ("program", "once", *PERSON, "why", "closeness", "sent_by", "consent", *ANSWERS)


def read_new(
    form: Mapping[str, str], program: Program, profile: PartnerProfile, *, consent_words: str, at: datetime
) -> NewIntroduction:
    """
    Return the introduction that a form asks for. Refuses what is wrong in the form's own fields.

    That the person agreed counts only where we write to them: it is stored as a digest of *consent_words*.
    """
    sent_by = form.get("sent_by", "partner")
    questions = receiving_of(program).questions
    answers = {one.key: form[name] for one, name in zip(questions, ANSWERS, strict=False) if name in form}
    fields: dict[str, Any] = {
        "program": program.id,
        "partner": profile.partner.id,
        "person": {name: form[name] for name in PERSON if name in form},
        "why": form.get("why", "").replace("\r\n", "\n"),
        "closeness": form.get("closeness", ""),
        "sent_by": sent_by,
        "answers": answers,
    }
    if sent_by != "partner" and form.get("consent"):
        digest = hashlib.sha256(consent_words.encode()).hexdigest()
        fields["consent"] = {"digest": digest, "at": instants.text(at)}
    return bodies.typed(fields, NewIntroduction, strict=True)


def introduce_once(new: NewIntroduction, once: str, profile: PartnerProfile, *, actor: Actor, at: datetime) -> str:
    """
    Introduce a person once for each form that was shown, however often it is sent; return the introduction's id.

    One that the partner sends themselves is a draft until they say that they have; refused before they write to
    someone whom they introduced already.
    """
    idempotency.check(once)
    take = offer if new.sent_by == "partner" else introduce

    def begin(receipt: Receipt) -> Introduction:
        if take is offer:
            check_not_introduced(compose(new, at=at)[0], profile, at=at)
        return take(new, actor=actor, by="partner", at=at, receipt=receipt)

    call = f"{actor.id}#/portal/introduce#{once}"
    # When they agreed differs each time a form is sent.
    same = msgspec.structs.replace(new, consent=None)
    begun = idempotency.once(
        call, begin, fingerprints=fingerprints(same), status=303, body=lambda row: str(row.id), at=at
    )
    return begun.body if isinstance(begun, CallReceipt) else begun.id


def check_not_introduced(row: Introduction, profile: PartnerProfile, *, at: datetime) -> None:
    """Refuse a person whom the same partner introduced before, by reads alone."""
    if row.person is not None:
        enter(row, keys_of(row.person), own=every_id(profile.partner), at=at)


def in_form(refusal: Refused, program: Program) -> tuple[Refused, tuple[str, ...]]:
    """Return a refusal with the form's own names of fields, and which answers it is about."""
    questions = receiving_of(program).questions
    names = {f"/answers/{one.key}": name for one, name in zip(questions, ANSWERS, strict=False)}
    refusals = (refusal, *refusal.others)
    at_fault = tuple(names[one.pointer] for one in refusals if one.pointer in names)
    for one in refusals:
        if one.pointer is not None and one.pointer.startswith("/answers"):
            one.pointer = "/answers"
        elif one.pointer is not None:
            one.pointer = one.pointer.removeprefix("/person") or "/email"
    return refusal, at_fault


def check_program(program: Program | None) -> Program:
    """Return a program that takes introductions. Refuses None, which says that there is none."""
    if program is None:
        raise InvalidValue("Choose a program that takes introductions.", pointer="/program")
    return program
