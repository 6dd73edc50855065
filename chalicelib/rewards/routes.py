"""Decisions, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.conversions.find import find
from chalicelib.conversions.shapes import ConversionQuery
from chalicelib.rewards.find import decision_of
from chalicelib.rewards.shapes import ExplanationView

routes = Blueprint(__name__)


@routes.route("/v1/conversions/{id}/explanation", methods=["GET"])
@endpoint(routes, scope="stats:read", query=ConversionQuery, answer=ExplanationView)
def explain(call: Call[None, ConversionQuery], id: str) -> ExplanationView:
    """Say why a conversion paid, or did not: each condition looked at, and the arithmetic."""
    conversion = find(id, call.query)
    return ExplanationView.of(conversion, decision_of(conversion.id))
