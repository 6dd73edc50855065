"""
The end of a program: from one moment on touches bind no one, and from another on sales earn nothing.

Both are kept with the program, so what they mean for a fact follows from when it happened, whenever it is processed:
they begin no sooner than NOTICE after they are written, and can only be set later, until they are reached.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.audit.actor import Actor
from chalicelib.kit import bodies, instants
from chalicelib.kit.dynamo.writes import RowAction
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.revisions import ANY, IfMatch
from chalicelib.programs.find import ProgramEnded, ProgramTerms
from chalicelib.programs.settings import change_program, set_all
from chalicelib.programs.table import End, Program

# Functions remember a program for half of this.
NOTICE = timedelta(minutes=1)
_FAR = timedelta(days=3 * 366)


def set_end(reference: str, new: End, *, if_match: IfMatch = ANY, actor: Actor, at: datetime) -> ProgramTerms:
    """
    Set when a program ends, and what partners are told about the last payout. Idempotent.

    Refused: see `check_end`.
    """

    def decide(stored: ProgramTerms) -> Sequence[RowAction]:
        return set_all(stored.program, end=check_end(stored.program, new, at=at))

    return change_program(reference, decide, action="program.end_set", if_match=if_match, actor=actor, at=at)


def check_end(program: Program, new: End, *, at: datetime) -> End:
    """
    Return an end as it is stored.

    Refused: a date sooner than NOTICE from now, or earlier than it was set before, or changed once it was reached; and
    sales that end before touches do.
    """
    end = End(
        _read(new.touches_until, pointer="/touches_until", at=at),
        _read(new.sales_until, pointer="/sales_until", at=at),
        new.payout_note,
    )
    if end.sales_until < end.touches_until:
        raise InvalidValue("Sales cannot end before clicks and codes do.", pointer="/sales_until")
    for name in ("touches_until", "sales_until"):
        _check(getattr(program.end, name, None), getattr(end, name), pointer=f"/{name}", at=at)
    return end


def _read(written: str, *, pointer: str, at: datetime) -> str:
    """Return a moment as it is stored: in milliseconds, so that texts compare as moments do."""
    moment = bodies.read_instant(written, pointer=pointer)
    if moment > at + _FAR:
        raise InvalidValue("A program must end within three years.", pointer=pointer)
    return instants.text(moment)


def _check(before: str | None, moment: str, *, pointer: str, at: datetime) -> None:
    """Refuse to change a date that was reached, or will be before every function knows; or to set it earlier."""
    soonest = instants.text(at + NOTICE)
    if moment == before:
        return
    if before is not None and before < soonest:
        raise ProgramEnded(f"This date was reached at {before}, or is about to be.", pointer=pointer)
    if before is not None and moment < before:
        raise InvalidValue(f"This date can only be set later than {before}.", pointer=pointer)
    if moment < soonest:
        raise InvalidValue("A program cannot end earlier than one minute from now.", pointer=pointer)
