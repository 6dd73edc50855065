"""Exports a prepared payout for whoever moves the money."""

from collections.abc import Iterator
from itertools import islice

from chalicelib.kit import csv_text
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.kit.responses import Document
from chalicelib.partners import find as partners
from chalicelib.payouts.find import PayoutConflict, find, iterate_items
from chalicelib.payouts.formats import Format, Payee, write_csv
from chalicelib.payouts.table import FROZEN, MOST_OF_A_FILE, PREPARING, Item, Payout
from chalicelib.referrals import find as referrals


class PayeeEmailInvalid(Refused):
    """Someone on the list has no email address, which this format needs, or one that a file cannot carry safely."""


class PayoutInParts(Refused):
    """The list is too long for one file; ask for each of its parts."""


def export(identifier: str, form: Format, *, part: int | None, locale: str | None = None) -> Document:
    """
    Return the list as CSV, whole; or, if it is longer than a file may be, one of its parts, named as that.

    A list for PayPal or Wise has only what is still frozen: what is paid must not be sent again. What
    is in which part never changes.

    Refused: a list that is still being prepared or asked for without saying which part, and a payee
    without the address the format needs; fail that item first, and it goes back to what they are due.
    """
    payout = find(identifier)
    if payout.status == PREPARING:
        raise PayoutConflict("The payout is still being prepared; its list is not final.")
    part = _part(payout, part)
    items = _items(payout, part)
    payees = _payees([item for item in items if form == "generic" or item.status == FROZEN], payout.currency)
    unreachable = [
        payee.owner for payee in payees if form != "generic" and not (payee.email and csv_text.carries(payee.email))
    ]
    if unreachable:
        raise PayeeEmailInvalid(
            "Some people have no email address that this file can carry; fail their items, or use `generic`.",
            details={"owners": unreachable},
        )
    name = f"payout-{payout.id[-10:]}-{form}"
    kind, text = "text/csv; charset=utf-8", write_csv(payees, form, locale=locale)
    if payout.parts == 1:
        return Document(text, kind, f"{name}.csv")
    return Document(text, kind, f"{name}-part-{part}-of-{payout.parts}.csv", part=f"{part} of {payout.parts}")


def _items(payout: Payout, part: int) -> Iterator[Item]:
    """Return the items of a part: read from where it begins, unless the list was sealed before that was kept."""
    if part == 1 or payout.part_starts:
        after = payout.part_starts[part - 2] if part > 1 else None
        return islice(iterate_items(payout.id, after=after), MOST_OF_A_FILE)
    begin = (part - 1) * MOST_OF_A_FILE
    return islice(iterate_items(payout.id), begin, begin + MOST_OF_A_FILE)


def _part(payout: Payout, part: int | None) -> int:
    if part is None and payout.parts > 1:
        raise PayoutInParts(
            f"This list is {payout.parts} files; ask for each, from `part=1` to `part={payout.parts}`.",
            pointer="/part",
            details={"parts": payout.parts},
        )
    if part is not None and part > payout.parts:
        raise InvalidValue(f"This list has {payout.parts} part(s).", pointer="/part")
    return part or 1


def _payees(items: list[Item], currency: str) -> list[Payee]:
    partner_rows = partners.find_rows(item.owner_id for item in items)
    customer_rows = referrals.find_rows(item.owner_id for item in items)
    payees = []
    for item in items:
        name, email = "", None
        if (partner := partner_rows.get(item.owner_id)) is not None:
            name, email = partner.payee_name, partner.payee_email
        elif (customer := customer_rows.get(item.owner_id)) is not None:
            # As the server reported them: what a page said is no address to pay to.
            name, email = customer.name or customer.external_id, customer.email
        payees.append(
            Payee(item.owner_id, name, email, item.amount, currency, item.id, item.seq, item.status, item.reference)
        )
    return payees
