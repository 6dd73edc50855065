"""Exports, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.exports.shapes import PartQuery
from chalicelib.kit.responses import ExportPart

routes = Blueprint(__name__)


@routes.route("/v1/exports/{id}", methods=["GET"])
@endpoint(routes, scope="stats:read", query=PartQuery, answer=ExportPart)
def export_part(call: Call[None, PartQuery], id: str) -> ExportPart:
    """Export `clicks`, `conversions`, `rewards`, `partners` or `payouts` in parts; the key needs their scope, too."""
    # Only who exports waits for what reads all lists.
    from chalicelib.exports.export import check_scopes, export, find_name

    name = find_name(id)
    check_scopes(name, call.scopes)
    return export(name, call.query, at=call.at)
