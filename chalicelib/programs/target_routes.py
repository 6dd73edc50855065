"""A program's targets, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, Tagged, endpoint
from chalicelib.kit.cursors import Page
from chalicelib.kit.shapes import NoQuery
from chalicelib.targets.shapes import NewTarget, TargetsQuery, TargetView

routes = Blueprint(__name__)


@routes.route("/v1/programs/{id}/targets", methods=["GET"])
@endpoint(routes, scope="stats:read", query=TargetsQuery, answer=Page[TargetView])
def list_targets(call: Call[None, TargetsQuery], id: str) -> Page[TargetView]:
    """List a program's targets: with `period=current` those in force, and how far each is; or all there ever were."""
    # No start of the API waits for what only these routes need.
    from chalicelib.targets import view

    return view.list_targets(id, call.query, at=call.at)


@routes.route("/v1/programs/{id}/targets", methods=["POST"])
@endpoint(routes, scope="partners:write", body=NewTarget, answer=TargetView, status=201, tagged=True)
def set_target(call: Call[NewTarget, NoQuery], id: str) -> Tagged:
    """Set a target for a program, a category, a tier or a partner: a value of a metric in each period."""
    from chalicelib.targets import set_target
    from chalicelib.targets.view import view_new

    target = set_target.set_target(id, call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(view_new))
    return Tagged.of(view_new(target), target)
