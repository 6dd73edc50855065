"""The redirect as a route of the whole service, as a local run serves it; on AWS it is a function of its own."""

from chalice.app import Blueprint, Response

from chalicelib.clicks.follow import follow
from chalicelib.kit import clock

routes = Blueprint(__name__)


@routes.route("/{id}", methods=["GET", "HEAD"])
def redirect(id: str) -> Response:
    """Redirect the visitor, and store the click."""
    request = routes.current_request
    address = str(request.context.get("identity", {}).get("sourceIp", ""))
    answer = follow(id, method=request.method, headers=request.headers, address=address, at=clock.now())
    return Response(answer.body, headers={**answer.headers}, status_code=answer.status)
