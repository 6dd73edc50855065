"""Payouts, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.responses import Document
from chalicelib.kit.shapes import NoQuery
from chalicelib.notes.note import view_notes
from chalicelib.payouts import find
from chalicelib.payouts.prepare import create, prepare
from chalicelib.payouts.settle import confirm, fail, return_paid
from chalicelib.payouts.shapes import (
    ExportQuery,
    ItemsQuery,
    ItemView,
    NewPayout,
    NewPayoutSettings,
    PayoutSettingsView,
    PayoutsQuery,
    PayoutView,
    ReturnedPayment,
    Settlement,
)
from chalicelib.payouts.table import Item

routes = Blueprint(__name__)


@routes.route("/v1/payouts", methods=["POST"])
@endpoint(routes, scope="payouts:write", body=NewPayout, answer=PayoutView, status=201)
def create_payout(call: Call[NewPayout, NoQuery]) -> PayoutView:
    """Create a payout of everything due in a currency; `prepare` then freezes it."""
    return PayoutView.of(
        create(call.body.currency, actor=call.actor, at=call.at, receipt=call.receipt_of(PayoutView.of))
    )


@routes.route("/v1/payouts", methods=["GET"])
@endpoint(routes, scope="payouts:read", query=PayoutsQuery, answer=ListPage[PayoutView])
def list_payouts(call: Call[None, PayoutsQuery]) -> ListPage[PayoutView]:
    """List payouts, newest first."""
    from chalicelib.search import by_id

    return by_id.list_payouts(call.query)


@routes.route("/v1/payouts/{id}", methods=["GET"])
@endpoint(routes, scope="payouts:read", answer=PayoutView)
def get_payout(call: Call[None, NoQuery], id: str) -> PayoutView:
    """Show a payout."""
    return PayoutView.of(find.find(id))


@routes.route("/v1/payouts/{id}/items", methods=["GET"])
@endpoint(routes, scope="payouts:read", query=ItemsQuery, answer=ListPage[ItemView])
def list_payout_items(call: Call[None, ItemsQuery], id: str) -> ListPage[ItemView]:
    """List the items of a payout, by owner: who is paid how much."""
    from chalicelib.search.payout_items import list_items

    payout = find.find(id)

    def view(items: list[Item]) -> list[ItemView]:
        return [ItemView.of(item, payout.currency, note) for item, note in zip(items, view_notes(items), strict=True)]

    return list_items(payout.id, call.query, view)


@routes.route("/v1/payouts/{id}/prepare", methods=["POST"])
@endpoint(routes, scope="payouts:write", answer=PayoutView, replays=False)
def prepare_payout(call: Call[None, NoQuery], id: str) -> PayoutView:
    """Freeze what is due, for some seconds; ask again while the payout is being prepared."""
    return PayoutView.of(prepare(id, actor=call.actor, at=call.at))


@routes.route("/v1/payouts/{id}/export", methods=["GET"])
@endpoint(routes, scope="payouts:write", query=ExportQuery, answer=Document)
def export_payout(call: Call[None, ExportQuery], id: str) -> Document:
    """Write the list as CSV, a thousand items a file: ours, PayPal's mass payment, or Wise's batch."""
    # Only who asks for a file waits for what writes it.
    from chalicelib.payouts.export import export

    return export(id, call.query.format, part=call.query.part, locale=call.query.locale, at=call.at)


@routes.route("/v1/payouts/{id}/confirm", methods=["POST"])
@endpoint(routes, scope="payouts:write", body=Settlement, answer=PayoutView, replays=False)
def confirm_payout(call: Call[Settlement, NoQuery], id: str) -> PayoutView:
    """Record that a payout, or some of its items, was paid; ask again while it is not settled."""
    return PayoutView.of(confirm(id, call.body.owners, call.body.note, actor=call.actor, at=call.at))


@routes.route("/v1/payouts/{id}/fail", methods=["POST"])
@endpoint(routes, scope="payouts:write", body=Settlement, answer=PayoutView, replays=False)
def fail_payout(call: Call[Settlement, NoQuery], id: str) -> PayoutView:
    """Return a payout, or some of its items, to what their owners are due; ask again while it is not settled."""
    return PayoutView.of(fail(id, call.body.owners, call.body.note, actor=call.actor, at=call.at))


@routes.route("/v1/payouts/{id}/return", methods=["POST"])
@endpoint(routes, scope="payouts:write", body=ReturnedPayment, answer=PayoutView, replays=False)
def return_payments(call: Call[ReturnedPayment, NoQuery], id: str) -> PayoutView:
    """Return what was paid, and came back from the bank, to what its owners are due."""
    return PayoutView.of(return_paid(id, call.body.owners, call.body.note, actor=call.actor, at=call.at))


@routes.route("/v1/payout-settings", methods=["GET"])
@endpoint(routes, scope="payouts:read", answer=PayoutSettingsView)
def get_payout_settings(call: Call[None, NoQuery]) -> PayoutSettingsView:
    """Show above which amounts a payout needs the approval of a second person."""
    from chalicelib.payouts.approval import read_settings

    return PayoutSettingsView.of(read_settings())


@routes.route("/v1/payout-settings", methods=["POST"])
@endpoint(routes, scope="admin", body=NewPayoutSettings, answer=PayoutSettingsView, replays=False)
def set_payout_settings(call: Call[NewPayoutSettings, NoQuery]) -> PayoutSettingsView:
    """Set the amounts above which a payout needs the approval of a second person; other currencies need none."""
    from chalicelib.payouts.approval import set_amounts

    return PayoutSettingsView.of(set_amounts(call.body.approval_above, actor=call.actor, at=call.at))
