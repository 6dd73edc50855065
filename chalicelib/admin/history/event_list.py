"""Lists the events of a subject, such as a program, a partner or an order, newest first, by type and time."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated

from msgspec import Meta

from chalicelib.admin import codes
from chalicelib.admin.english import minute
from chalicelib.admin.history.event_pages import describe, heading_and_links, names_in, zone_of_event
from chalicelib.admin.history.event_sentences import sentence
from chalicelib.admin.lists import ListOf, Row
from chalicelib.events import find
from chalicelib.events.catalog import CATALOG
from chalicelib.events.table import EventRow
from chalicelib.events.view import view_event
from chalicelib.kit import bodies, cursors, instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.shapes import SpanQuery
from chalicelib.search.by_event import Expansion, Selection, read


class EventFilters(SpanQuery, forbid_unknown_fields=True, kw_only=True):
    """Which events: about a subject, of a type; by when they were recorded."""

    subject: Annotated[str, Meta(max_length=104)]
    type: Annotated[str, Meta(max_length=40)] | None = None


def events(subject: str, *, since: datetime | None = None, at: datetime) -> ListOf:
    """Return the list of a subject's events; those of a program that were recorded *since* then are marked as new."""
    title, links = heading_and_links(subject)
    return ListOf(
        name="events",
        section="events",
        title=title,
        path="events",
        query=EventFilters,
        read=partial(_read, at=at),
        rows=partial(_rows, subject=subject, since=since if subject.startswith("prg_") else None),
        header=("Happened", "Recorded", "Type", "What", "Program", "Partner", "Customer", "About", "ID"),
        lines=_lines,
        columns=("type",),
        own=("subject",),
        more={
            "subject": subject,
            "links": links,
            "types": sorted(((one, codes.name_of(one.replace(".", "_"))) for one in CATALOG), key=lambda one: one[1]),
            "complete_until": minute(find.complete_until(at)),
            "choices": [],
            "typed": "",
        },
    )


def _read(query: EventFilters, *, at: datetime) -> ListPage[EventRow]:
    is_program = query.subject.startswith("prg_")
    program, subject = (query.subject, None) if is_program else (None, query.subject)
    selection = find.select(program, query.type, subject)
    begin, end = bodies.read_span(query)
    first, last = find.first_position(begin, at=at), find.last_position(end, at=at)
    listed = Selection(selection.by, selection.lists, first, last, selection.includes)
    return cursors.page(
        partial(read, listed, Expansion(lambda several: [[one] for one in several], 0)),
        list,
        limit=query.limit,
        cursor=query.cursor,
        order=query.order,
        of=f"admin events {query.subject} {query.type} {query.from_} {query.to}",
    )


def _rows(page: list[EventRow], *, subject: str, since: datetime | None) -> list[Row]:
    names = names_in(page)
    return [
        {
            **describe(one, names, subject),
            "new": since is not None and one.written_at > since,
            "sort": {"at": one.position, "type": codes.name_of(one.type.replace(".", "_"))},
        }
        for one in page
    ]


def _lines(page: list[EventRow]) -> list[Sequence[Cell]]:
    names = names_in(page)
    return [
        (
            *(instants.text(one.occurred_at), instants.text(one.written_at), one.type),
            sentence(view_event(one), names, zone_of_event(one)),
            *(one.program_id or "", one.partner_id or "", one.customer_id or "", one.subject_id, one.id),
        )
        for one in page
    ]
