"""Changes a partner's category, or their tier in a program, from a date on."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.kit import bodies
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy, InvalidValue
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.partners.find import find
from chalicelib.partners.standing import Reached
from chalicelib.partners.table import StandingChange, change_key
from chalicelib.programs import find as programs

# No reaction loads notes: only the API is given one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor
    from chalicelib.notes.table import Note

# Functions remember how partners stand for half of this.
NOTICE = timedelta(minutes=1)


def change_standing(
    reference: str,
    *,
    what: str,
    to: str | None,
    by: str,
    actor: "Actor",
    at: datetime,
    reached: Reached | None = None,
    note: "Note | None" = None,
    program: str | None = None,
    pinned_until: str | None = None,
    receipt: Receipt = no_receipt,
) -> StandingChange:
    """
    Write a change to a partner's history, in effect a minute from now: what was received before keeps its rate.

    Rules say what *reached* a tier; an admin has a *note*.

    Refused: a tier that no version of the program's terms has, or in a program they are not in; a pin until
    a moment in the past.
    """
    profile = find(reference)
    program_id = None
    if program is not None:
        program_terms = programs.find(program)
        program_id = program_terms.program.id
        if profile.enrollment(program_id) is None:
            raise InvalidValue("The partner is not enrolled in this program.", pointer="/program")
        if to is not None and to not in {tier.name for terms in program_terms.versions for tier in terms.tiers}:
            raise InvalidValue(f"The program's terms have no tier {to!r}.", pointer="/tier")
    pinned = bodies.read_instant(pinned_until, pointer="/pinned_until") if pinned_until is not None else None
    if pinned is not None and pinned <= at + NOTICE:
        raise InvalidValue("A tier must be pinned until a time in the future.", pointer="/pinned_until")
    number = len(profile.changes) + 1
    change = StandingChange(
        profile.partner.id,
        change_key(number),
        number=number,
        what=what,
        program_id=program_id,
        to=to,
        reached=reached,
        note=note.id if note is not None else None,
        by=by,
        effective_from=at + NOTICE,
        pinned_until=pinned,
        created_at=at,
    )
    beside = [writes.insert(note)] if note is not None else []
    changes = [writes.insert(change), *beside, *receipt(change)]
    if actor.commit(*changes, action="partner.standing_changed", subject=change.id, part=program_id, at=at):
        raise Busy("Someone else just changed this partner's category or tier; check it and send your change again.")
    return change
