"""
Lists the subjects of events: conversions, referrals and rewards, each by the event of its creation.

An event's place in its lists is the time it was written, moments after its fact; it is listed a minute later, and kept
for 400 days.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from chalicelib.events.find import complete_until, first_position
from chalicelib.events.table import By, EventRow, listed, lists_of, position_of
from chalicelib.kit.cursors import LAST, Placed, Stretch, merge
from chalicelib.kit.errors import InvalidValue
from chalicelib.links import find as links
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.referrals import find as referrals

T = TypeVar("T")

# To the database, for one page; beside those that find the filters' objects.
MOST_CALLS = 22
# Read at once from a list.
_FEWEST_EVENTS, _MOST_EVENTS = 64, 1500
# One round of calls follows up at least this many events, or those of a page.
_FEWEST_TOGETHER = 25
# Each has four lists; who has more programs names one.
MOST_PROGRAMS = 4
# Between an event's place and the number of what is listed for it: sorts behind all that places are made of.
_MARK = "|"
# The place right before the rows of an event, of which none has a number that is less.
_BEGINNING = "0"


class Selection(NamedTuple):
    """The requested events: their lists, from a position up to before another, and a test for each."""

    by: By
    lists: list[str]
    first: str
    last: str
    includes: Callable[[EventRow], bool]


class About(NamedTuple):
    """What a list is narrowed to: our ids, and the key of a link."""

    program: str | None = None
    partner: str | None = None
    customer: str | None = None
    code_key: str | None = None
    # The customer's guests: what they did is the customer's.
    guests: tuple[str, ...] = ()


class Expansion(NamedTuple, Generic[T]):
    """How rows follow from events: those of each event, in their order; and how many calls that takes at most."""

    rows_of: Callable[[Sequence[EventRow]], list[list[T]]]
    calls: int


def about(
    *, program: str | None = None, partner: str | None = None, customer: str | None = None, link: str | None = None
) -> About:
    """Return what references, by our ids or `ext_`, name. Refuses what is not there."""
    chosen_link = links.find(link) if link is not None else None
    partner_id = partners.find(partner).partner.id if partner is not None else None
    if chosen_link is not None and partner_id not in (None, chosen_link.partner_id):
        raise InvalidValue("This link is another partner's.", pointer="/link")
    program_id = programs.find(program).program.id if program is not None else None
    profile = referrals.find(customer, program_id) if customer is not None else None
    return About(
        program_id,
        partner_id or (chosen_link.partner_id if chosen_link is not None else None),
        profile.customer.customer_id if profile is not None else None,
        chosen_link.key if chosen_link is not None else None,
        tuple(profile.customer.guests or ()) if profile is not None else (),
    )


def select(
    focus: About, span: tuple[datetime | None, datetime | None], includes: Callable[[EventRow], bool], *, at: datetime
) -> Selection:
    """Return the events about a person or an object that were written in a span: from the shortest list available."""
    begin, end = span
    complete = complete_until(at)
    last = position_of(min(end, complete) if end is not None else complete)

    def fits(event: EventRow) -> bool:
        return includes(event) and all(
            value is None or value == there
            for value, there in (
                (focus.program, event.program_id),
                (focus.partner, event.partner_id),
                (focus.customer, focus.customer if event.customer_id in focus.guests else event.customer_id),
                (focus.code_key, event.data.get("code")),
            )
        )

    by, lists = _lists(focus)
    return Selection(by, lists, first_position(begin, at=at), last, fits)


def _lists(focus: About) -> tuple[By, list[str]]:
    if focus.customer is not None:
        return "customer", [focus.customer, *focus.guests]
    if focus.partner is not None:
        return "partner", [focus.partner]
    if focus.program is not None:
        return "program", lists_of(focus.program)
    page, position = programs.list_page(limit=MOST_PROGRAMS, position=None)
    if position is not None:
        raise InvalidValue("There are many programs here; name one.", pointer="/program")
    return "program", [name for program in page for name in lists_of(program.id)]


def read(
    selection: Selection, expansion: Expansion[T], *, after: str, before: str, newest_first: bool, limit: int
) -> Stretch[T]:
    """
    Return the rows of events between two places: *limit* of them, unless there are fewer or reading takes too long.

    Each round reads more events of all lists than the round before, in order, as far as all lists were read.
    """
    # An event at a bound may have rows on both sides of it.
    low = max(after.partition(_MARK)[0][:-1] if _MARK in after else after, selection.first)
    high = min(f"{before.partition(_MARK)[0]} " if _MARK in before else before, selection.last)
    rows: list[Placed[T]] = []
    looked_to: str | None = None
    calls, several_each = 0, 6 if len(selection.lists) == 1 else 2
    size = min(_MOST_EVENTS, max(_FEWEST_EVENTS, limit * several_each))
    most_calls = max(MOST_CALLS, len(selection.lists) + expansion.calls)
    while calls + len(selection.lists) + expansion.calls <= most_calls:
        events, horizon = _next_events(selection, low, high, newest_first=newest_first, limit=size)
        calls += len(selection.lists)
        chosen = [event for event in events if selection.includes(event)]
        while chosen:
            if calls + expansion.calls > most_calls:
                return Stretch(rows, f"{chosen[0].position}{_MARK}{LAST if newest_first else _BEGINNING}")
            number = max(limit - len(rows), _FEWEST_TOGETHER)
            several, chosen = chosen[:number], chosen[number:]
            placed = _expand(several, expansion, newest_first=newest_first)
            calls += expansion.calls
            rows += [one for one in placed if after < one.place < before]
            if len(rows) >= limit:
                return Stretch(rows[:limit])
        if horizon is None:
            return Stretch(rows)
        low, high = (low, horizon) if newest_first else (horizon, high)
        looked_to = horizon if newest_first else f"{horizon}{_MARK}{LAST}"
        size = min(_MOST_EVENTS, size * 4)
    return Stretch(rows, looked_to)


def _next_events(
    selection: Selection, low: str, high: str, *, newest_first: bool, limit: int
) -> tuple[list[EventRow], str | None]:
    """Return the next events of all lists in order, as far as all were read; and the place, if there may be more."""
    lists = [
        listed(selection.by, name, after=low, until=high, limit=limit, newest_first=newest_first)
        for name in selection.lists
    ]
    parts = [[Placed(event.position, event) for event in events] for events in lists]
    placed, horizon = merge(parts, newest_first=newest_first, limit=limit)
    return [one.row for one in placed], horizon


def _expand(events: Sequence[EventRow], expansion: Expansion[T], *, newest_first: bool) -> list[Placed[T]]:
    placed: list[Placed[T]] = []
    for event, rows in zip(events, expansion.rows_of(events), strict=True):
        numbered = [Placed(f"{event.position}{_MARK}{number:03}", row) for number, row in enumerate(rows)]
        placed += reversed(numbered) if newest_first else numbered
    return placed
