"""Ends links: one, or all those of a partner who leaves a program, until they come back and have them again."""

from datetime import datetime
from typing import Any

from chalicelib.audit.actor import Actor
from chalicelib.audit.entries import Action
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.links import find as links
from chalicelib.links.create import count_change
from chalicelib.links.table import Link
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
    for link in links.list_without_lag(profile.partner.id):
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
    # Somebody may leave again meanwhile.
    still_back = writes.check(enrollment, Enrollment.left_at.does_not_exist())
    for link in links.list_all(enrollment.id):
        ended_at = link.disabled_at
        if link.program_id == enrollment.program_id and ended_at is not None and left_at <= ended_at <= returned_at:
            actions = [Link.disabled_at.remove(), Link.restored_at.set(at)]
            back = writes.update_if(link, *actions, condition=Link.disabled_at == ended_at)
            _commit(link, back, still_back, by=1, actor=actor, action="link.restored", at=at)


def _disable(link: Link, *, actor: Actor, at: datetime) -> None:
    disabled = writes.update_if(link, Link.disabled_at.set(at), condition=Link.disabled_at.does_not_exist())
    _commit(link, disabled, by=-1, actor=actor, action="link.disabled", at=at)


def _commit(link: Link, *changes: writes.Write, by: int, actor: Actor, action: Action, at: datetime) -> None:
    """Change a link and count it, unless it was changed before, or its partner left."""
    for _ in writes.attempts():
        refused = actor.commit(*changes, count_change(link, by), action=action, subject=link.id, at=at)
        if not refused or any(change in refused for change in changes):
            return
    raise Busy("The partner's links are changing; send the same call again.")
