"""Customers, over HTTP: their accounts."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit.cursors import Page
from chalicelib.kit.responses import Document
from chalicelib.kit.shapes import NoQuery
from chalicelib.ledger import accounts
from chalicelib.ledger.shapes import BalancesView, EntriesQuery, EntryView, StatementQuery, StatementView
from chalicelib.referrals.find import find

routes = Blueprint(__name__)


@routes.route("/v1/customers/{id}/balances", methods=["GET"])
@endpoint(routes, scope="stats:read", answer=BalancesView)
def get_customer_balances(call: Call[None, NoQuery], id: str) -> BalancesView:
    """Show what a customer is owed who was sent by a partner, in every currency of those programs."""
    return accounts.show_balances(find(id))


@routes.route("/v1/customers/{id}/entries", methods=["GET"])
@endpoint(routes, scope="stats:read", query=EntriesQuery, answer=Page[EntryView])
def list_customer_entries(call: Call[None, EntriesQuery], id: str) -> Page[EntryView]:
    """List the ledger entries of a customer in one currency, oldest first."""
    return accounts.list_entries(find(id), call)


@routes.route("/v1/customers/{id}/statement", methods=["GET"])
@endpoint(routes, scope="stats:read", query=StatementQuery, answer=StatementView | Document)
def get_customer_statement(call: Call[None, StatementQuery], id: str) -> StatementView | Document:
    """Write a customer's statement in one currency: opening, movements with reasons, closing. JSON by page, or CSV."""
    return accounts.show_statement(find(id), call)
