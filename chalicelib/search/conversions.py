"""Lists conversions: by program, partner, customer, link and type, in the order in which they were recorded."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from chalicelib.conversions.shapes import ConversionsQuery, ConversionState
from chalicelib.conversions.table import CREDIT, Conversion, ConversionRow, CorrectedCredit, Correction, Credit
from chalicelib.events.table import EventRow
from chalicelib.kit import bodies, cursors
from chalicelib.kit.cursors import Listing, ListPage
from chalicelib.kit.dynamo import rows
from chalicelib.search.by_event import Expansion, about, read, select

# Those of a page and the one behind it, each with its credit or its last correction: three times a hundred keys.
_CALLS = 3

_CREDITED = {"conversion.credited", "conversion.moved"}

ConversionAndCredit = tuple[Conversion, Conversion]


def list_conversions(query: ConversionsQuery, *, at: datetime) -> ListPage[ConversionState]:
    """Return a page of the requested conversions, as they are now."""
    listing = conversions_of(query, at=at)
    return cursors.page(
        listing.read,
        lambda listed: [ConversionState.of(*one) for one in listed],
        limit=query.limit,
        cursor=query.cursor,
        order=query.order,
        of=listing.name,
    )


def conversions_of(query: ConversionsQuery, *, at: datetime) -> Listing[ConversionAndCredit]:
    """Return the list of the requested conversions, each with how it is credited now."""
    focus = about(program=query.program, partner=query.partner, customer=query.customer, link=query.link)
    # One that was credited late, or corrected, is its partner's by another event than the one that recorded it.
    types = {"conversion.recorded"} | (_CREDITED if focus.partner is not None else set())

    def fits(event: EventRow, one: ConversionAndCredit) -> bool:
        conversion, credited = one
        is_of_type = query.type in (None, conversion.type)
        return is_of_type and (focus.partner is None or _made_by(credited, event, conversion))

    selection = select(
        focus,
        bodies.read_span(query),
        lambda event: event.type in types and query.type in (None, event.data.get("type", query.type)),
        at=at,
    )
    return Listing(
        f"conversions {focus} {query.type} {query.from_} {query.to}",
        partial(read, selection, Expansion(partial(_conversions_of, fits), _CALLS)),
    )


def _made_by(credited: Conversion, event: EventRow, conversion: Conversion) -> bool:
    """Return whether an event is the one of a conversion's current credit."""
    if isinstance(credited, CorrectedCredit):
        return event.data.get("correction") == credited.correction_id
    return event.type == ("conversion.recorded" if credited is conversion else "conversion.credited")


def _conversions_of(
    fits: Callable[[EventRow, ConversionAndCredit], bool], events: Sequence[EventRow]
) -> list[list[ConversionAndCredit]]:
    """Return the conversion of each event, and how it is credited, if it fits."""
    listed = with_credits([event.subject_id for event in events])
    return [[one for one in several if fits(event, one)] for event, several in zip(events, listed, strict=True)]


def with_credits(identifiers: Sequence[str]) -> list[list[ConversionAndCredit]]:
    """Return each of these conversions with how it is credited now, in a list; an empty one if it is not there."""
    conversions = rows.find_all(Conversion, [(one, "conversion") for one in identifiers])
    keys = {
        one.id: (one.id, one.corrected or CREDIT)
        for one in conversions.values()
        if one.corrected is not None or one.partner_id is None
    }
    credited_by = rows.find_all(ConversionRow, list(keys.values()))

    def credited(conversion: Conversion) -> Conversion:
        row = credited_by.get(keys.get(conversion.id, ("", "")))
        if isinstance(row, Correction):
            return row.credit(conversion)
        return row if isinstance(row, Credit) else conversion

    recorded = [conversions.get((one, "conversion")) for one in identifiers]
    return [[(one, credited(one))] if one is not None else [] for one in recorded]
