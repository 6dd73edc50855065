"""Disables links: one, or all of a partner who leaves a program, until they return."""

from datetime import datetime
from typing import Any

from chalicelib.audit.actor import Actor
from chalicelib.kit import revisions
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.links import find as links
from chalicelib.links.create import count_change
from chalicelib.links.table import Link
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import every_id
from chalicelib.partners.enrollment import enroll, leave
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.table import Enrollment
from chalicelib.programs import find as programs


def disable(reference: str, *, actor: Actor, at: datetime) -> Link:
    """End a link: it stops working, and its code is never reused. Idempotent."""
    _disable(links.find(reference), actor=actor, at=at)
    return links.find(reference)


def leave_program(reference: str, program: str, *, actor: Actor, at: datetime) -> PartnerProfile:
    """
    End a partner's part in a program, then each of their links in it: none is created from then on.

    Idempotent: called again after a crash, it ends the rest. What they are owed stays owed.
    """
    profile = leave(reference, program, actor=actor, at=at)
    program_id = programs.find(program).program.id
    for link in (link for one in every_id(profile.partner) for link in links.list_without_lag(one)):
        if link.program_id == program_id and link.disabled_at is None:
            _disable(link, actor=actor, at=at)
    return profile


def enroll_again(
    reference: str, program: str, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt, **facts: Any
) -> PartnerProfile:
    """
    Enroll a partner in a program, with these facts. A partner who had left is back, with the links that ended then.

    Idempotent: called again after a crash, it does the rest. Links that were ended before they left stay so.
    """
    profile = enroll(reference, program, actor=actor, at=at, receipt=receipt, **facts)
    enrollment = profile.enrollment(programs.find(program).program.id)
    if enrollment is not None:
        restore(enrollment, actor=actor, at=at)
    return profile


def restore(enrollment: Enrollment, *, actor: Actor, at: datetime) -> None:
    """Let the links lead on again that ended because their partner left, once they are back. Idempotent."""
    left_at, returned_at = enrollment.left_before, enrollment.returned_at
    if left_at is None or returned_at is None or enrollment.left_at is not None:
        return
    # The partner may leave again in the meantime.
    still_back = writes.check(enrollment, Enrollment.left_at.does_not_exist())
    profile = partners.find_all([enrollment.id]).get(enrollment.id)
    identifiers = every_id(profile.partner) if profile is not None else [enrollment.id]
    for link in (link for one in identifiers for link in links.list_all(one)):
        ended_at = link.disabled_at
        if link.program_id == enrollment.program_id and ended_at is not None and left_at <= ended_at <= returned_at:
            _restore(link, still_back, actor=actor, at=at)


def _restore(link: Link, still_back: writes.Write, *, actor: Actor, at: datetime) -> None:
    """Enable a link that was disabled when it was read, unless it was disabled again, or its partner left again."""
    ended_at = link.disabled_at
    for _ in writes.attempts():
        if link.disabled_at != ended_at:
            return
        back = revisions.change(link, Link.disabled_at.remove(), Link.restored_at.set(at))
        counted = count_change(link, 1)
        refused = actor.commit(back, still_back, counted, action="link.restored", subject=link.id, at=at)
        if not refused or still_back in refused:
            return
        link = links.read(link.key)
    raise _busy()


def _disable(link: Link, *, actor: Actor, at: datetime) -> None:
    """End a link, unless it was ended before."""
    for _ in writes.attempts():
        if link.disabled_at is not None:
            return
        disabled = revisions.change(link, Link.disabled_at.set(at))
        if not actor.commit(disabled, count_change(link, -1), action="link.disabled", subject=link.id, at=at):
            return
        link = links.read(link.key)
    raise _busy()


def _busy() -> Busy:
    return Busy("The partner's links are changing; send the same call again.")
