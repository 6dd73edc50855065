"""How every error is answered over HTTP: RFC 9457 problem+json with a stable code."""

import json
import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from chalice.app import Chalice, Request, Response

from chalicelib.kit import errors
from chalicelib.kit.dynamo import wire
from chalicelib.kit.errors import Busy, Refused

log = logging.getLogger(__name__)

# What Chalice itself can say, in our words.
_FRAMEWORK_CODES = {
    "BadRequestError": "bad_request",
    "NotFoundError": "not_found",
    "MethodNotAllowedError": "method_not_allowed",
    "UnsupportedMediaType": "unsupported_media_type",
    "InternalServerError": "internal_error",
}


def answer_failures(app: Chalice) -> None:
    """
    Have every mounted route answer as a problem what its view refuses and has not answered itself.

    A view that fails of DynamoDB and may succeed in a moment is answered `busy`. Chalice keeps what a view raises from
    its middleware, so each view is wrapped.
    """
    for methods in app.routes.values():
        for entry in methods.values():
            entry.view_function = _answering(app, entry.view_function)


def refusal_of(request: Request, failure: Exception) -> Refused | None:
    """Return what a view refused; or `Busy`, where it failed of DynamoDB and may succeed in a moment."""
    if isinstance(failure, Refused) or not wire.is_passing(failure):
        return failure if isinstance(failure, Refused) else None
    more = {"request_id": request_id_of(request)}
    log.warning("%s %s: %s", request.method, request.path, failure, extra=more)
    return Busy("The database cannot be reached, or is too busy right now; send the same call again.")


def problem(refusal: Refused, *, request_id: str) -> Response:
    """Return a refusal as problem+json."""
    return _response(refusal.STATUS_CODE, errors.described(refusal), request_id, refusal.headers)


def reshape(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Give every answer a request id, and what the framework itself refuses the shape of a problem."""
    response = get_response(request)
    request_id = request_id_of(request)
    if response.status_code >= 400 and isinstance(response.body, dict) and "Code" in response.body:
        code = _FRAMEWORK_CODES.get(response.body["Code"], "error")
        detail = "Something went wrong on our side." if code == "internal_error" else str(response.body["Message"])
        # Which methods there are, where this one is not.
        allowed = {name: str(value) for name, value in response.headers.items() if name == "Allow"}
        if allowed:
            detail = f"This path does not allow {request.method}; it allows {allowed['Allow']}."
        body = errors.body(response.status_code, code, detail, {})
        response = _response(response.status_code, body, request_id, allowed)
    response.headers["X-Request-Id"] = request_id
    return response


def request_id_of(request: Request) -> str:
    """Return the caller's own request id if it is harmless, else the gateway's."""
    header = str(request.headers.get("x-request-id", ""))
    if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", header):
        return header
    return str(request.context.get("requestId", "none"))


def _answering(app: Chalice, view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def answered(**path: str) -> Any:
        request = app.current_request
        assert request is not None, "a view is answering one"
        request_id = request_id_of(request)
        try:
            return view(**path)
        except Exception as failure:
            refusal = refusal_of(request, failure)
            if refusal is None:
                raise
            return problem(refusal, request_id=request_id)

    return answered


def _response(status: int, body: dict[str, Any], request_id: str, headers: dict[str, str]) -> Response:
    written = json.dumps(body | {"request_id": request_id})
    return Response(written, headers={"Content-Type": "application/problem+json", **headers}, status_code=status)
