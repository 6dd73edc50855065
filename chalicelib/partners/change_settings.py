"""Changes what a partner settles for themselves: their language, and who is paid."""

from datetime import datetime

from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.partners.find import Member, find
from chalicelib.partners.shapes import NewSettings
from chalicelib.partners.table import Partner, PayeeChange, payee_key


def change_settings(reference: str, new: NewSettings, *, at: datetime, receipt: Receipt = no_receipt) -> Member:
    """
    Put a partner's settings in the place of those before, all of them; the same again changes nothing.

    If somebody else is paid from now on, a row of its own says so, by the same write: the partner is told.
    """
    member = find(reference)
    partner = member.partner
    wanted = [_stored(partner, new)]
    payee = _payee_change(partner, new, at=at)
    if payee is not None:
        wanted.append(writes.insert(payee))
    if writes.commit(*wanted, *receipt(member)):
        raise Busy("Somebody else changes these settings, or the same call is under way; send it again.")
    return find(reference)


def _stored(partner: Partner, new: NewSettings) -> writes.Write:
    """Return the write of all settings, if who is paid is still as it was seen: what changed is told rightly."""
    actions = [Partner.locale.set(new.locale)]
    condition = Partner.created_at == partner.created_at
    for field, before, after in (
        (Partner.payout_name, partner.payout_name, new.payout_name),
        (Partner.payout_email, partner.payout_email, new.payout_email),
    ):
        actions.append(field.set(after) if after else field.remove())
        condition &= field == before if before is not None else field.does_not_exist()
    return writes.update_if(partner, *actions, condition=condition)


def _payee_change(partner: Partner, new: NewSettings, *, at: datetime) -> PayeeChange | None:
    """Return the row that says how who is paid changes; None if it stays who it is."""
    name, email = new.payout_name or partner.name, new.payout_email or partner.email
    renamed, readdressed = name != partner.payee_name, email != partner.payee_email
    if not renamed and not readdressed:
        return None
    return PayeeChange(
        payee_key(partner.id),
        ids.ulid(at),
        partner_id=partner.id,
        name_end=_end(name, most=3) if renamed else None,
        email_end=end_of_address(email) if readdressed else None,
        created_at=at,
    )


def end_of_address(email: str | None) -> str:
    """Return an address as emails show it to its owner: how its name ends, and its host."""
    name, _, host = (email or "").rpartition("@")
    return f"{_end(name, most=2)}@{host}" if email else "–"


def _end(text: str, *, most: int) -> str:
    """Return how a text ends: enough to know it again, and never more than half of it."""
    shown = min(most, len(text) // 2)
    return "…" + text[len(text) - shown :]
