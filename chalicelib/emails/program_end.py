"""The email about the end of a program: to each of its partners, once, before clicks and codes stop counting."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.kit import instants
from chalicelib.outbox.queue import new_message
from chalicelib.outbox.table import Message
from chalicelib.partners.table import Enrollment
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program

# The job that enqueues them asks for no recipient.
if TYPE_CHECKING:
    from chalicelib.emails.recipients import Recipient

PROGRAM_END = "program_end"
# An end that comes immediately is announced as soon as possible; after a longer outage, not at all.
_LATE = timedelta(days=2)


def is_announced(program: Program, *, at: datetime) -> bool:
    """Return whether partners are to be emailed about a program's end now."""
    return program.end is not None and instants.parse(program.end.touches_until) > at - _LATE


def announce_end(enrollments: Iterable[Enrollment], *, at: datetime) -> list[Message]:
    """Return the email to each of these partners: the same one, also if the dates were set later meanwhile."""
    return [new_message(PROGRAM_END, one.program_id, one.id, one.program_id, at=at) for one in enrollments]


def end_values(message: Message, _recipient: "Recipient", locale: str) -> dict[str, str]:
    """Return until when what counts, by the program's own clock, and what is said of the last payout."""
    # Imported late: a program ends once.
    from chalicelib.programs.end_sentences import when

    program = programs.find(message.program_id).program
    assert program.end is not None, "an end that is set stays set"
    return {
        "counts_until": when(program.end.touches_until, program, locale),
        "earns_until": when(program.end.sales_until, program, locale),
        "payout_note": program.end.payout_note or "",
    }
