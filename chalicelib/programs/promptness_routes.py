"""How prompt a program is, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.programs import find
from chalicelib.reconciliation.promptness_shapes import PromptnessView
from chalicelib.stats.shapes import StatsQuery

routes = Blueprint(__name__)


@routes.route("/v1/programs/{id}/promptness", methods=["GET"])
@endpoint(routes, scope="stats:read", query=StatsQuery, answer=PromptnessView)
def get_promptness(call: Call[None, StatsQuery], id: str) -> PromptnessView:
    """Return how long rewards took over local days: until they were decided, due, emailed and paid."""
    # Only who asks for it waits for what reads it.
    from chalicelib.reconciliation.promptness_report import program_promptness

    return program_promptness(find.find(id).program, call.query, at=call.at)
