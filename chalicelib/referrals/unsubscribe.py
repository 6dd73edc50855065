"""Stores that a customer wants no emails, or wants them again."""

from datetime import datetime

from chalicelib.kit.dynamo import writes
from chalicelib.referrals.find import by_id
from chalicelib.referrals.table import Customer


def unsubscribe(customer_id: str, *, on: bool, at: datetime) -> bool:
    """Turn a customer's emails on or off; emails about what is theirs come all the same. Returns False if unknown."""
    known = by_id(customer_id)
    if known is None:
        return False
    change = Customer.unsubscribed_at.remove() if on else Customer.unsubscribed_at.set(at)
    same = Customer.external_id == known.customer.external_id
    writes.commit(writes.update_if(known.customer, change, condition=same))
    return True
