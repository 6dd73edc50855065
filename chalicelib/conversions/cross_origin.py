"""CORS for calls from a website's pages: allowed from the program's own origins only."""

from collections.abc import Callable
from functools import wraps

from chalice.app import Blueprint, Request, Response

from chalicelib.kit.errors import OriginNotAllowed
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramNotFound

_ASKED_AGAIN_AFTER = "7200"
# When to come again, if too many came.
_READABLE = {"Access-Control-Expose-Headers": "Retry-After"}
View = Callable[..., Response]


def cross_origin(routes: Blueprint) -> Callable[[View], View]:
    """Let the pages of a program's origins read a view's answer, its refusals too."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(id: str) -> Response:  # noqa: A002
            response = view(id=id)
            response.headers.update(_allowed(routes.current_request, id))
            return response

        return answered

    return decorate


def preflight(request: Request, program: str) -> Response:
    """Answer a preflight request: 204, with permission for the program's origins only."""
    headers = _allowed(request, program)
    if "Access-Control-Allow-Origin" in headers:
        headers |= {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": _ASKED_AGAIN_AFTER,
        }
    return Response("", headers=headers, status_code=204)


def check_origin(request: Request, origins: list[str]) -> None:
    """
    Refuse a call that is not from a page of these origins.

    Anything but a browser can claim any origin; see docs/guides/website-snippet.md.
    """
    if request.headers.get("origin") not in origins:
        raise OriginNotAllowed("The page's origin is not one of the program's `origins`.")


def _allowed(request: Request, program: str) -> dict[str, str | list[str]]:
    origin = request.headers.get("origin")
    try:
        allowed = origin in programs.find(program).program.origins
    except ProgramNotFound:
        allowed = False
    return {"Vary": "Origin", **(_READABLE | {"Access-Control-Allow-Origin": str(origin)} if allowed else {})}
