"""Exports a prepared payout for payment."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from chalicelib.kit import csv_text
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.kit.keyed_digests import fingerprints
from chalicelib.kit.responses import Document
from chalicelib.ledger.find_owner import payee_of, payees_of, people_of
from chalicelib.partners import find as partners
from chalicelib.partners.hand_over_table import former_payees
from chalicelib.partners.table import Partner
from chalicelib.payouts.find import PayoutConflict, find, iterate_items
from chalicelib.payouts.formats import Format, Payee, write_csv
from chalicelib.payouts.table import FROZEN, MOST_OF_A_FILE, PREPARING, Item, Payout
from chalicelib.referrals import find as referrals
from chalicelib.referrals.table import Customer


class PayeeEmailInvalid(Refused):
    """Someone on the list has no email address that fits this format."""


class PayeeChanged(Refused):
    """Someone's payout details changed after the list was frozen."""

    STATUS_CODE = 409


class PayoutInParts(Refused):
    """The list is too long for one file; request each of its parts."""


def export(identifier: str, form: Format, *, part: int | None, locale: str | None = None, at: datetime) -> Document:
    """
    Return the list as CSV, whole; or one of its parts, named as one, if it is longer than a file may be.

    A list for PayPal or Wise has only what is still frozen: what is paid must not be sent again. What
    is in which part never changes.

    It names the payee it was frozen for, even if the payee has changed since. Refused: a list that is still being
    prepared, or that still needs a second person's approval; one of several parts without the number of a part; a payee
    without the address the format needs, and one who changed so often that it is no longer known: fail that item
    first, and it goes back to what they are due.
    """
    payout = find(identifier)
    if payout.status == PREPARING:
        raise PayoutConflict("The payout is still being prepared; its list is not final.")
    # A start of the API does not wait for it.
    from chalicelib.payouts.approval import check_approved

    check_approved(payout)
    part = _part(payout, part)
    items = _items(payout, part)
    listed = [item for item in items if form == "generic" or item.status == FROZEN]
    to_pay = payees(listed, payout.currency, at=at)
    _check_unchanged(listed, to_pay)
    unreachable = [
        payee.owner for payee in to_pay if form != "generic" and not (payee.email and csv_text.carries(payee.email))
    ]
    if unreachable:
        raise PayeeEmailInvalid(
            "Some people have no email address that fits this format; mark their items as failed, or use `generic`.",
            details={"owners": unreachable},
        )
    name = f"payout-{payout.id[-10:]}-{form}"
    kind, text = "text/csv; charset=utf-8", write_csv(to_pay, form, locale=locale)
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
            f"This list has {payout.parts} files; request each, from `part=1` to `part={payout.parts}`.",
            pointer="/part",
            details={"parts": payout.parts},
        )
    if part is not None and part > payout.parts:
        raise InvalidValue(f"This list has {payout.parts} part(s).", pointer="/part")
    return part or 1


def payees(items: list[Item], currency: str, *, at: datetime) -> list[Payee]:
    """Return the payee of each item, as it was frozen; without name and address if they are no longer known."""
    owner_ids = [item.owner_id for item in items]
    owners: dict[str, Partner | Customer] = {**partners.find_rows(owner_ids), **referrals.find_rows(owner_ids)}
    listed = []
    for item in items:
        name, email = _sealed_payee(item, owners.get(item.owner_id), at=at) or ("", None)
        listed.append(
            Payee(item.owner_id, name, email, item.amount, currency, item.id, item.seq, item.status, item.reference)
        )
    return listed


def _check_unchanged(items: list[Item], to_pay: list[Payee]) -> None:
    """Refuse a list if a payee has changed since it was frozen."""
    changed = [
        item.owner_id
        for item, payee in zip(items, to_pay, strict=True)
        if item.status == FROZEN and item.payee is not None and (payee.name, payee.email) == ("", None)
    ]
    if changed:
        raise PayeeChanged(
            "Some payees changed after the list was frozen; mark their items as failed, and the next payout pays them.",
            details={"owners": changed},
        )


def _sealed_payee(item: Item, owner: Partner | Customer | None, *, at: datetime) -> tuple[str, str | None] | None:
    """Return the name and the address an item was frozen for; None if they are no longer known."""
    if owner is None:
        return None
    now = payee_of(owner, at)
    people = people_of(owner)
    if item.payee is not None and item.status != FROZEN and any(one.handed_over_at is not None for one in people):
        # Who was paid then may have been another person: their name stays true, or is left out once it was erased.
        payees = [*payees_of(owner, at), *former_payees(people)]
        return next((one for one in payees if item.payee in fingerprints(*one)), None)
    # Owners without an address then may have one now; the payee is the same person.
    if item.payee is None or item.status != FROZEN or item.payee in fingerprints(now[0], None):
        return now
    return next((one for one in payees_of(owner, at) if item.payee in fingerprints(*one)), None)
