"""What a partner sees of their program's leaderboard: their own place, and the names that others chose to show."""

from datetime import date, datetime

from msgspec import Struct

from chalicelib.kit.dynamo import rows
from chalicelib.kit.walk import Deadline
from chalicelib.partners.table import Enrollment, Partner, enrollment_key
from chalicelib.programs.table import Leaderboard, LeaderboardBy, Program
from chalicelib.reports.brought import Brought, read_brought, stopped_partners
from chalicelib.reports.leaderboard import span_of
from chalicelib.reports.leaderboard_shapes import Period
from chalicelib.reports.places import Place, behind_next, places_of
from chalicelib.stats.shapes import StatsQuery

# So many are looked up: of who is behind them all, the place is not known. So many are listed, if names are shown.
MOST_PARTNERS, FIRST = 500, 10
_SECONDS, _CALLS = 3.0, 8


class SeenPlace(Struct, frozen=True):
    """A place that a partner sees; the name is None where the other partner chose none."""

    rank: int
    name: str | None
    value: int
    is_own: bool


class OwnPlace(Struct, frozen=True):
    """
    A partner's place in a period: none without a value, nor behind all partners who are looked up.

    *behind* is how much is missing to the next place. *first* are the first places, and *own* if it is not among them.
    """

    by: LeaderboardBy
    first_day: date
    last_day: date
    complete: bool
    ranked: int
    rank: int | None
    value: int
    behind: int | None
    first: list[SeenPlace]


def find_own_place(program: Program, partner_id: str, period: Period, *, at: datetime) -> OwnPlace | None:
    """
    Return a partner's place among those who are neither suspended nor banned; None if they are one of these.

    Of others, only what the program wants is in it: their number, or the names they chose, and counts, never money.
    """
    setting = program.leaderboard or Leaderboard()
    stopped = stopped_partners(program)
    if partner_id in stopped or setting.shows == "off":
        return None
    span = span_of(program, StatsQuery(), period=period, at=at)
    deadline = Deadline(_SECONDS, _CALLS)
    brought = read_brought(program, span, setting.by, most_partners=MOST_PARTNERS, deadline=deadline, at=at)
    places = [
        place
        for place in places_of({one: value for one, value in brought.values.items() if one not in stopped})
        if place.value > 0
    ]
    own = next((place for place in places if place.partner == partner_id), None)
    is_known = own is not None and partner_id in brought.rows
    value = own.value if own is not None else 0
    return OwnPlace(
        by=setting.by,
        first_day=brought.first,
        last_day=brought.last,
        complete=brought.complete,
        ranked=len(places),
        rank=own.rank if own is not None and is_known else None,
        value=value,
        behind=behind_next(places, value) if is_known or own is None else None,
        first=_first_places(places, brought, partner_id, program) if setting.shows == "names" else [],
    )


def _first_places(places: list[Place], brought: Brought, own: str, program: Program) -> list[SeenPlace]:
    listed = [place for place in places if place.partner in brought.rows][:FIRST]
    named = _names([brought.rows[place.partner] for place in listed], program)
    return [SeenPlace(one.rank, named.get(one.partner), one.value, one.partner == own) for one in listed]


def _names(listed: list[Partner], program: Program) -> dict[str, str]:
    """Return the display names of those who chose one and take part in the program."""
    names = {row.id: row.display_name for row in listed if row.display_name is not None}
    enrollments = rows.find_all(Enrollment, [(one, enrollment_key(program.id)) for one in sorted(names)])
    return {one.id: names[one.id] for one in enrollments.values() if one.left_at is None}
