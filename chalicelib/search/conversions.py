"""Lists conversions: by program, partner, customer, link and type, in the order in which they were recorded."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chalicelib.conversions.shapes import ConversionsQuery, ConversionState
from chalicelib.conversions.table import CREDIT, Conversion, Credit
from chalicelib.events.table import EventRow
from chalicelib.kit import bodies, cursors
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.dynamo import rows
from chalicelib.search.by_event import Expansion, about, read, select

# Those of a page and the one behind it, each with its credit: three times a hundred keys.
_CALLS = 3

ConversionAndCredit = tuple[Conversion, Conversion]


def list_conversions(query: ConversionsQuery, *, at: datetime) -> ListPage[ConversionState]:
    """Return a page of the conversions that are asked for, as they are now."""
    focus = about(program=query.program, partner=query.partner, customer=query.customer, link=query.link)
    # One that was credited late is its partner's by another event than the one with which it was recorded.
    types = {"conversion.recorded"} | ({"conversion.credited"} if focus.partner is not None else set())
    selection = select(
        focus,
        bodies.read_span(query),
        lambda event: event.type in types and query.type in (None, event.data["type"]),
        at=at,
    )
    return cursors.page(
        partial(read, selection, Expansion(_conversions_of, _CALLS)),
        lambda listed: [ConversionState.of(*one) for one in listed],
        limit=query.limit,
        cursor=query.cursor,
        of=f"conversions {focus} {query.type} {query.from_} {query.to}",
    )


def _conversions_of(events: Sequence[EventRow]) -> list[list[ConversionAndCredit]]:
    """Return the conversion of each event, and how it is credited."""
    conversions = rows.find_all(Conversion, [(event.subject_id, "conversion") for event in events])
    unattributed = [one for one, _ in conversions if conversions[one, "conversion"].partner_id is None]
    credits_ = rows.find_all(Credit, [(one, CREDIT) for one in unattributed])
    return [
        [(conversion, credits_.get((event.subject_id, CREDIT), conversion))]
        if (conversion := conversions.get((event.subject_id, "conversion"))) is not None
        else []
        for event in events
    ]
