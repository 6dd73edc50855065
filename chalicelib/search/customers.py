"""Lists customers: all of them, by when they were first reported; or those who were referred, by when they were."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chalicelib.events.table import EventRow
from chalicelib.kit import bodies, cursors
from chalicelib.kit.cursors import ListPage, Stretch
from chalicelib.referrals.find import find_rows, list_between
from chalicelib.referrals.shapes import CustomersQuery, CustomerSummary
from chalicelib.referrals.table import Customer
from chalicelib.search.by_event import About, Expansion, about, read, select
from chalicelib.search.referrals import referrals_of

_CALLS = 2 + 2


def list_customers(query: CustomersQuery, *, at: datetime) -> ListPage[CustomerSummary]:
    """Return a page of the customers that are asked for, as they are now."""
    focus = about(program=query.program, partner=query.partner, link=query.link)
    span = bodies.read_span(query)
    if focus == About():
        read_customers = partial(_read_all, span)
    else:
        selection = select(focus, span, lambda event: event.type == "referral.created", at=at)
        read_customers = partial(read, selection, Expansion(_customers_of, _CALLS))
    return cursors.page(
        read_customers,
        lambda customers: [CustomerSummary.of(one) for one in customers],
        limit=query.limit,
        cursor=query.cursor,
        of=f"customers {focus} {query.from_} {query.to}",
    )


def _read_all(
    span: tuple[datetime | None, datetime | None], *, after: str, before: str, newest_first: bool, limit: int
) -> Stretch[Customer]:
    begin, end = span
    between = {"after": after, "before": before}
    return Stretch(list_between(begin=begin, end=end, **between, newest_first=newest_first, limit=limit))


def _customers_of(events: Sequence[EventRow]) -> list[list[Customer]]:
    """Return the customer of each event with which somebody was referred, unless it was another who did in the end."""
    referrals = referrals_of(events)
    customers = find_rows(one.customer_id for several in referrals for one in several)
    return [[customers[one.customer_id] for one in several if one.customer_id in customers] for several in referrals]
