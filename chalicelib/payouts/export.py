"""Exports a prepared payout for whoever moves the money."""

from chalicelib.kit.errors import Refused
from chalicelib.ledger.find_owner import find_owner
from chalicelib.partners.find import Member
from chalicelib.payouts.find import PayoutConflict, find, items
from chalicelib.payouts.formats import Format, Payee, as_csv
from chalicelib.payouts.table import FROZEN, PREPARING, Item

Position = dict[str, object]


class PayeeUnreachable(Refused):
    """Somebody on the list has no e-mail address, which this format needs."""


def export(identifier: str, form: Format, *, limit: int, position: Position | None) -> tuple[str, Position | None]:
    """
    Return one page of the list as CSV, and where the next one begins.

    A list for PayPal or Wise has only what is still frozen: what is paid must not be sent again.

    Refused: a list that is still being prepared, and a payee without the address the format needs;
    fail that item first, and it goes back to what they are due.
    """
    payout = find(identifier)
    if payout.status == PREPARING:
        raise PayoutConflict("The payout is still being prepared; its list is not final.")
    found, following = items(identifier, limit=limit, position=position)
    payees = [_payee(item, payout.currency) for item in found if form == "generic" or item.status == FROZEN]
    missing = [payee.owner for payee in payees if payee.email is None and form != "generic"]
    if missing:
        raise PayeeUnreachable(
            "Some have no e-mail address; fail their items, or use `generic`.", shown={"owners": missing}
        )
    return as_csv(payees, form, first=position is None), following


def _payee(item: Item, currency: str) -> Payee:
    owner = find_owner(item.owner_id)
    name, email = "", None
    if isinstance(owner, Member):
        name, email = owner.partner.payee_name, owner.partner.payee_email
    elif owner is not None:
        name, email = owner.customer.name or owner.customer.external_id, owner.customer.email
    return Payee(item.owner_id, name, email, item.amount, currency, item.id, item.seq, item.status)
