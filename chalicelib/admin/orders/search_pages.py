"""Shows what a search found, and lists of conversions and customers: the values that their pages' templates take."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from chalicelib.admin import codes
from chalicelib.admin.english import day, minute, money
from chalicelib.admin.names import names_of
from chalicelib.admin.page import AdminPage
from chalicelib.conversions.shapes import ConversionsQuery, ConversionState
from chalicelib.kit import bodies, csv_text
from chalicelib.kit.cursors import Count, ListPage
from chalicelib.kit.responses import Document
from chalicelib.programs import find as programs
from chalicelib.referrals.shapes import CustomersQuery, ListedCustomer
from chalicelib.search.anything import search_anything
from chalicelib.search.conversions import list_conversions
from chalicelib.search.customers import list_customers
from chalicelib.search.shapes import SearchResult

_PAGE = 25
# The limit of a CSV of the list.
_MOST_ROWS = 100
_MOST_PROGRAMS = 100
# Where the page of what was found is, by its type.
_PAGES: dict[str, Callable[[SearchResult], str]] = {
    "partner": lambda one: f"/admin/partners/{one.id}",
    "customer": lambda one: f"/admin/customers/{one.id}",
    "conversion": lambda one: f"/admin/conversions/{one.id}",
    "reward": lambda one: f"/admin/rewards/{one.id}",
    "link": lambda one: f"/admin/conversions?{urlencode({'link': one.label if one.matched == 'code' else one.id})}",
    "payout": lambda one: f"/admin/payouts/{one.id}",
    "program": lambda one: f"/admin/programs/{one.id}",
    "event": lambda one: f"/admin{one.path.removeprefix('/v1')}",
    "click": lambda one: f"/admin/conversions?{urlencode({'link': one.label})}",
}


def search(text: str) -> AdminPage:
    """Show what a text names; without one, how to search."""
    answer = search_anything(text) if text.strip() else None
    results = answer.data if answer else []
    names = names_of(one.id for one in results if one.type == "partner" and one.matched != "name")
    rows = [
        {
            "type": codes.name_of(one.type),
            "name": names.get(one.id, one.label),
            "by": codes.name_of(one.matched),
            "date": day(one.created_at) if one.created_at else "",
            "page": _PAGES[one.type](one),
        }
        for one in results
    ]
    values = {"typed_search": text, "results": rows, "more": answer is not None and answer.has_more}
    return AdminPage("search", "search", f"Search: {text.strip()}" if text.strip() else "Search", values)


def conversions(filters: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show one page of conversions, by filters that stay in the address."""
    page = list_conversions(_query(filters, ConversionsQuery, limit=_PAGE), at=at)
    return _listed("conversions", "Conversions", filters, page, _conversion_rows(page.data))


def customers(filters: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show one page of customers, by filters that stay in the address."""
    page = list_customers(_query(filters, CustomersQuery, limit=_PAGE), at=at)
    return _listed("customers", "Customers", filters, page, _customer_rows(page.data))


def refused(name: str, filters: Mapping[str, str]) -> AdminPage:
    """Show a list's filters as they were entered, some of which are unknown or unreadable."""
    return _listed(name, name.capitalize(), filters, ListPage([], False, None, None, Count(0, exact=False)), [])


def save_conversions(filters: Mapping[str, str], *, at: datetime) -> Document:
    """Return a file of conversions, as the page with these filters and this cursor begins, up to a hundred."""
    page = list_conversions(_query(filters, ConversionsQuery, limit=_MOST_ROWS), at=at)
    header = ("Recorded", "Type", "Number", "Program", "Customer", "Partner", "Amount", "Currency", "Link", "ID")
    rows = [
        (
            *(one.received_at, one.type, one.external_id, one.program, one.customer, one.partner or ""),
            *((one.amount.amount, one.amount.currency) if one.amount else ("", "")),
            *(one.code or "", one.id),
        )
        for one in page.data
    ]
    return Document(csv_text.written(header, rows, dialect=csv_text.spreadsheet()), "text/csv", "conversions.csv")


def save_customers(filters: Mapping[str, str], *, at: datetime) -> Document:
    """Return a file of customers, as the page with these filters and this cursor begins, up to a hundred."""
    page = list_customers(_query(filters, CustomersQuery, limit=_MOST_ROWS), at=at)
    header = ("Referred", "Name", "Email", "Your ID", "Partner", "Program", "Link", "Sign-ups", "Sales", "ID")
    rows = [
        (
            *(_since(one), one.name or "", one.email or "", one.external_id),
            *(one.referral.partner if one.referral else "", one.program),
            *((one.referral.code or "", one.referral.leads, one.referral.sales) if one.referral else ("", "", "")),
            one.id,
        )
        for one in page.data
    ]
    return Document(csv_text.written(header, rows, dialect=csv_text.spreadsheet()), "text/csv", "customers.csv")


def _query(filters: Mapping[str, str], kind: type[Any], *, limit: int) -> Any:
    """Return the query of a form; empty fields are left out."""
    filled_in = {name: value.strip() for name, value in filters.items() if value.strip()}
    return bodies.typed({**filled_in, "limit": limit}, kind, strict=False)


def _listed(
    name: str, title: str, filters: Mapping[str, str], page: ListPage[Any], rows: list[dict[str, Any]]
) -> AdminPage:
    address_filters = {one: value for one, value in filters.items() if value.strip() and one != "cursor"}

    def address(cursor: str | None) -> str:
        return f"/admin/{name}?{urlencode({**address_filters, **({'cursor': cursor} if cursor else {})})}"

    every_program, _ = programs.list_page(limit=_MOST_PROGRAMS, position=None)
    values = {
        "rows": rows,
        "count": page.count,
        "filters": filters,
        "programs": [(one.id, one.name) for one in every_program],
        "following": address(page.next_cursor) if page.next_cursor else "",
        "before": address(page.previous_cursor) if page.previous_cursor else "",
        "file": address(filters.get("cursor")).replace(f"/admin/{name}?", f"/admin/{name}/export?"),
    }
    return AdminPage(name, name, title, values)


def _conversion_rows(page: list[ConversionState]) -> list[dict[str, Any]]:
    names = names_of({person for one in page for person in (one.customer, one.partner) if person})
    return [
        {
            "id": one.id,
            "at": minute(one.received_at),
            "type": codes.name_of(one.type),
            "external_id": one.external_id,
            "amount": money(one.remaining.amount, one.remaining.currency) if one.remaining else "",
            "customer": one.customer,
            "customer_name": names.get(one.customer, one.customer),
            "partner": one.partner,
            "partner_name": names.get(one.partner or "", ""),
            "why": codes.name_of(one.attribution),
            "program": programs.find(one.program).program.name,
        }
        for one in page
    ]


def _customer_rows(page: list[ListedCustomer]) -> list[dict[str, Any]]:
    names = names_of({one.referral.partner for one in page if one.referral})
    return [
        {
            "id": one.id,
            "name": one.name or one.external_id,
            "email": one.email or "",
            "at": day(_since(one)),
            "partner": one.referral.partner if one.referral else "",
            "partner_name": names.get(one.referral.partner, one.referral.partner) if one.referral else "",
            "sales": one.referral.sales if one.referral else None,
            "program": programs.find(one.program).program.name,
        }
        for one in page
    ]


def _since(one: ListedCustomer) -> str:
    """Return when somebody was referred or, without a partner, when they first signed up or bought."""
    return one.referral.bound_at if one.referral else one.created_at
