"""CORS for calls from a website's pages: allowed from the program's own origins only."""

from collections.abc import Callable
from functools import wraps

from chalice.app import Blueprint, Request, Response

from chalicelib.access import api_keys
from chalicelib.kit.errors import OriginNotAllowed
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramNotFound

_ASKED_AGAIN_AFTER = "7200"
# When to come again, if too many came.
_READABLE = {"Access-Control-Expose-Headers": "Retry-After"}
View = Callable[..., Response]
Headers = dict[str, str | list[str]]
ProgramOf = Callable[[Request, dict[str, str]], str | None]


def cross_origin(routes: Blueprint) -> Callable[[View], View]:
    """Let the pages of a program's origins read a view's answer, its refusals too; the path names the program."""
    return _readable(routes, lambda _request, path: path["id"])


def cross_origin_by_key(routes: Blueprint) -> Callable[[View], View]:
    """Let the pages of a program's origins read a view's answer, its refusals too; the key says which program."""
    return _readable(routes, lambda request, _path: api_keys.program_of(request.headers.get("authorization")))


def cross_origin_by(routes: Blueprint, program_of: ProgramOf) -> Callable[[View], View]:
    """Let the pages of a program's origins read a view's answer, its refusals too; *program_of* says which program."""
    return _readable(routes, program_of)


def _readable(routes: Blueprint, program_of: ProgramOf) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def answered(**path: str) -> Response:
            response = view(**path)
            request = routes.current_request
            response.headers.update(_allowed(request, program_of(request, path)))
            return response

        return answered

    return decorate


def preflight(request: Request, program: str) -> Response:
    """Answer a preflight request: 204, with permission for the program's origins only."""
    return _permit(_allowed(request, program), method="POST")


def preflight_by_key(request: Request) -> Response:
    """
    Answer a preflight request that names no program: 204, with permission for any origin to send its request.

    A browser sends the key with that one only. Whether a page may read the answer is decided there.
    """
    origin = request.headers.get("origin")
    return _permit({"Vary": "Origin", **({"Access-Control-Allow-Origin": origin} if origin else {})}, method="GET")


def _permit(headers: Headers, *, method: str) -> Response:
    if "Access-Control-Allow-Origin" in headers:
        headers |= {
            "Access-Control-Allow-Methods": method,
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


def _allowed(request: Request, program: str | None) -> Headers:
    origin = request.headers.get("origin")
    try:
        allowed = program is not None and origin in programs.find(program).program.origins
    except ProgramNotFound:
        allowed = False
    return {"Vary": "Origin", **(_READABLE | {"Access-Control-Allow-Origin": str(origin)} if allowed else {})}
