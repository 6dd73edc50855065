"""Exports, over HTTP: each needs the scope of the list that its rows are in."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.exports.shapes import ClicksPartQuery, PartQuery, ProgramPartQuery
from chalicelib.kit.responses import ExportPart

routes = Blueprint(__name__)


@routes.route("/v1/exports/clicks", methods=["GET"])
@endpoint(routes, scope="stats:read", query=ClicksPartQuery, answer=ExportPart)
def export_clicks(call: Call[None, ClicksPartQuery]) -> ExportPart:
    """Export a program's clicks, by day and link; they are kept for 400 days, or as long as the deployment sets."""
    # Only who exports waits for what reads all lists.
    from chalicelib.exports.export import export

    return export("clicks", call.query, at=call.at)


@routes.route("/v1/exports/conversions", methods=["GET"])
@endpoint(routes, scope="conversions:read", query=ProgramPartQuery, answer=ExportPart)
def export_conversions(call: Call[None, ProgramPartQuery]) -> ExportPart:
    """Export conversions in the order in which they were recorded, as they are now; those of the last 400 days."""
    from chalicelib.exports.export import export

    return export("conversions", call.query, at=call.at)


@routes.route("/v1/exports/rewards", methods=["GET"])
@endpoint(routes, scope="rewards:read", query=ProgramPartQuery, answer=ExportPart)
def export_rewards(call: Call[None, ProgramPartQuery]) -> ExportPart:
    """Export rewards in the order in which what earned them was recorded, as they are now; of the last 400 days."""
    from chalicelib.exports.export import export

    return export("rewards", call.query, at=call.at)


@routes.route("/v1/exports/partners", methods=["GET"])
@endpoint(routes, scope="partners:read", query=ProgramPartQuery, answer=ExportPart)
def export_partners(call: Call[None, ProgramPartQuery]) -> ExportPart:
    """Export partners in the order in which they were added, as they are now."""
    from chalicelib.exports.export import export

    return export("partners", call.query, at=call.at)


@routes.route("/v1/exports/payouts", methods=["GET"])
@endpoint(routes, scope="payouts:read", query=PartQuery, answer=ExportPart)
def export_payouts(call: Call[None, PartQuery]) -> ExportPart:
    """Export the payments of payouts whose lists are final, payout by payout, as they are now."""
    from chalicelib.exports.export import export

    return export("payouts", call.query, at=call.at)
