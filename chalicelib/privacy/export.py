"""A copy of all data about a person, page by page."""

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.access.endpoint import Call
from chalicelib.events.table import EventRow
from chalicelib.introductions.table import Introduction
from chalicelib.kit import cursors, instants
from chalicelib.kit.dynamo.writes import AnyRow
from chalicelib.kit.walk import Deadline
from chalicelib.partners.find import PartnerProfile
from chalicelib.privacy.former import is_of_former
from chalicelib.privacy.people import Kind, Person, find_person
from chalicelib.privacy.places import PLACES
from chalicelib.privacy.sources import NEW_LINKS, steps
from chalicelib.referrals.personal_shapes import PersonalDataQuery, PersonalDataView, PersonalRecord

_MOST_SECONDS = 5.0
# What a partner said of somebody else.
_OF_THE_INTRODUCED = ("person", "answers")


def show_data(kind: Kind, reference: str, call: Call[None, PersonalDataQuery]) -> PersonalDataView:
    """Return one page of what is kept about a partner or a customer."""
    return copy_page(find_person(kind, reference), call.query.cursor, limit=call.query.limit, at=call.at)


def copy_page(person: Person, cursor: str | None, *, limit: int, at: datetime) -> PersonalDataView:
    """
    Return one page of a copy: at least *limit* records, if there are as many; a page of rows is never split.

    Bounded by time: a page may be short if many rows were read for it; `has_more` says that more may follow.
    """
    named = f"data of {person.id}"
    place = cursors.read(cursor, of=named) or {}
    deadline, records = Deadline(_MOST_SECONDS), list[PersonalRecord]()
    source: str | None = place.get("source")
    following = None
    for step in steps(person, source, place.get("position"), at=at):
        page = step.rows if step.read_from != NEW_LINKS else []
        records += [copied for row in page if (copied := copy_row(row, person)) is not None]
        following = {"source": step.source, "position": step.position} if step.source is not None else None
        if len(records) >= limit or deadline.passed:
            break
    return PersonalDataView(
        "personal_data",
        partner=person.id if person.kind == "partner" else None,
        customer=person.id if person.kind == "customer" else None,
        as_of=instants.text(at),
        data=records,
        has_more=following is not None,
        next_cursor=cursors.write(following, of=named),
    )


def copy_row(row: AnyRow, person: Person) -> PersonalRecord | None:
    """Return the personal content of a row; None for a row without any, or about other people."""
    place = PLACES.get(type(row))
    if place is None or _is_of_another_holder(row, person):
        return None
    fields = {name: getattr(row, name) for name in place.copied if getattr(row, name) is not None}
    if isinstance(row, Introduction) and row.partner_id == person.id:
        fields = {name: value for name, value in fields.items() if name not in _OF_THE_INTRODUCED}
    if isinstance(row, EventRow):
        fields["data"] = _data(row, person)
    return PersonalRecord(place.name, {name: msgspec.to_builtins(_plain(value)) for name, value in fields.items()})


def _is_of_another_holder(row: AnyRow, person: Person) -> bool:
    """Return whether a row is about who held the account before: the new holder has no right to a copy of it."""
    until = person.owner.partner.handed_over_at if isinstance(person.owner, PartnerProfile) else None
    return until is not None and is_of_former(row, until)


def _data(event: EventRow, person: Person) -> dict[str, Any]:
    """Return an event's data, without what is about others: the number of a friend's order, or what they were given."""
    others = set[str]()
    if person.kind == "partner" and event.type.startswith("conversion."):
        others = {"external_id"}
    if event.data.get("owner", person.id) != person.id:
        others = {"reference"}
    return {name: value for name, value in event.data.items() if name not in others}


def _plain(value: Any) -> Any:
    return instants.text(value) if isinstance(value, datetime) else value
