"""Emails, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.emails import suppressions
from chalicelib.emails.shapes import SuppressedAddress, SuppressionLifted
from chalicelib.kit.shapes import NoQuery

routes = Blueprint(__name__)


@routes.route("/v1/suppressions/lift", methods=["POST"])
@endpoint(routes, scope="admin", body=SuppressedAddress, answer=SuppressionLifted, replays=False)
def lift_suppression(call: Call[SuppressedAddress, NoQuery]) -> SuppressionLifted:
    """Let emails go again to an address that was suppressed; messages that were skipped are sent by `retry`."""
    return SuppressionLifted("suppression", suppressions.lift(call.body.email, actor=call.actor, at=call.at))
