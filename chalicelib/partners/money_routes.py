"""The money of partners, over HTTP: their accounts, statements, bonuses and deductions."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, Replayed, endpoint
from chalicelib.adjustments import answers as adjustments
from chalicelib.adjustments.shapes import AdjustmentView, NewAdjustment
from chalicelib.kit.cursors import Page
from chalicelib.kit.responses import Document
from chalicelib.kit.shapes import ListQuery, NoQuery
from chalicelib.ledger import accounts
from chalicelib.ledger.shapes import BalancesView, EntriesQuery, EntryView, StatementQuery, StatementView
from chalicelib.partners import find

routes = Blueprint(__name__)


@routes.route("/v1/partners/{id}/balances", methods=["GET"])
@endpoint(routes, scope="stats:read", answer=BalancesView)
def get_partner_balances(call: Call[None, NoQuery], id: str) -> BalancesView:
    """Show what a partner is owed, in every currency of their programs."""
    return accounts.show_balances(find.find(id))


@routes.route("/v1/partners/{id}/entries", methods=["GET"])
@endpoint(routes, scope="stats:read", query=EntriesQuery, answer=Page[EntryView])
def list_partner_entries(call: Call[None, EntriesQuery], id: str) -> Page[EntryView]:
    """List the ledger entries of a partner in one currency, oldest first."""
    return accounts.list_entries(find.find(id), call)


@routes.route("/v1/partners/{id}/statement", methods=["GET"])
@endpoint(routes, scope="stats:read", query=StatementQuery, answer=StatementView | Document)
def get_partner_statement(call: Call[None, StatementQuery], id: str) -> StatementView | Document:
    """Write a partner's statement in one currency: opening, movements with reasons, closing. JSON by page, or CSV."""
    return accounts.show_statement(find.find(id), call)


@routes.route("/v1/partners/{id}/adjustments", methods=["POST"])
@endpoint(routes, scope="rewards:write", body=NewAdjustment, answer=AdjustmentView, status=201, replays=False)
def create_adjustment(call: Call[NewAdjustment, NoQuery], id: str) -> AdjustmentView | Replayed:
    """Give a partner a bonus, or make a deduction; above the set amount, it waits for a second person."""
    return adjustments.create(call, id)


@routes.route("/v1/partners/{id}/adjustments", methods=["GET"])
@endpoint(routes, scope="rewards:read", query=ListQuery, answer=Page[AdjustmentView])
def list_partner_adjustments(call: Call[None, ListQuery], id: str) -> Page[AdjustmentView]:
    """List the bonuses and deductions of a partner, newest first."""
    return adjustments.list_of_partner(call, id)
