"""Lists customers: those that partners referred, with each referral; or those that no partner referred."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chalicelib.events.table import EventRow
from chalicelib.kit import bodies, cursors
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.referrals.find import find_rows
from chalicelib.referrals.shapes import CustomersQuery, ListedCustomer
from chalicelib.referrals.table import Customer, Referral, referral_key
from chalicelib.search.by_event import Expansion, about, read, select
from chalicelib.search.referrals import referrals_of

_CALLS = 2 + 2 + 2
_CALLS_UNREFERRED = 2 + 2


def list_customers(query: CustomersQuery, *, at: datetime) -> ListPage[ListedCustomer]:
    """Return a page of the requested customers, as they are now."""
    if query.referred == "no":
        return _list_unreferred(query, at=at)
    focus = about(program=query.program, partner=query.partner, link=query.link)
    selection = select(focus, bodies.read_span(query), lambda event: event.type == "referral.created", at=at)
    return cursors.page(
        partial(read, selection, Expansion(_customers_of, _CALLS)),
        lambda listed: [ListedCustomer.of(*one) for one in listed],
        limit=query.limit,
        cursor=query.cursor,
        order=query.order,
        of=f"customers {focus} {query.from_} {query.to}",
    )


def _customers_of(events: Sequence[EventRow]) -> list[list[tuple[Customer, Referral]]]:
    """Return the customer of each event of a referral, unless another referral holds in the end."""
    referrals = referrals_of(events)
    customers = find_rows(one.customer_id for several in referrals for one in several)
    return [
        [(customers[one.customer_id], one) for one in several if one.customer_id in customers] for several in referrals
    ]


def _list_unreferred(query: CustomersQuery, *, at: datetime) -> ListPage[ListedCustomer]:
    """Return a page of the customers that no partner referred, by the conversion with which each came."""
    for name in ("partner", "link"):
        if getattr(query, name) is not None:
            raise InvalidValue("No partner referred these customers: leave out partner and link.", pointer=f"/{name}")
    focus = about(program=query.program)
    selection = select(focus, bodies.read_span(query), _is_uncredited, at=at)
    return cursors.page(
        partial(read, selection, Expansion(_unreferred_of, _CALLS_UNREFERRED)),
        lambda listed: [
            ListedCustomer.unreferred(one, program=str(event.program_id), conversion=event.subject_id)
            for event, one in listed
        ],
        limit=query.limit,
        cursor=query.cursor,
        order=query.order,
        of=f"unreferred customers {focus} {query.from_} {query.to}",
    )


def _is_uncredited(event: EventRow) -> bool:
    return event.type == "conversion.recorded" and event.partner_id is None and event.customer_id is not None


def _unreferred_of(events: Sequence[EventRow]) -> list[list[tuple[EventRow, Customer]]]:
    """Return the customer of each event of the conversion with which they came, unless they were referred since."""
    customers = find_rows(dict.fromkeys(str(event.customer_id) for event in events))
    uncredited = [
        (event, customer)
        for event in events
        if (customer := customers.get(str(event.customer_id))) is not None and _came_with(event, customer)
    ]
    keys = {event.id: (customer.customer_id, referral_key(str(event.program_id))) for event, customer in uncredited}
    referred = rows.find_all(Referral, list(keys.values()))
    listed = {event.id: (event, one) for event, one in uncredited if keys[event.id] not in referred}
    return [[listed[event.id]] if event.id in listed else [] for event in events]


def _came_with(event: EventRow, customer: Customer) -> bool:
    """Return whether an event is of the conversion that made a customer known. A merged guest is another customer."""
    if customer.merged_into is not None:
        return False
    if customer.first_conversion is not None:
        return customer.first_conversion == event.subject_id
    return customer.created_at == event.occurred_at
