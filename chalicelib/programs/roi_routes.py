"""What a program cost, and what it returned on that, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit import cursors
from chalicelib.kit.cursors import Page
from chalicelib.kit.responses import Document
from chalicelib.kit.shapes import ListQuery, NoQuery
from chalicelib.programs import find
from chalicelib.roi.cost_shapes import CostView, NewCost, ReversedCost
from chalicelib.roi.shapes import RoiQuery, RoiView

routes = Blueprint(__name__)


@routes.route("/v1/programs/{id}/roi", methods=["GET"])
@endpoint(routes, scope="stats:read", query=RoiQuery, answer=RoiView | Document)
def get_roi(call: Call[None, RoiQuery], id: str) -> RoiView | Document:
    """Compute what a program returned on all that it cost, line by line: JSON, or a whole CSV."""
    # Loaded late: most calls need none of it.
    from chalicelib.roi.roi import roi
    from chalicelib.roi.sheet import as_csv

    view = roi(id, call.query, at=call.at)
    return as_csv(view, locale=call.query.locale) if call.query.format == "csv" else view


@routes.route("/v1/programs/{id}/costs", methods=["POST"])
@endpoint(routes, scope="rewards:write", body=NewCost, answer=CostView, status=201)
def enter_cost(call: Call[NewCost, NoQuery], id: str) -> CostView:
    """Enter what a program cost in a month; a mistake is taken back, not changed."""
    from chalicelib.roi.costs import enter

    return CostView.of(enter(id, call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(CostView.of)))


@routes.route("/v1/programs/{id}/costs/reverse", methods=["POST"])
@endpoint(routes, scope="rewards:write", body=ReversedCost, answer=CostView, replays=False)
def reverse_cost(call: Call[ReversedCost, NoQuery], id: str) -> CostView:
    """Take back a cost that was entered by mistake; a second time changes nothing."""
    from chalicelib.roi.costs import reverse, view_costs

    return view_costs([reverse(id, call.body.cost, call.body.note, actor=call.actor, at=call.at)])[0]


@routes.route("/v1/programs/{id}/costs", methods=["GET"])
@endpoint(routes, scope="stats:read", query=ListQuery, answer=Page[CostView])
def list_costs(call: Call[None, ListQuery], id: str) -> Page[CostView]:
    """List what was entered of a program's costs: the newest month first, in it the newest cost."""
    from chalicelib.roi.costs import list_page, view_costs

    program_id = find.find(id).program.id
    list_name = f"costs of {program_id}, newest first"
    position = cursors.read(call.query.cursor, of=list_name)
    page, position = list_page(program_id, limit=call.query.limit, position=position)
    return Page(view_costs(page), position is not None, cursors.write(position, of=list_name))
