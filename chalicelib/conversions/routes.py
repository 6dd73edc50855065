"""Conversions, and what is reported of them later, over HTTP."""

from collections.abc import Callable
from typing import TypeVar

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, Replayed, endpoint
from chalicelib.conversions.accept_all import accept_all, accept_one
from chalicelib.conversions.change_shapes import (
    AmendmentView,
    NewAmendment,
    NewCredit,
    NewRefund,
    NewRestore,
    NewVoid,
    RefundView,
    RestoreView,
)
from chalicelib.conversions.credits import credited
from chalicelib.conversions.find import find
from chalicelib.conversions.refund import refund
from chalicelib.conversions.shapes import (
    ConversionQuery,
    ConversionsQuery,
    ConversionState,
    ConversionView,
    NewConversion,
    NewConversions,
    Results,
)
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.idempotency import Accepted
from chalicelib.kit.shapes import NoQuery
from chalicelib.rewards.explain import explain
from chalicelib.rewards.explanation import ExplanationView

routes = Blueprint(__name__)

R = TypeVar("R")
V = TypeVar("V")


@routes.route("/v1/conversions", methods=["POST"])
@endpoint(routes, scope="conversions:write", body=NewConversion, answer=ConversionView, status=201)
def create_conversion(call: Call[NewConversion, NoQuery]) -> ConversionView | Replayed:
    """Report a sign-up or a sale; reported again, it is answered as the first time."""
    receipt = call.receipt_of(ConversionView.of)
    accepted = accept_one(call.body, scopes=call.scopes, actor=call.actor, at=call.at, receipt=receipt)
    return _answer(accepted, ConversionView.of)


@routes.route("/v1/conversions", methods=["GET"])
@endpoint(routes, scope="stats:read", query=ConversionsQuery, answer=ListPage[ConversionState])
def list_conversions(call: Call[None, ConversionsQuery]) -> ListPage[ConversionState]:
    """List conversions as they are now, newest first; one is listed a minute after it was recorded, for 400 days."""
    from chalicelib.search import conversions

    return conversions.list_conversions(call.query, at=call.at)


@routes.route("/v1/conversions/batch", methods=["POST"])
@endpoint(routes, scope="conversions:write", body=NewConversions, answer=Results, replays=False)
def create_conversion_batch(call: Call[NewConversions, NoQuery]) -> Results:
    """Report up to a hundred conversions, each with its own result; the same batch may be sent again."""
    return accept_all(call.body, scopes=call.scopes, actor=call.actor, at=call.at)


@routes.route("/v1/conversions/{id}", methods=["GET"])
@endpoint(routes, scope="conversions:read", query=ConversionQuery, answer=ConversionState)
def get_conversion(call: Call[None, ConversionQuery], id: str) -> ConversionState:
    """Show the current state of a conversion."""
    conversion = find(id, call.query)
    return ConversionState.of(conversion, credited(conversion))


@routes.route("/v1/conversions/{id}/refunds", methods=["POST"])
@endpoint(routes, scope="conversions:write", body=NewRefund, query=ConversionQuery, answer=RefundView, status=201)
def create_refund(call: Call[NewRefund, ConversionQuery], id: str) -> RefundView | Replayed:
    """Report money given back of a sale; reported again, it is answered as the first time."""
    accepted = refund(id, call.query, call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(RefundView.of))
    return _answer(accepted, RefundView.of)


@routes.route("/v1/conversions/{id}/restores", methods=["POST"])
@endpoint(routes, scope="conversions:write", body=NewRestore, query=ConversionQuery, answer=RestoreView, status=201)
def create_restore(call: Call[NewRestore, ConversionQuery], id: str) -> RestoreView | Replayed:
    """Report that a refund failed, or its dispute was won; reported again, it is answered as the first time."""
    # Rare calls: no start of the API waits for what they alone need.
    from chalicelib.conversions.restore import restore

    accepted = restore(id, call.query, call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(RestoreView.of))
    return _answer(accepted, RestoreView.of)


@routes.route("/v1/conversions/{id}/amendments", methods=["POST"])
@endpoint(routes, scope="conversions:write", body=NewAmendment, query=ConversionQuery, answer=AmendmentView, status=201)
def create_amendment(call: Call[NewAmendment, ConversionQuery], id: str) -> AmendmentView | Replayed:
    """Report another amount of a sale before a refund; reported again, it is answered as the first time."""
    from chalicelib.conversions.amend import amend

    accepted = amend(id, call.query, call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(AmendmentView.of))
    return _answer(accepted, AmendmentView.of)


@routes.route("/v1/conversions/{id}/credit", methods=["POST"])
@endpoint(routes, scope="rewards:write", body=NewCredit, query=ConversionQuery, answer=ConversionState)
def credit_conversion(call: Call[NewCredit, ConversionQuery], id: str) -> ConversionState:
    """Credit a conversion to another partner, or to none, from now on."""
    from chalicelib.conversions.correct import credit

    return credit(id, call.query, call.body, actor=call.actor, at=call.at, receipt=call.receipt)


@routes.route("/v1/conversions/{id}/void", methods=["POST"])
@endpoint(routes, scope="rewards:write", body=NewVoid, query=ConversionQuery, answer=ConversionState)
def void_conversion(call: Call[NewVoid, ConversionQuery], id: str) -> ConversionState:
    """Void a conversion that was a test or a mistake, for good."""
    from chalicelib.conversions.correct import void

    return void(id, call.query, call.body, actor=call.actor, at=call.at, receipt=call.receipt)


@routes.route("/v1/conversions/{id}/explanation", methods=["GET"])
@endpoint(routes, scope="stats:read", query=ConversionQuery, answer=ExplanationView)
def explain_conversion(call: Call[None, ConversionQuery], id: str) -> ExplanationView:
    """Say why a conversion paid, or did not: which touch won, terms, each condition looked at, and the arithmetic."""
    return explain(find(id, call.query))


def _answer(accepted: Accepted[R], view: Callable[[R], V]) -> V | Replayed:
    """Answer with what is stored, and say if it had been before."""
    answer = view(accepted.row)
    return answer if accepted.first else Replayed(answer)
