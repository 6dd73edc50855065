"""The search of the admin pages, and their lists of conversions and customers."""

from chalice.app import Response

from chalicelib.admin.lists import save_list, show_list
from chalicelib.admin.orders import order_lists, search_pages
from chalicelib.admin.page import AdminVisit, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import signed_in


@signed_in
@needs("stats:read")
def show_search(visit: AdminVisit) -> Response:
    """Show the results of a search, from any page."""
    return respond(visit, search_pages.search(visit.query.get("q", ""), visit.query.get("program", "")))


@signed_in
@needs("stats:read")
def show_conversions(visit: AdminVisit) -> Response:
    """Show conversions; or what is wrong with the filters."""
    return show_list(visit, order_lists.conversions(visit))


@signed_in
@needs("stats:read")
def show_customers(visit: AdminVisit) -> Response:
    """Show customers; or what is wrong with the filters."""
    return show_list(visit, order_lists.customers(visit))


@signed_in
@needs("stats:read")
def save_conversions(visit: AdminVisit) -> Response:
    """Save what a list of conversions shows."""
    return save_list(visit, order_lists.conversions(visit))


@signed_in
@needs("stats:read")
def save_customers(visit: AdminVisit) -> Response:
    """Save what a list of customers shows."""
    return save_list(visit, order_lists.customers(visit))
