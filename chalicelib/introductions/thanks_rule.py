"""
The rule by which thanks become due: in the transaction of what they are for, whatever becomes of the introduction.

Each occasion of an introduction counts once: a second meeting, or a sale that is restored, is no second one.
"""

from datetime import datetime, timedelta

from chalicelib.introductions.table import Introduction
from chalicelib.introductions.thanks_table import Thanks, list_of, thanks_key
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.programs import find as programs
from chalicelib.programs.receiving import Occasion, receiving_of

# By default, a partner is thanked within so many days, by the program's calendar.
WITHIN = timedelta(days=3)


def new_thanks(before: Introduction, after: Introduction, *, at: datetime) -> list[Write]:
    """Return the writes that make thanks due for what a change brings; *after* notes the occasions that were."""
    occasions = [one for one in _occasions(before, after) if one not in after.thanked]
    after.thanked = [*after.thanked, *occasions]
    return [write for one in occasions for write in _due(after, one, at=at)]


def _occasions(before: Introduction, after: Introduction) -> list[Occasion]:
    occasions: list[Occasion] = []
    if before.received_at is None and after.received_at is not None:
        occasions.append("received")
    if after.state == "meeting":
        occasions.append("meeting")
    if after.state == "won":
        occasions.append("won")
    return occasions


def _due(introduction: Introduction, occasion: Occasion, *, at: datetime) -> list[Write]:
    program = programs.find(introduction.program_id).program
    means = receiving_of(program).thanks.get(occasion)
    if means is None:
        return []
    due_on = (program.calendar.day_of(at) + WITHIN).isoformat()
    row = Thanks(
        introduction.id,
        thanks_key(occasion),
        thanks_in=list_of("due", program.id),
        thanks_of=introduction.partner_id,
        thanks_day=due_on,
        program_id=program.id,
        means=means,
        currency=program.currency,
        due_on=due_on,
        created_at=at,
    )
    return [writes.insert(row)]
