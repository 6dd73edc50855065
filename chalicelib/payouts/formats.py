"""
Payout lists as CSV, in the columns of those who move the money.

Pure: no I/O, no clock.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from chalicelib.kit import csv_text
from chalicelib.kit.csv_text import PLAIN, Address, Number
from chalicelib.kit.money import decimal
from chalicelib.language.formats import spreadsheet_of

Format = Literal["generic", "paypal", "wise"]
_WISE_NAME = 35


class Payee(Struct, frozen=True):
    """A payee: what is paid, how much, and to which address."""

    owner: str
    name: str
    email: str | None
    amount: int
    currency: str
    payout: str
    seq: int
    status: str
    reference: str

    @property
    def address(self) -> csv_text.Cell:
        """Return the address as a cell: unchanged, if that is harmless, since the money goes to that very address."""
        email = self.email or ""
        return Address(email) if csv_text.carries(email) else email


def write_csv(payees: Iterable[Payee], form: Format, *, locale: str | None = None) -> str:
    """
    Return the list as CSV with a header; PayPal's file has none.

    `generic` is for spreadsheets: of this locale, if one is named, or else with commas and points.
    """
    rows = {"generic": _generic, "paypal": _paypal, "wise": _wise}[form](payees)
    dialect = spreadsheet_of(locale) if form == "generic" else PLAIN
    text = csv_text.written(_HEADERS[form], rows, dialect=dialect)
    return text.partition("\r\n")[2] if form == "paypal" else text


_HEADERS: dict[Format, list[str]] = {
    "generic": [
        "payout",
        "owner",
        "name",
        "email",
        "amount",
        "currency",
        "minor_units",
        "ledger_entry",
        "reference",
        "status",
    ],
    "paypal": ["recipient", "amount", "currency", "customer id", "note", "wallet"],
    "wise": [
        "name",
        "recipientEmail",
        "paymentReference",
        "receiverType",
        "amountCurrency",
        "amount",
        "sourceCurrency",
        "targetCurrency",
        "type",
    ],
}


def _generic(payees: Iterable[Payee]) -> Iterable[list[csv_text.Cell]]:
    for one in payees:
        amount = Number(decimal(one.amount, one.currency))
        start: list[csv_text.Cell] = [one.payout, one.owner, one.name, one.address]
        yield [*start, amount, one.currency, one.amount, one.seq, one.reference, one.status]


def _paypal(payees: Iterable[Payee]) -> Iterable[list[csv_text.Cell]]:
    for one in payees:
        yield [
            one.address,
            Number(decimal(one.amount, one.currency)),
            one.currency,
            one.reference,
            one.payout,
            "PAYPAL",
        ]


def _wise(payees: Iterable[Payee]) -> Iterable[list[csv_text.Cell]]:
    for one in payees:
        amount = Number(decimal(one.amount, one.currency))
        yield [
            _shortened(one.name),
            one.address,
            one.reference,
            "PERSON",
            "target",
            amount,
            one.currency,
            one.currency,
            "EMAIL",
        ]


def _shortened(name: str) -> str:
    """Return a name as long as Wise takes it, without the words that are too many, if it has more than one."""
    if len(name) <= _WISE_NAME:
        return name
    whole, _, _ = name[: _WISE_NAME + 1].rpartition(" ")
    return whole.rstrip() or name[:_WISE_NAME]
