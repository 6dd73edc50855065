"""The sources of a program, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.graph.shapes import SourcesQuery, SourcesView
from chalicelib.kit.responses import Document

routes = Blueprint(__name__)


@routes.route("/v1/programs/{id}/sources", methods=["GET"])
@endpoint(routes, scope="stats:read", query=SourcesQuery, answer=SourcesView | Document)
def list_sources(call: Call[None, SourcesQuery], id: str) -> SourcesView | Document:
    """List a program's sources, by what flows through them as of the last nightly walk: JSON by page, or CSV."""
    # Loaded late: most calls need none of it.
    from chalicelib.graph import sources

    if call.query.format == "csv":
        return sources.save_sources(id, locale=call.query.locale)
    return sources.list_sources(id, call.query)
