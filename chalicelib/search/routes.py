"""The search, over HTTP. Lists are routes of the rooms whose things they list."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.search.shapes import SearchQuery, SearchView

routes = Blueprint(__name__)


@routes.route("/v1/search", methods=["GET"])
@endpoint(routes, scope="admin", query=SearchQuery, answer=SearchView)
def search_everything(call: Call[None, SearchQuery]) -> SearchView:
    """Find any text: an id, an email address, a code, an order number, or the beginning of a name."""
    # Only who searches waits for what finds things.
    from chalicelib.search.anything import search_anything

    return search_anything(call.query.q, call.query.program)
