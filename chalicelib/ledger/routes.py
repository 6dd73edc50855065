"""Balances and entries of a partner, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit import cursors
from chalicelib.kit.cursors import Page
from chalicelib.kit.shapes import NoQuery
from chalicelib.ledger import find
from chalicelib.ledger.shapes import BalancesView, BalanceView, EntriesQuery, EntryView
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs

routes = Blueprint(__name__)


@routes.route("/v1/partners/{id}/balances", methods=["GET"])
@endpoint(routes, scope="stats:read", answer=BalancesView)
def get_balances(call: Call[None, NoQuery], id: str) -> BalancesView:
    """Show what a partner is owed, in every currency of their programmes."""
    member = partners.find(id)
    currencies = sorted({programs.find(one.program_id).program.currency for one in member.enrolments})
    balances = [BalanceView.of(currency, find.head(member.partner.id, currency)) for currency in currencies]
    return BalancesView("balances", member.partner.id, balances)


@routes.route("/v1/partners/{id}/entries", methods=["GET"])
@endpoint(routes, scope="stats:read", query=EntriesQuery, answer=Page[EntryView])
def list_entries(call: Call[None, EntriesQuery], id: str) -> Page[EntryView]:
    """List the ledger entries of a partner in one currency, oldest first."""
    partner = partners.find(id).partner
    named = f"entries of {partner.id} {call.query.currency}"
    position = cursors.read(call.query.cursor, of=named)
    found, position = find.page(partner.id, call.query.currency, limit=call.query.limit, position=position)
    return Page([EntryView.of(entry) for entry in found], position is not None, cursors.write(position, of=named))
