"""Changes what a partner settles for themselves: their language, and who is paid."""

from chalicelib.kit import writes
from chalicelib.kit.errors import Busy
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.partners.find import Member, find
from chalicelib.partners.shapes import NewSettings
from chalicelib.partners.table import Partner


def change_settings(reference: str, new: NewSettings, *, receipt: Receipt = no_receipt) -> Member:
    """Put a partner's settings in the place of those before, all of them; the same again changes nothing."""
    partner = find(reference).partner
    actions = [
        Partner.locale.set(new.locale),
        Partner.payout_name.set(new.payout_name) if new.payout_name else Partner.payout_name.remove(),
        Partner.payout_email.set(new.payout_email) if new.payout_email else Partner.payout_email.remove(),
    ]
    changed = writes.change(partner, *actions, condition=Partner.created_at == partner.created_at)
    if writes.commit(changed, *receipt(find(reference))):
        raise Busy("The same call is under way; send it again.")
    return find(reference)
