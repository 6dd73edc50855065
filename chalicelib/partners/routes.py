"""Partners, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit import cursors
from chalicelib.kit.cursors import Page
from chalicelib.kit.shapes import ListQuery, NoQuery
from chalicelib.partners import find, share
from chalicelib.partners.create import create
from chalicelib.partners.enrol import enrol
from chalicelib.partners.find import Member
from chalicelib.partners.shapes import NewEnrolment, NewPartner, PartnerView, enrolment_view

routes = Blueprint(__name__)


def _view(member: Member) -> PartnerView:
    views = [enrolment_view(enrolment, share.url(enrolment)) for enrolment in member.enrolments]
    return PartnerView.of(member.partner, views)


def _again(identifier: str) -> PartnerView:
    return _view(find.find(identifier))


@routes.route("/v1/partners", methods=["POST"])
@endpoint(routes, scope="partners:write", body=NewPartner, answer=PartnerView, status=201, again=_again)
def create_partner(call: Call[NewPartner, NoQuery]) -> PartnerView:
    """Add a partner, enrolled in the programmes named."""
    return _view(create(call.body, at=call.at, receipt=call.receipt_of(_view)))


@routes.route("/v1/partners", methods=["GET"])
@endpoint(routes, scope="partners:write", query=ListQuery, answer=Page[PartnerView])
def list_partners(call: Call[None, ListQuery]) -> Page[PartnerView]:
    """List the partners, oldest first; enrolments are shown on each one's own page."""
    found, position = find.page(limit=call.query.limit, position=cursors.read(call.query.cursor, of="partners"))
    data = [PartnerView.of(partner, []) for partner in found]
    return Page(data, position is not None, cursors.write(position, of="partners"))


@routes.route("/v1/partners/{id}", methods=["GET"])
@endpoint(routes, scope="partners:write", answer=PartnerView)
def get_partner(call: Call[None, NoQuery], id: str) -> PartnerView:
    """Show a partner, with the programmes they take part in."""
    return _view(find.find(id))


@routes.route("/v1/partners/{id}/enrolments", methods=["POST"])
@endpoint(routes, scope="partners:write", body=NewEnrolment, answer=PartnerView, status=201, again=_again)
def create_enrolment(call: Call[NewEnrolment, NoQuery], id: str) -> PartnerView:
    """Enrol a partner in a programme; a second time changes nothing."""
    return _view(enrol(id, call.body.program, at=call.at, receipt=call.receipt_of(_view)))
