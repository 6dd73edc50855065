"""Changes a partner's category, their tier in a program, or their state, from a date on."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.kit import bodies, revisions
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy, InvalidValue
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.partners.find import PartnerProfile, find, find_to_change
from chalicelib.partners.standing import Reached, find_superseded
from chalicelib.partners.table import EarlierStandingChange, Partner, StandingChange, change_key, earlier_changes_key
from chalicelib.programs import find as programs

# No reaction loads notes: only the API is given one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor
    from chalicelib.audit.entries import Action
    from chalicelib.notes.table import Note

# Functions cache partners' standing for half of this.
NOTICE = timedelta(minutes=1)
# Earlier releases kept more changes with a partner; this many at a time are moved.
_MOST_MOVED = 20


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
    reason: str | None = None,
    withholds: bool | None = None,
    beside: Sequence[writes.Write] = (),
    action: "Action" = "partner.standing_changed",
    receipt: Receipt = no_receipt,
) -> StandingChange:
    """
    Write a change to a partner's history, in effect a minute from now: earlier conversions keep their rate.

    A tier by the rules has the numbers that *reached* it; an admin's change has a *note*. *beside* is written in the
    same transaction. Superseded changes are moved to where they are not read with the partner.

    Refused: a tier that no version of the program's terms has; a program they are not in; a pin until
    a moment in the past.
    """
    # Rules continue to apply; but no person changes an erased partner.
    profile = find_to_change(reference) if by == "admin" else find(reference)
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
    change, changes = new_change(
        profile,
        what=what,
        to=to,
        by=by,
        at=at,
        program_id=program_id,
        reached=reached,
        note=note.id if note is not None else None,
        pinned_until=pinned,
        reason=reason,
        withholds=withholds,
    )
    noted = [writes.insert(note)] if note is not None else []
    # Who changes a partner by what they have read has read their category.
    counted = [revisions.change(profile.partner, Partner.latest_category.set(to))] if what == "category" else []
    if by == "admin" and not counted:
        # Who is suspended while they are merged is suspended as who they become, by the next call.
        counted = [writes.check(profile.partner, Partner.merged_into.does_not_exist())]
    changes += [*noted, *counted, *beside, *receipt(change)]
    if actor.commit(*changes, action=action, subject=change.id, part=program_id, at=at):
        raise Busy("Someone else just changed this partner's standing; check it and send your change again.")
    return change


def new_change(
    profile: PartnerProfile, *, what: str, to: str | None, by: str, at: datetime, **facts: Any
) -> tuple[StandingChange, list[writes.Write]]:
    """
    Return the next change of a partner's history, and the writes of it and of what it supersedes, its own first.

    *facts* are what it says besides. The writes hold only if no one else adds one at the same moment.
    """
    number = max((one.number for one in profile.changes), default=0) + 1
    change = StandingChange(
        profile.partner.id,
        change_key(number),
        number=number,
        what=what,
        to=to,
        by=by,
        effective_from=at + NOTICE,
        created_at=at,
        **facts,
    )
    moved = find_superseded([*profile.changes, change])[:_MOST_MOVED]
    return change, [writes.insert(change), *(write for one in moved for write in _move(one))]


def _move(change: StandingChange) -> list[writes.Write]:
    """Return the writes that move a change, as it is, to the partner's earlier ones."""
    facts = {name: fact for name, fact in change.attribute_values.items() if name not in ("id", "sort", "kind")}
    earlier = EarlierStandingChange(earlier_changes_key(change.id), change.sort, **facts)
    return [writes.insert(earlier), writes.delete(change)]
