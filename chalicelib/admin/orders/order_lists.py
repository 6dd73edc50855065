"""Lists conversions and customers by filters, and saves what is shown as files."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chalicelib.admin import codes
from chalicelib.admin.english import moment, money
from chalicelib.admin.lists import ListOf, Row, zone_of
from chalicelib.admin.names import names_of
from chalicelib.admin.page import AdminVisit
from chalicelib.conversions.shapes import ConversionsQuery, ConversionState
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.shapes import fold
from chalicelib.programs import find as programs
from chalicelib.referrals.shapes import CustomersQuery, ListedCustomer
from chalicelib.search.conversions import list_conversions
from chalicelib.search.customers import list_customers


def conversions(visit: AdminVisit) -> ListOf:
    """Return the list of conversions: by when they were received."""
    return ListOf(
        name="conversions",
        section="conversions",
        title="Conversions",
        path="conversions",
        query=ConversionsQuery,
        read=partial(list_conversions, at=visit.at),
        rows=partial(_conversion_rows, at=visit.at),
        header=(*("Recorded", "Type", "Number", "Program", "Customer", "Partner", "Amount", "Currency", "Link", "ID"),),
        lines=_conversion_lines,
        columns=("number", "program", "customer", "partner", "amount"),
    )


def customers(visit: AdminVisit) -> ListOf:
    """Return the list of customers: of those that partners referred, by when they did; or of all others."""
    is_referred = visit.query.get("referred") != "no"
    return ListOf(
        name="customers",
        section="customers",
        title="Customers" if is_referred else "Customers without a referral",
        path="customers",
        query=CustomersQuery,
        read=partial(list_customers, at=visit.at),
        rows=partial(_customer_rows, at=visit.at),
        header=(*("Since", "Name", "Email", "Your ID", "Partner", "Program", "Link", "Sign-ups", "Sales", "ID"),),
        lines=_customer_lines,
        columns=("name", "email", "program", *(("partner", "sales") if is_referred else ())),
    )


def _conversion_rows(page: list[ConversionState], *, at: datetime) -> list[Row]:
    names = names_of({person for one in page for person in (one.customer, one.partner) if person})
    return [_conversion_row(one, names, at=at) for one in page]


def _conversion_row(one: ConversionState, names: dict[str, str], *, at: datetime) -> Row:
    customer, partner = names.get(one.customer, one.customer), names.get(one.partner or "", one.partner or "")
    program, amount = programs.find(one.program).program.name, one.remaining
    return {
        "id": one.id,
        "at": moment(one.received_at, zone_of(one.program, at=at)),
        "type": codes.name_of(one.type),
        "external_id": one.external_id,
        "amount": money(amount.amount, amount.currency) if amount else "",
        "customer": one.customer,
        "customer_name": customer,
        "partner": one.partner,
        "partner_name": partner,
        "why": codes.name_of(one.attribution),
        "program": program,
        "sort": {
            "at": one.received_at,
            "number": fold(one.external_id),
            "program": fold(program),
            "customer": fold(customer),
            "partner": fold(partner),
            "amount": (amount.currency, amount.amount) if amount else None,
        },
    }


def _conversion_lines(page: list[ConversionState]) -> list[Sequence[Cell]]:
    return [
        (
            *(one.received_at, one.type, one.external_id, one.program, one.customer, one.partner or ""),
            *((one.amount.amount, one.amount.currency) if one.amount else ("", "")),
            *(one.code or "", one.id),
        )
        for one in page
    ]


def _customer_rows(page: list[ListedCustomer], *, at: datetime) -> list[Row]:
    names = names_of({one.referral.partner for one in page if one.referral})
    return [_customer_row(one, names, at=at) for one in page]


def _customer_row(one: ListedCustomer, names: dict[str, str], *, at: datetime) -> Row:
    partner = one.referral.partner if one.referral else ""
    name, program = one.name or one.external_id, programs.find(one.program).program.name
    return {
        "id": one.id,
        "name": name,
        "email": one.email or "",
        "at": moment(_since(one), zone_of(one.program, at=at)),
        "partner": partner,
        "partner_name": names.get(partner, partner),
        "sales": one.referral.sales if one.referral else None,
        "conversion": one.conversion,
        "program": program,
        "sort": {
            "at": _since(one),
            "name": fold(name),
            "email": fold(one.email),
            "partner": fold(names.get(partner, partner)),
            "program": fold(program),
            "sales": one.referral.sales if one.referral else None,
        },
    }


def _customer_lines(page: list[ListedCustomer]) -> list[Sequence[Cell]]:
    return [
        (
            *(_since(one), one.name or "", one.email or "", one.external_id),
            *(one.referral.partner if one.referral else "", one.program),
            *((one.referral.code or "", one.referral.leads, one.referral.sales) if one.referral else ("", "", "")),
            one.id,
        )
        for one in page
    ]


def _since(one: ListedCustomer) -> str:
    """Return when a customer was referred or, without a partner, when they first signed up or bought."""
    return one.referral.bound_at if one.referral else one.created_at
