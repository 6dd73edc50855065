"""How a program receives introductions, and whether it is ready to, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, Tagged, endpoint
from chalicelib.introductions.receiving_shapes import ReadinessView, ReceivingView, TestStep, TrialView
from chalicelib.kit.shapes import NoQuery
from chalicelib.programs import find
from chalicelib.programs.receiving import Receiving
from chalicelib.reports.pipeline_shapes import PipelineView
from chalicelib.stats.shapes import StatsQuery

routes = Blueprint(__name__)


@routes.route("/v1/programs/{id}/receiving", methods=["GET"])
@endpoint(routes, scope="introductions:read", answer=ReceivingView, tagged=True)
def get_receiving(call: Call[None, NoQuery], id: str) -> Tagged:
    """Show how a program receives introductions."""
    program = find.read(find.find(id).program.id).program
    return Tagged.of(ReceivingView.of(program), program)


@routes.route("/v1/programs/{id}/receiving", methods=["POST"])
@endpoint(routes, scope="admin", body=Receiving, answer=ReceivingView, replays=False, tagged=True)
def set_receiving(call: Call[Receiving, NoQuery], id: str) -> Tagged:
    """Set how a program receives introductions, and with `open` whether it does; it has to be ready for that."""
    # No start of the API waits for what only these routes need.
    from chalicelib.introductions.set_receiving import set_receiving

    program = set_receiving(id, call.body, if_match=call.if_match, actor=call.actor, at=call.at).program
    return Tagged.of(ReceivingView.of(program), program)


@routes.route("/v1/programs/{id}/readiness", methods=["GET"])
@endpoint(routes, scope="introductions:read", answer=ReadinessView)
def get_readiness(call: Call[None, NoQuery], id: str) -> ReadinessView:
    """Check whether a program is ready to receive introductions: what is missing, and where to mend it."""
    from chalicelib.introductions.readiness import check_readiness

    terms = find.read(find.find(id).program.id)
    return ReadinessView.of(terms.program, check_readiness(terms, at=call.at))


@routes.route("/v1/programs/{id}/readiness/test", methods=["POST"])
@endpoint(routes, scope="admin", body=TestStep, answer=TrialView, replays=False)
def test_readiness(call: Call[TestStep, NoQuery], id: str) -> TrialView:
    """Send the owner a test introduction, or report that it arrived."""
    from chalicelib.emails.to_administrators import new_test_introduction
    from chalicelib.introductions import trials

    if call.body.step == "arrived":
        trial = trials.confirm(id, actor=call.actor, at=call.at)
    else:
        trial = trials.send(id, tell=new_test_introduction(call.at), actor=call.actor, at=call.at)
    return TrialView.of(find.find(id).program.id, trial)


@routes.route("/v1/programs/{id}/pipeline", methods=["GET"])
@endpoint(routes, scope="introductions:read", query=StatsQuery, answer=PipelineView)
def get_pipeline(call: Call[None, StatsQuery], id: str) -> PipelineView:
    """Count a program's introductions by state, with what became of them and how long each state took."""
    from chalicelib.reports.pipeline import pipeline

    return pipeline(find.find(id).program, call.query, at=call.at)
