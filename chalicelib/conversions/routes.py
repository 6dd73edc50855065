"""Conversions and refunds, over HTTP."""

from chalice.app import Blueprint, Response

from chalicelib.access.api_keys import LEADS
from chalicelib.access.endpoint import Call, Replayed, endpoint
from chalicelib.access.rate_limit import find_visitor
from chalicelib.conversions.accept import accept
from chalicelib.conversions.accept_all import accept_all
from chalicelib.conversions.cross_origin import check_origin, cross_origin, preflight
from chalicelib.conversions.find import credited, find
from chalicelib.conversions.refund import refund
from chalicelib.conversions.shapes import (
    ConversionQuery,
    ConversionState,
    ConversionView,
    LeadView,
    NewConversion,
    NewConversions,
    NewLead,
    NewRefund,
    RefundView,
    Results,
)
from chalicelib.conversions.take_lead import take_lead
from chalicelib.kit import instants
from chalicelib.kit.errors import NotFound
from chalicelib.kit.shapes import NoQuery
from chalicelib.programs import find as programs

routes = Blueprint(__name__)


@routes.route("/v1/conversions", methods=["POST"])
@endpoint(routes, scope="conversions:write", body=NewConversion, answer=ConversionView, status=201)
def create_conversion(call: Call[NewConversion, NoQuery]) -> ConversionView | Replayed:
    """Report a sign-up or a sale; reported again, it is answered as the first time."""
    accepted = accept(call.body, at=call.at, receipt=call.receipt_of(ConversionView.of))
    answer = ConversionView.of(accepted.conversion)
    return answer if accepted.first else Replayed(answer)


@routes.route("/v1/conversions/batch", methods=["POST"])
@endpoint(routes, scope="conversions:write", body=NewConversions, answer=Results, replays=False)
def create_conversions(call: Call[NewConversions, NoQuery]) -> Results:
    """Report up to a hundred conversions, each with its own result; the same batch may be sent again."""
    return accept_all(call.body, at=call.at)


@routes.route("/v1/conversions/{id}", methods=["GET"])
@endpoint(routes, scope="conversions:write", query=ConversionQuery, answer=ConversionState)
def get_conversion(call: Call[None, ConversionQuery], id: str) -> ConversionState:
    """Show a conversion as it stands now."""
    conversion = find(id, call.query)
    return ConversionState.of(conversion, credited(conversion))


@routes.route("/v1/conversions/{id}/refunds", methods=["POST"])
@endpoint(routes, scope="conversions:write", body=NewRefund, query=ConversionQuery, answer=RefundView, status=201)
def create_refund(call: Call[NewRefund, ConversionQuery], id: str) -> RefundView | Replayed:
    """Report money given back of a sale; reported again, it is answered as the first time."""
    accepted = refund(id, call.query, call.body, at=call.at, receipt=call.receipt_of(RefundView.of))
    answer = RefundView.of(accepted.refund)
    return answer if accepted.first else Replayed(answer)


@routes.route("/v1/programs/{id}/leads", methods=["OPTIONS"])
def ask_about_leads(id: str) -> Response:
    """Tell a browser whether a page may report leads."""
    return preflight(routes.current_request, id)


@routes.route("/v1/programs/{id}/leads", methods=["POST"])
@cross_origin(routes)
@endpoint(routes, scope=LEADS, body=NewLead, answer=LeadView, status=201, replays=False)
def create_lead(call: Call[NewLead, NoQuery], id: str) -> LeadView:
    """Report a sign-up from a page of the website, with a publishable key; a repeat changes nothing."""
    program = programs.find(id).program
    if call.program_id != program.id:
        raise NotFound("This key is of another program.")
    check_origin(routes.current_request, program.origins)
    take_lead(call.body, program.id, visitor=find_visitor(routes.current_request), at=call.at)
    return LeadView("lead", program.id, call.body.external_id, instants.text(call.at))
