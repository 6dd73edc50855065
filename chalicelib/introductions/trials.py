"""
Test introductions: an email to the owner, who says on the admin pages that it arrived.

It shows that the address is read, before a partner's introduction is sent there; nothing counts it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.introductions.table import IntroductionRow
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant, OptionalText, Text, WholeNumber
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy, Refused
from chalicelib.programs import find as programs
from chalicelib.programs.receiving import receiving_of
from chalicelib.programs.table import Program

if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor
    from chalicelib.users.table import User

# So long a test shows that introductions arrive.
GOOD_FOR = timedelta(days=90)
TRIAL = "trial"


class NoOwner(Refused):
    """The program has no owner of its introductions, who could get a test."""

    STATUS_CODE = 409


class NotSent(Refused):
    """No test introduction was sent that could have arrived."""

    STATUS_CODE = 409


class Trial(IntroductionRow, discriminator="trial"):
    """A program's latest test introduction: to whom it was sent, and when that it arrived was reported."""

    sent_to = Text()
    sent_at = Instant()
    number = WholeNumber()
    arrived_at = OptionalInstant()
    arrived_by = OptionalText()


def find_trial(program_id: str) -> Trial | None:
    """Return the latest test introduction of a program, if there was one."""
    return rows.find(Trial, trial_key(program_id), TRIAL)


def send(
    reference: str,
    *,
    after: int | None = None,
    tell: Callable[["User", Program, int], list[Write]],
    actor: "Actor",
    at: datetime,
) -> Trial:
    """
    Send the owner a test introduction; *tell* returns the writes that queue its email, given its number.

    The one before counts no more. With *after*, the number of the latest one that a form has shown, only the first of
    those who send it does. Refused: a program without an owner who is a user.
    """
    # What deletes test programs knows these rows, and nobody's address.
    from chalicelib.users import find as users

    program = programs.read(programs.find(reference).program.id).program
    owner = receiving_of(program).owner
    user_id = users.find_id_by_address(owner) if owner is not None else None
    user = users.find_row(user_id) if user_id is not None else None
    if owner is None or user is None:
        raise NoOwner("Set an owner of introductions first.")
    for _ in writes.attempts():
        before = find_trial(program.id)
        number = before.number + 1 if before is not None else 1
        if before is not None and after is not None and before.number > after:
            return before
        trial = Trial(trial_key(program.id), TRIAL, sent_to=owner, sent_at=at, number=number)
        unchanged = Trial.number == before.number if before is not None else Trial.number.does_not_exist()
        changes = [writes.put_if(trial, unchanged), *tell(user, program, number)]
        if not actor.commit(*changes, action="program.test_introduced", subject=program.id, before=before, at=at):
            return trial
    raise Busy("Another test introduction is sent at this moment; send the same call again.")


def confirm(reference: str, *, actor: "Actor", at: datetime) -> Trial:
    """Store that the latest test introduction arrived. Idempotent: the first report stays."""
    program_id = programs.find(reference).program.id
    for _ in writes.attempts():
        trial = find_trial(program_id)
        if trial is None:
            raise NotSent("Send a test introduction first.")
        if trial.arrived_at is not None:
            return trial
        same = (Trial.number == trial.number) & Trial.arrived_at.does_not_exist()
        change = writes.update_if(trial, Trial.arrived_at.set(at), Trial.arrived_by.set(actor.id), condition=same)
        if not actor.commit(change, action="program.test_introduction_arrived", subject=program_id, at=at):
            return find_trial(program_id) or trial
    raise Busy("The test introduction is changing; send the same call again.")


def trial_key(program_id: str) -> str:
    """Return the partition of a program's test introduction."""
    return f"trial#{program_id}"
