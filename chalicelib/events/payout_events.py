"""The events of payouts: that the list is final, and that every item of it is settled."""

from collections.abc import Sequence

from chalicelib.events.data import PayoutData
from chalicelib.events.record import new_event
from chalicelib.events.table import EventRow
from chalicelib.kit import instants
from chalicelib.kit.money import Money
from chalicelib.payouts.table import Payout, PayoutRow


def events_for_payouts(facts: Sequence[PayoutRow]) -> list[EventRow]:
    """Return the events of payouts, as they are now."""
    return [event for fact in facts if isinstance(fact, Payout) for event in payout_events(fact)]


def payout_events(payout: Payout) -> list[EventRow]:
    """Return the events of a payout so far."""
    total = Money(payout.total, payout.currency)
    paid, returned = (Money(amount, payout.currency) for amount in (payout.paid, payout.returned))
    listed = PayoutData(total, payout.items)
    settled = PayoutData(total, payout.items, paid, returned)
    moments = [("payout.prepared", payout.prepared_at, listed), ("payout.settled", payout.settled_at, settled)]
    return [
        new_event(name, payout.id, occurred_at=instants.parse(at), subject_id=payout.id, data=data)
        for name, at, data in moments
        if at is not None
    ]
