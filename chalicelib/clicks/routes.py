"""
Clicks over HTTP: the redirect as a route of the whole service, and a click by its id.

On AWS, the redirect is a separate function; a local run serves it here.
"""

from chalice.app import Blueprint, Response

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.clicks.find import find_row, read_id
from chalicelib.clicks.shapes import ClickView
from chalicelib.kit import clock, urls
from chalicelib.kit.shapes import NoQuery

routes = Blueprint(__name__)


@routes.route("/v1/clicks/{id}", methods=["GET"])
@endpoint(routes, scope="stats:read", answer=ClickView)
def get_click(call: Call[None, NoQuery], id: str) -> ClickView:
    """Return a click by its id: its signed content, and its stored row. Takes one read."""
    click_id = read_id(id)
    return ClickView.of(id, click_id, find_row(click_id))


@routes.route("/{id}", methods=["GET", "HEAD"])
def redirect(id: str) -> Response:
    """Redirect the visitor, and store the click."""
    # Imported late: on AWS, the API never redirects visitors.
    from chalicelib.clicks.follow import follow
    from chalicelib.kit import front

    request = routes.current_request
    address = front.address_of(request.headers, str(request.context.get("identity", {}).get("sourceIp", "")))
    query = urls.to_query(request.query_params)
    answer = follow(id, method=request.method, headers=request.headers, address=address, at=clock.now(), query=query)
    return Response(answer.body, headers={**answer.headers}, status_code=answer.status)
