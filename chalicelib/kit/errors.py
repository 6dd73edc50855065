"""Refusals, and how every error looks to a caller: RFC 9457 problem+json with a stable code."""

import json
import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from chalice.app import Chalice, ChaliceViewError, Request, Response

from chalicelib.kit import config
from chalicelib.kit.dynamo import wire
from chalicelib.kit.faults import Fault

log = logging.getLogger(__name__)

_TITLES = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Content too large",
    415: "Unsupported media type",
    422: "Unprocessable content",
    429: "Too many requests",
    500: "Internal server error",
    503: "Service unavailable",
}
# What Chalice itself can say, in our words.
_FRAMEWORK_CODES = {
    "BadRequestError": "bad_request",
    "NotFoundError": "not_found",
    "MethodNotAllowedError": "method_not_allowed",
    "UnsupportedMediaType": "unsupported_media_type",
    "InternalServerError": "internal_error",
}
# What is said outside the endpoints: by the framework, or by API Gateway before it (infra/app.yaml).
_OTHERS = [
    ("bad_request", 400, "The request cannot be read."),
    ("refused_by_gateway", 400, "API Gateway refused the request before it came to us; the status says more."),
    ("not_found", 404, "There is nothing at this address."),
    ("method_not_allowed", 405, "This address knows other methods."),
    ("unsupported_media_type", 415, "A body is sent as application/json."),
    ("internal_error", 500, "Something went wrong on our side; the same call may be sent again."),
]


def code_of(refusal: type) -> str:
    """Return a refusal's public code: its class name in snake_case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", refusal.__name__).lower()


class Refused(ChaliceViewError):
    """
    The caller asked for something that cannot be; nothing was changed.

    The class name in snake_case is the public code, and the message is for people. *pointer* names
    the field at fault, and *fault* says what is wrong there in a form that can be said in any language;
    *shown* adds members to the problem, *headers* to the answer.
    """

    STATUS_CODE = 422

    def __init__(
        self,
        detail: str,
        *,
        pointer: str | None = None,
        fault: Fault | None = None,
        shown: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        self.fault = fault
        self.shown = shown or {}
        self.headers = headers or {}

    @property
    def code(self) -> str:
        return code_of(type(self))


class InvalidJson(Refused):
    """The body is not JSON as the API takes it."""

    STATUS_CODE = 400


class BodyTooLarge(Refused):
    """The body is over the limit."""

    STATUS_CODE = 413


class InvalidValue(Refused):
    """The request is readable, but a value in it is not acceptable."""


class NotFound(Refused):
    """There is no such thing, or it is not the caller's."""

    STATUS_CODE = 404


class ExternalIdTaken(Refused):
    """Another one has this `external_id`."""

    STATUS_CODE = 409


class DestinationRefused(Refused):
    """The address is not one this program may send people to."""


class OriginNotAllowed(Refused):
    """The page that sent this is not one that may: one of the program's `origins` for a lead, one of ours for a form."""

    STATUS_CODE = 403


class Busy(Refused):
    """Too many at once want the same, or the database is out of reach for the moment; the same call may be sent again."""

    STATUS_CODE = 503

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "1"})


def codes() -> list[dict[str, Any]]:
    """Return every code there is, with its status and what it means, in the order of the codes."""
    listed = [{"code": code, "status": status, "meaning": meaning} for code, status, meaning in _OTHERS]
    todo: list[type[Refused]] = [Refused]
    while todo:
        kind = todo.pop()
        todo += kind.__subclasses__()
        if kind not in (Refused, NotFound):
            meaning = (kind.__doc__ or "").strip().split("\n")[0]
            listed.append({"code": code_of(kind), "status": kind.STATUS_CODE, "meaning": meaning})
    return sorted(listed, key=lambda one: str(one["code"]))


def problem(refusal: Refused, *, request_id: str) -> Response:
    """Return a refusal as problem+json."""
    return _problem(
        refusal.STATUS_CODE,
        refusal.code,
        refusal.detail,
        request_id,
        _errors(refusal),
        refusal.shown,
        refusal.headers,
    )


def described(refusal: Refused) -> dict[str, Any]:
    """Return a refusal as it is shown inside another answer."""
    return _body(refusal.STATUS_CODE, refusal.code, refusal.detail, _errors(refusal), refusal.shown)


def reshape(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Give every answer a request id, and what the framework itself refuses the shape of a problem."""
    response = get_response(request)
    request_id = request_id_of(request)
    if response.status_code >= 400 and isinstance(response.body, dict) and "Code" in response.body:
        code = _FRAMEWORK_CODES.get(response.body["Code"], "error")
        detail = "Something went wrong on our side." if code == "internal_error" else response.body["Message"]
        response = _problem(response.status_code, code, detail, request_id, [], {}, {})
    response.headers["X-Request-Id"] = request_id
    return response


def answer_busy(app: Chalice) -> None:
    """
    Have every route that is mounted answer `busy` where its view fails of DynamoDB, and may succeed in a moment.

    Chalice keeps what a view raises from its middleware, so each view is wrapped.
    """
    for methods in app.routes.values():
        for entry in methods.values():
            entry.view_function = _answering_busy(app, entry.view_function)


def _answering_busy(app: Chalice, view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def answered(**path: str) -> Any:
        try:
            return view(**path)
        except Exception as failure:
            if not wire.is_passing(failure):
                raise
            request = app.current_request
            assert request is not None, "a view is answering one"
            request_id = request_id_of(request)
            log.warning("%s %s: %s", request.method, request.path, failure, extra={"request_id": request_id})
            busy = Busy("The database cannot be reached, or is too busy just now; send the same call again.")
            return problem(busy, request_id=request_id)

    return answered


def request_id_of(request: Request) -> str:
    """Return the caller's own request id if it is harmless, else the gateway's."""
    given = str(request.headers.get("x-request-id", ""))
    if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", given):
        return given
    return str(request.context.get("requestId", "none"))


def _problem(
    status: int,
    code: str,
    detail: str,
    request_id: str,
    errors: list[dict[str, str]],
    shown: dict[str, Any],
    headers: dict[str, str],
) -> Response:
    body = _body(status, code, detail, errors, shown) | {"request_id": request_id}
    return Response(
        json.dumps(body), headers={"Content-Type": "application/problem+json", **headers}, status_code=status
    )


def _body(status: int, code: str, detail: str, errors: list[dict[str, str]], shown: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": f"{config.public_url()}/v1/errors#{code}",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
        **({"errors": errors} if errors else {}),
        **shown,
    }


def _errors(refusal: Refused) -> list[dict[str, str]]:
    if refusal.pointer is None:
        return []
    return [{"pointer": refusal.pointer, "code": refusal.code, "detail": refusal.detail}]
