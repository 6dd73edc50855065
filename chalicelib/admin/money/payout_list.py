"""Lists payouts, by currency and status, newest first."""

from collections.abc import Mapping, Sequence
from typing import get_args

from chalicelib.admin import codes
from chalicelib.admin.english import day, money, number
from chalicelib.admin.lists import ListOf, Row
from chalicelib.admin.money.adjustment_pages import limits_of
from chalicelib.kit.csv_text import Cell
from chalicelib.payouts.shapes import PayoutsQuery, PayoutStatus, PayoutView, Sum
from chalicelib.programs import find as programs
from chalicelib.search.by_id import list_payouts

_MOST_PROGRAMS = 100
_HEADER = ("Created", "Currency", "Status", "People", "Total", "Paid", "Returned", "Open", "Prepared", "Settled", "ID")


def payouts(*, done: str = "", typed: Mapping[str, str] | None = None) -> ListOf:
    """Return the list of payouts; with which currencies may have another, and which need a second person."""
    paid_in = currencies()
    return ListOf(
        name="payouts",
        section="payouts",
        title="Payouts",
        path="payouts",
        query=PayoutsQuery,
        read=list_payouts,
        rows=lambda page: [_row(one) for one in page],
        header=_HEADER,
        lines=_lines,
        columns=("currency", "status", "people", "total"),
        more={
            "currencies": paid_in,
            "paid_in": [(one, one) for one in paid_in],
            "statuses": [(one, codes.name_of(one)) for one in get_args(PayoutStatus)],
            **limits_of("approval"),
            "done": done,
            "typed": typed or {},
        },
    )


def currencies() -> list[str]:
    """Return the currencies in which programs pay."""
    offers, _ = programs.walk_page(limit=_MOST_PROGRAMS, position=None)
    return sorted({program.currency for program in offers})


def _row(view: PayoutView) -> Row:
    return {
        **describe(view),
        "sort": {
            "at": view.id,
            "currency": view.currency,
            "status": view.status,
            "people": view.items,
            "total": (view.currency, view.total.amount) if view.total else None,
        },
    }


def describe(view: PayoutView) -> Row:
    """Return a payout as pages show it."""

    def render(part: Sum | None) -> str:
        return f"{money(part.total.amount, view.currency)} ({number(part.items)})" if part else ""

    return {
        "id": view.id,
        "currency": view.currency,
        "status": view.status,
        "nothing": view.status == "empty",
        "items": view.items,
        "total": money(view.total.amount, view.currency) if view.total else "",
        "paid": render(view.paid),
        "returned": render(view.returned),
        "open": render(view.open),
        "parts": view.export_parts or 1,
        "hash": view.hash or "",
        "date": day(view.created_at),
    }


def _lines(page: list[PayoutView]) -> list[Sequence[Cell]]:
    return [
        (
            *(one.created_at, one.currency, one.status, one.items if one.items is not None else ""),
            one.total.amount if one.total else "",
            *(part.total.amount if part else "" for part in (one.paid, one.returned, one.open)),
            *(one.prepared_at or "", one.settled_at or "", one.id),
        )
        for one in page
    ]
