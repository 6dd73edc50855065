"""Lists the items of a payout by owner: all of them, or those with a status, such as failed."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import get_args

from chalicelib.admin import codes
from chalicelib.admin.english import money
from chalicelib.admin.lists import ListOf, Row
from chalicelib.admin.money.payout_list import describe
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.shapes import fold
from chalicelib.notes.note import view_notes
from chalicelib.payouts import find
from chalicelib.payouts.approval import needs_approval, read_settings
from chalicelib.payouts.export import payees
from chalicelib.payouts.shapes import ItemsQuery, ItemStatus, PayoutView
from chalicelib.payouts.table import PREPARED, Item, Payout
from chalicelib.search.payout_items import list_items


def items(identifier: str, *, at: datetime) -> ListOf:
    """Return the list of a payout's items."""
    payout = find.find(identifier)
    return ListOf(
        name="payout_items",
        section="payouts",
        title=f"Items of payout {payout.id[-10:]}",
        path=f"payouts/{payout.id}/items",
        query=ItemsQuery,
        read=lambda query: list_items(payout.id, query, list),
        rows=lambda page: item_rows(page, payout.currency, at=at),
        header=("To", "Name", "Address", "Amount", "Currency", "Status", "Reference", "Note"),
        lines=partial(_lines, currency=payout.currency, at=at),
        newest="",
        columns=("name", "amount", "status"),
        more={
            "payout": describe(PayoutView.of(payout)),
            "awaits_approval": waits_for_approval(payout),
            "statuses": [(one, codes.name_of(one)) for one in get_args(ItemStatus)],
        },
    )


def waits_for_approval(payout: Payout) -> bool:
    """Return whether a second person must approve a payout before it is paid."""
    return payout.status == PREPARED and needs_approval(payout, read_settings().above)


def item_rows(page: Sequence[Item], currency: str, *, at: datetime) -> list[Row]:
    """Return items as pages show them: to whom, how much, what became of it, and why."""
    return [
        {
            "owner": item.owner_id,
            "partner": item.owner_id.startswith("ptr_"),
            "name": payee.name or item.owner_id,
            "email": payee.email or "no email address",
            "amount": money(item.amount, currency),
            "status": item.status,
            "note": note,
            "sort": {"name": fold(payee.name), "amount": item.amount, "status": item.status},
        }
        for item, payee, note in zip(page, payees(list(page), currency, at=at), view_notes(page), strict=True)
    ]


def _lines(page: list[Item], *, currency: str, at: datetime) -> list[Sequence[Cell]]:
    return [
        (
            *(item.owner_id, payee.name, payee.email or "", item.amount, currency, item.status, item.reference),
            (note.words or "") if note else "",
        )
        for item, payee, note in zip(page, payees(page, currency, at=at), view_notes(page), strict=True)
    ]
