"""Lists customers: who were sent by partners, by when they were, with each referral."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chalicelib.events.table import EventRow
from chalicelib.kit import bodies, cursors
from chalicelib.kit.cursors import ListPage
from chalicelib.referrals.find import find_rows
from chalicelib.referrals.shapes import CustomersQuery, ReferredCustomer
from chalicelib.referrals.table import Customer, Referral
from chalicelib.search.by_event import Expansion, about, read, select
from chalicelib.search.referrals import referrals_of

_CALLS = 2 + 2 + 2


def list_customers(query: CustomersQuery, *, at: datetime) -> ListPage[ReferredCustomer]:
    """Return a page of the requested customers, as they are now."""
    focus = about(program=query.program, partner=query.partner, link=query.link)
    selection = select(focus, bodies.read_span(query), lambda event: event.type == "referral.created", at=at)
    return cursors.page(
        partial(read, selection, Expansion(_customers_of, _CALLS)),
        lambda listed: [ReferredCustomer.of(*one) for one in listed],
        limit=query.limit,
        cursor=query.cursor,
        of=f"customers {focus} {query.from_} {query.to}",
    )


def _customers_of(events: Sequence[EventRow]) -> list[list[tuple[Customer, Referral]]]:
    """Return the customer of each event of a referral, unless another referral holds in the end."""
    referrals = referrals_of(events)
    customers = find_rows(one.customer_id for several in referrals for one in several)
    return [
        [(customers[one.customer_id], one) for one in several if one.customer_id in customers] for several in referrals
    ]
