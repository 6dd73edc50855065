"""Customers, over HTTP: who they are, who referred them, their accounts, and their personal data."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, Tagged, endpoint
from chalicelib.graph.shapes import SourceQuery, SourceView
from chalicelib.kit.cursors import ListPage, Page
from chalicelib.kit.responses import Document
from chalicelib.kit.shapes import NoQuery
from chalicelib.ledger import accounts
from chalicelib.ledger.shapes import BalancesView, EntriesQuery, EntryView, StatementQuery, StatementView
from chalicelib.moments.shapes import AskQuery, AskView
from chalicelib.programs import find as programs
from chalicelib.referrals.find import CustomerProfile, find
from chalicelib.referrals.personal_shapes import ErasureView, NewErasure, PersonalDataQuery, PersonalDataView
from chalicelib.referrals.shapes import (
    CustomerChange,
    CustomerQuery,
    CustomersQuery,
    CustomerView,
    ListedCustomer,
    NewMerge,
    ReferralsQuery,
    ReferralView,
)

routes = Blueprint(__name__)


@routes.route("/v1/customers", methods=["GET"])
@endpoint(routes, scope="conversions:read", query=CustomersQuery, answer=ListPage[ListedCustomer])
def list_customers(call: Call[None, CustomersQuery]) -> ListPage[ListedCustomer]:
    """List who was sent by partners, newest first; one is listed a minute after that, for 400 days."""
    from chalicelib.search import customers

    return customers.list_customers(call.query, at=call.at)


@routes.route("/v1/customers/{id}", methods=["GET"])
@endpoint(routes, scope="conversions:read", query=CustomerQuery, answer=CustomerView, tagged=True)
def get_customer(call: Call[None, CustomerQuery], id: str) -> Tagged:
    """Show a customer, and who referred them; with `program`, the customer of a test program whom `ext_` names."""
    program = call.query.program
    return _tagged(find(id, programs.find(program).program.id if program is not None else None))


@routes.route("/v1/customers/{id}", methods=["PATCH"])
@endpoint(routes, scope="admin", body=CustomerChange, answer=CustomerView, tagged=True)
def change_customer(call: Call[CustomerChange, NoQuery], id: str) -> Tagged:
    """Change a customer's name, email address or external id; the old id still leads to them."""
    from chalicelib.referrals.change import change_customer as change

    return _tagged(change(id, call.body, if_match=call.if_match, actor=call.actor, at=call.at))


@routes.route("/v1/customers/{id}/merge", methods=["POST"])
@endpoint(routes, scope="admin", body=NewMerge, answer=CustomerView, replays=False)
def merge_customer(call: Call[NewMerge, NoQuery], id: str) -> CustomerView:
    """Merge a guest into the customer they turned out to be, who has their referrals and reports from then on."""
    from chalicelib.conversions.merge import merge

    profile = merge(id, call.body.into, actor=call.actor, at=call.at)
    return CustomerView.with_referrals(profile.customer, profile.referrals)


def _tagged(profile: CustomerProfile) -> Tagged:
    return Tagged.of(CustomerView.with_referrals(profile.customer, profile.referrals), profile.customer)


@routes.route("/v1/customers/{id}/ask", methods=["GET"])
@endpoint(routes, scope="moments:write", query=AskQuery, answer=AskView)
def ask_customer(call: Call[None, AskQuery], id: str) -> AskView:
    """Say whether a page asks a customer to tell a friend now, and in which words; an answer that says so counts."""
    from chalicelib.moments.page import ask

    return ask(id, call.query, actor=call.actor, at=call.at)


@routes.route("/v1/referrals", methods=["GET"])
@endpoint(routes, scope="stats:read", query=ReferralsQuery, answer=ListPage[ReferralView])
def list_referrals(call: Call[None, ReferralsQuery]) -> ListPage[ReferralView]:
    """List referrals, newest first: customers with the partners who referred them; for 400 days."""
    from chalicelib.search import referrals

    return referrals.list_referrals(call.query, at=call.at)


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


@routes.route("/v1/customers/{id}/source", methods=["GET"])
@endpoint(routes, scope="stats:read", query=SourceQuery, answer=SourceView)
def get_source(call: Call[None, SourceQuery], id: str) -> SourceView:
    """Show how a customer came to each program: from who referred them up to the source of influence."""
    # Loaded late: most calls need none of it.
    from chalicelib.graph.path import show_source

    return show_source(id, call.query)


@routes.route("/v1/customers/{id}/data", methods=["GET"])
@endpoint(routes, scope="admin", query=PersonalDataQuery, answer=PersonalDataView)
def get_customer_data(call: Call[None, PersonalDataQuery], id: str) -> PersonalDataView:
    """Copy all that is kept about a customer, page by page."""
    # Rare calls: no start of the API waits for what they alone need.
    from chalicelib.privacy.export import show_data

    return show_data("customer", id, call)


@routes.route("/v1/customers/{id}/erase", methods=["POST"])
@endpoint(routes, scope="admin", body=NewErasure, answer=ErasureView, replays=False)
def erase_customer(call: Call[NewErasure, NoQuery], id: str) -> ErasureView:
    """Erase a customer permanently: who they are is gone, and later reports store nothing about them."""
    from chalicelib.privacy.erase import erase

    return ErasureView.of(*erase("customer", id, gives_up=call.body.gives_up, actor=call.actor, at=call.at))
