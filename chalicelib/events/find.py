"""
Lists events in the order in which they were written, so that nothing ever appears before what was listed.

Or newest first, for people: then what came since is on the first page.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from chalicelib.conversions.table import Conversion
from chalicelib.events.catalog import fits, is_type
from chalicelib.events.record import RETENTION
from chalicelib.events.table import By, EventRow, listed, lists_of, position_of
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.ledger.find_owner import owner_ids
from chalicelib.programs import find as programs
from chalicelib.rewards.table import REWARD, Reward

# What is younger may still be on its way into the list, or into its index.
SETTLING = timedelta(minutes=1)
# Per page; a page that needs more is short.
_MOST_ROUNDS = 4
# Over all lists; a person with more programs must name one.
_MOST_PROGRAMS = 25


class EventPage(NamedTuple):
    """A page of events; the position after which, in its order, the next one begins; and whether there is more now."""

    events: list[EventRow]
    after: str
    has_more: bool


class Selection(NamedTuple):
    """Lists that are read together, by what they are, and which of their events are meant."""

    by: By
    lists: list[str]
    includes: Callable[[EventRow], bool]


def complete_until(at: datetime) -> datetime:
    """Return until when the list is complete: events written from now on come after that moment."""
    return at - SETTLING


def select(program: str | None, name: str | None, subject: str | None) -> Selection:
    """Return where the requested events are: of a program, of a type or family, and about a subject."""
    if name is not None and not is_type(name):
        raise InvalidValue(f"There is no event type {name!r}; GET /v1/event-types lists them.", pointer="/type")
    program_id = programs.find(program).program.id if program is not None else None
    includes = partial(_includes, program_id=program_id if subject else None, name=name)
    if subject is not None:
        return _about(subject, program_id, includes)
    if program_id is not None:
        return Selection("program", lists_of(program_id), includes)
    # Events of accounts are of no program, also those in test programs.
    return Selection("program", _all_lists(), lambda event: includes(event) and not event.is_test)


def page(selection: Selection, *, after: str, until: str, limit: int, newest_first: bool = False) -> EventPage:
    """Return the events between two positions, both excluded; at most *limit*, and few if few of many are meant."""
    events: list[EventRow] = []
    position = until if newest_first else after
    for _ in range(_MOST_ROUNDS):
        span = {"after": after, "until": position} if newest_first else {"after": position, "until": until}
        read = [listed(selection.by, name, **span, limit=limit, newest_first=newest_first) for name in selection.lists]
        # Each list gave its first ones, so the first ones of all are among them.
        merged = sorted((event for part in read for event in part), key=_position, reverse=newest_first)
        for event in merged[:limit]:
            position = event.position
            if selection.includes(event):
                events.append(event)
                if len(events) == limit:
                    return EventPage(events, position, has_more=True)
        if len(merged) < limit:
            return EventPage(events, position, has_more=False)
    return EventPage(events, position, has_more=True)


def _position(event: EventRow) -> str:
    return event.position


def first_position(begin: datetime | None, *, at: datetime) -> str:
    """Return where a list begins: at a moment, or with what is kept."""
    oldest = at - RETENTION
    return position_of(max(begin, oldest) if begin is not None else oldest)


def last_position(end: datetime | None, *, at: datetime) -> str:
    """Return where a list ends: before a moment, or with what is complete."""
    complete = complete_until(at)
    return position_of(min(end, complete) if end is not None else complete)


def _all_lists() -> list[str]:
    page, position = programs.walk_page(limit=_MOST_PROGRAMS, position=None)
    if position is not None:
        raise InvalidValue(f"There are more than {_MOST_PROGRAMS} programs; name one.", pointer="/program")
    return [name for program_id in (*(one.id for one in page), None) for name in lists_of(program_id)]


def _about(subject: str, program_id: str | None, includes: Callable[[EventRow], bool]) -> Selection:
    """Return the list of a partner or customer, or of whose conversion, reward, introduction or material it is."""
    if subject.startswith(("cnv_", "rwd_")):
        conversion_id = subject
        if subject.startswith("rwd_"):
            reward = rows.find(Reward, subject, REWARD)
            conversion_id = reward.decision_id if reward is not None else ""
        conversion = rows.find(Conversion, conversion_id, "conversion") if conversion_id else None
        lists = [conversion.customer_id] if conversion is not None else []
        return Selection("customer", lists, lambda event: includes(event) and names(event, subject))
    if subject.startswith(("itr_", "mat_")):
        by, lists = _lists_of(subject)
        return Selection(by, lists, lambda event: includes(event) and names(event, subject))
    identifiers = owner_ids(subject, program_id)
    if len(identifiers) > 1:
        raise InvalidValue(f"Both a partner and a customer have the id {subject!r}; use our id.", pointer="/subject")
    if not all(one.startswith(("ptr_", "cus_")) for one in identifiers):
        raise InvalidValue(
            "A subject is a partner, a customer, a conversion, a reward, an introduction or a material.",
            pointer="/subject",
        )
    of_customer = any(one.startswith("cus_") for one in identifiers)
    return Selection("customer" if of_customer else "partner", identifiers, includes)


def _lists_of(subject: str) -> tuple[By, list[str]]:
    """Return where the events of an introduction are, with those of its partner; of a material, of its program."""
    # Few requests are about these, so no start of the API waits for their rows.
    from chalicelib.introductions.table import INTRODUCTION, Introduction
    from chalicelib.materials.table import MATERIAL, Material

    if subject.startswith("mat_"):
        material = rows.find(Material, subject, MATERIAL)
        return "program", lists_of(material.program_id) if material is not None else []
    introduction = rows.find(Introduction, subject, INTRODUCTION)
    return "partner", [introduction.partner_id] if introduction is not None else []


def names(event: EventRow, identifier: str) -> bool:
    """Return whether an event is about a conversion, a reward, an introduction or a material."""
    return identifier in (event.subject_id, event.data.get("conversion"))


def _includes(event: EventRow, *, program_id: str | None, name: str | None) -> bool:
    return (program_id is None or event.program_id == program_id) and (name is None or fits(event.type, name))
