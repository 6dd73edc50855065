"""The search of the admin pages, and their lists of conversions and customers."""

from collections.abc import Callable

from chalice.app import Response

from chalicelib.admin.orders import search_pages
from chalicelib.admin.page import SHELL, AdminPage, AdminVisit, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import signed_in
from chalicelib.kit.errors import Refused
from chalicelib.web import shell


@signed_in
@needs("stats:read")
def show_search(visit: AdminVisit) -> Response:
    """Show the results of a search, from any page."""
    return respond(visit, search_pages.search(visit.query.get("q", "")))


@signed_in
@needs("stats:read")
def show_conversions(visit: AdminVisit) -> Response:
    """Show conversions; or what is wrong with the filters."""
    return _show(visit, "conversions", search_pages.conversions)


@signed_in
@needs("stats:read")
def show_customers(visit: AdminVisit) -> Response:
    """Show customers; or what is wrong with the filters."""
    return _show(visit, "customers", search_pages.customers)


def _show(visit: AdminVisit, name: str, page: Callable[..., AdminPage]) -> Response:
    try:
        return respond(visit, page(visit.query, at=visit.at))
    except Refused as refusal:
        return respond(visit, search_pages.refused(name, visit.query), refusal=refusal)


@signed_in
@needs("stats:read")
def save_conversions(visit: AdminVisit) -> Response:
    """Save what a list of conversions shows."""
    saved = search_pages.save_conversions(visit.query, at=visit.at)
    return shell.save_as(SHELL, saved.text, saved.name)


@signed_in
@needs("stats:read")
def save_customers(visit: AdminVisit) -> Response:
    """Save what a list of customers shows."""
    saved = search_pages.save_customers(visit.query, at=visit.at)
    return shell.save_as(SHELL, saved.text, saved.name)
