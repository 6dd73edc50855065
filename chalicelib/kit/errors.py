"""Refusals, each with a stable code. `kit.problems` answers them over HTTP; here nothing knows HTTP's framework."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib.kit import config
from chalicelib.kit.faults import Fault

_TITLES = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    412: "Precondition failed",
    413: "Content too large",
    415: "Unsupported media type",
    422: "Unprocessable content",
    429: "Too many requests",
    500: "Internal server error",
    503: "Service unavailable",
}
# Errors outside the endpoints: from the framework, or from API Gateway before it (infra/app.yaml).
_OTHERS = [
    ("bad_request", 400, "The request cannot be read."),
    ("refused_by_gateway", 400, "API Gateway refused the request before it reached us; the status says why."),
    ("not_found", 404, "There is no such path."),
    ("method_not_allowed", 405, "This path does not allow this method."),
    ("unsupported_media_type", 415, "The body must be sent as application/json."),
    ("internal_error", 500, "Something went wrong on our side; you can send the same call again."),
]


def code_of(refusal: type) -> str:
    """Return a refusal's public code: its class name in snake_case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", refusal.__name__).lower()


class Refused(Exception):
    """
    The request cannot be fulfilled; nothing was changed.

    The class name in snake_case is the public code, and the message is for people. *pointer* names
    the invalid field, and *fault* says what is wrong there, translatably;
    *others* are the other faults of the same call. *details* adds members to the problem, *headers* to the response.
    """

    STATUS_CODE = 422

    def __init__(
        self,
        detail: str,
        *,
        pointer: str | None = None,
        fault: Fault | None = None,
        others: Sequence["Refused"] = (),
        details: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        self.fault = fault
        self.others = others
        self.details = details or {}
        self.headers = headers or {}

    @property
    def code(self) -> str:
        return code_of(type(self))


class InvalidJson(Refused):
    """The body is not valid JSON."""

    STATUS_CODE = 400


class BodyTooLarge(Refused):
    """The body is over the limit."""

    STATUS_CODE = 413


class InvalidValue(Refused):
    """A value in the request is not valid."""


def refuse_invalid(objections: Iterable[tuple[str, str]]) -> None:
    """Refuse what has any objection, each a pointer and a sentence, with all of them."""
    refusals = [InvalidValue(sentence, pointer=pointer) for pointer, sentence in objections]
    if refusals:
        first, *others = refusals
        first.others = others
        raise first


class NotFound(Refused):
    """It does not exist, or the caller may not see it."""

    STATUS_CODE = 404


class ExternalIdTaken(Refused):
    """Something else already has this `external_id`."""

    STATUS_CODE = 409


class DestinationRefused(Refused):
    """The program may not send visitors to this address."""


class OriginNotAllowed(Refused):
    """The page may not send this: leads and checks need one of the program's `origins`, forms a page of our own."""

    STATUS_CODE = 403


class Busy(Refused):
    """Too many calls change the same at once, or the database cannot be reached; you can send the same call again."""

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


def described(refusal: Refused) -> dict[str, Any]:
    """Return a refusal as a problem of RFC 9457; it is also shown inside another answer."""
    errors = [{"pointer": one.pointer, "code": one.code, "detail": one.detail} for one in (refusal, *refusal.others)]
    more = refusal.details if refusal.pointer is None else {"errors": errors, **refusal.details}
    return body(refusal.STATUS_CODE, refusal.code, refusal.detail, more)


def body(status: int, code: str, detail: str, more: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a problem, with some *more* after them."""
    return {
        "type": f"{config.public_url()}/v1/errors#{code}",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }
