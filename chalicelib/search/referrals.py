"""Lists referrals: customers with the partners who referred them, in the order in which they were bound."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chalicelib.events.table import EventRow
from chalicelib.kit import bodies, cursors
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.dynamo import rows
from chalicelib.referrals.shapes import ReferralsQuery, ReferralView
from chalicelib.referrals.table import Referral, referral_key
from chalicelib.search.by_event import Expansion, about, read, select

# Twice, where guests were merged: their referrals are those of the customers that they turned out to be.
_CALLS = 2 + 2


def list_referrals(query: ReferralsQuery, *, at: datetime) -> ListPage[ReferralView]:
    """Return a page of the requested referrals, as they are now."""
    focus = about(program=query.program, partner=query.partner, customer=query.customer, link=query.link)
    selection = select(focus, bodies.read_span(query), lambda event: event.type == "referral.created", at=at)
    return cursors.page(
        partial(read, selection, Expansion(referrals_of, _CALLS)),
        lambda listed: [ReferralView.of(one) for one in listed],
        limit=query.limit,
        cursor=query.cursor,
        order=query.order,
        of=f"referrals {focus} {query.from_} {query.to}",
    )


def referrals_of(events: Sequence[EventRow]) -> list[list[Referral]]:
    """Return the referral of each event; none where another came in its place."""
    keys = [(str(event.customer_id), referral_key(str(event.program_id))) for event in events]
    stored = rows.find_all(Referral, keys)
    moved = {key: (row.merged_into, key[1]) for key, row in stored.items() if row.merged_into is not None}
    accounts = rows.find_all(Referral, list(moved.values()))
    bound = stored | {key: accounts[there] for key, there in moved.items() if there in accounts}
    return [
        [referral] if (referral := bound.get(key)) is not None and referral.id == event.subject_id else []
        for event, key in zip(events, keys, strict=True)
    ]
