"""The door of every API route: who calls, with what, and how they are answered."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

import msgspec
from chalice.app import Blueprint, Request, Response
from msgspec import Struct

from chalicelib.access.find import authorize
from chalicelib.kit import bodies, clock, errors, idempotency
from chalicelib.kit.digests import digest
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.responses import Document, file
from chalicelib.kit.shapes import NoQuery

log = logging.getLogger(__name__)

# `ext_` and the longest id a caller may have.
MOST_CHARACTERS = 104

B = TypeVar("B")
Q = TypeVar("Q")


class Call(Struct, Generic[B, Q], frozen=True):
    """One call of the API, understood: what was sent, when, and the receipt it wants."""

    body: B
    query: Q
    at: datetime
    receipt: Receipt
    # The program a publishable key is of.
    program_id: str | None = None

    def receipt_of(self, view: Callable[[Any], Any]) -> Receipt:
        """Return the receipt a verb writes with its row: the answer is the row's view."""
        return no_receipt if self.receipt is no_receipt else lambda row: self.receipt(view(row))


class Replayed(Exception):
    """A verb found that this was done before: answer as then, and say so."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer


class Endpoint(Struct, frozen=True):
    """What a route promises: for the guard, for OpenAPI, and for the tests that compare the two."""

    summary: str
    scope: str | None
    body: Any
    query: type
    answer: Any
    status: int
    replays: bool
    again: Callable[[str], Any] | None
    read: Callable[[bytes], Any] | None
    takes: str


def endpoint(
    routes: Blueprint,
    *,
    answer: Any,
    scope: str | None,
    body: Any = None,
    query: type = NoQuery,
    status: int = 200,
    replays: bool = True,
    again: Callable[[str], Any] | None = None,
    read: Callable[[bytes], Any] | None = None,
    takes: str = "application/json",
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """
    Make a view into an API endpoint: authorized, typed, answered in JSON, refused as problem+json.

    A POST with an `Idempotency-Key` passes the view a receipt to write with what it does, and gets
    the first answer if it was made before. *replays* is False where the answer must not be stored
    (or a repeat does nothing anyway); *again* makes it anew from its id where it says who somebody is.
    *read* reads a body that is not JSON but what *takes* names.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Response]:
        summary = (view.__doc__ or "").strip().split("\n")[0]
        promise = Endpoint(summary, scope, body, query, answer, status, replays, again, read, takes)

        @wraps(view)
        def answered(**path: str) -> Response:
            request = routes.current_request
            named = {name: unquote(value) for name, value in path.items()}
            try:
                if any(len(value) > MOST_CHARACTERS for value in named.values()):
                    raise errors.NotFound("There is nothing by a name as long as that.")
                return _perform(promise, view, request, named)
            except errors.Refused as refusal:
                request_id = errors.request_id_of(request)
                told = {"status": refusal.STATUS_CODE, "request_id": request_id}
                log.info("%s %s %s", request.method, request.path, refusal.code, extra=told)
                return errors.problem(refusal, request_id=request_id)

        answered.endpoint = promise  # type: ignore[attr-defined]
        return answered

    return decorate


def _perform(promise: Endpoint, view: Callable[..., Any], request: Request, path: Mapping[str, str]) -> Response:
    started = time.perf_counter()
    at = clock.now()
    holder, program_id = "anybody", None
    if promise.scope is not None:
        caller = authorize(request.headers.get("authorization"), scope=promise.scope)
        holder, program_id = caller.id, caller.program_id
    query: Any = bodies.read_query(request.query_params, promise.query)
    body = _body(promise, request)
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST" or not promise.replays:
        response = _plain(promise, view, Call(body, query, at, no_receipt, program_id), path)
    else:
        idempotency.check(key)
        response = _once(
            promise, view, Call(body, query, at, no_receipt, program_id), path, f"{holder}#{request.path}#{key}"
        )
    log.info(
        "%s %s %s %.1f ms",
        *(request.method, request.path, response.status_code, _since(started)),
        # The id a caller was told, so that what they ask about is found.
        extra={"status": response.status_code, "request_id": errors.request_id_of(request)},
    )
    return response


def _body(promise: Endpoint, request: Request) -> Any:
    if promise.read is not None:
        raw = request.raw_body
        return promise.read(raw.encode() if isinstance(raw, str) else raw)
    return bodies.read_body(request.raw_body, promise.body) if promise.body else None


def _plain(promise: Endpoint, view: Callable[..., Any], call: Call[Any, Any], path: Mapping[str, str]) -> Response:
    try:
        answer = view(call, **path)
        return file(answer) if isinstance(answer, Document) else _json(promise.status, _encoded(answer))
    except Replayed as before:
        left = call.receipt(before.answer)
        if left:
            writes.commit(*left)
        return _json(promise.status, _encoded(before.answer), replayed=True)


def _once(
    promise: Endpoint, view: Callable[..., Any], call: Call[Any, Any], path: Mapping[str, str], named: str
) -> Response:
    # The key stands for this very call: its target and its query too, not only its body.
    fingerprint = digest(dict(path), call.query, call.body)

    def receipt(answer: Any) -> list[Write]:
        body = answer.id if promise.again else _encoded(answer)
        return [idempotency.receipt(named, fingerprint=fingerprint, status=promise.status, body=body, at=call.at)]

    def first_answer() -> Response | None:
        before = idempotency.find(named, fingerprint=fingerprint, at=call.at)
        if before is None:
            return None
        body = _encoded(promise.again(before.body)) if promise.again else before.body
        return _json(before.status, body, replayed=True)

    replay = first_answer()
    if replay:
        return replay
    try:
        return _plain(promise, view, Call(call.body, call.query, call.at, receipt, call.program_id), path)
    except errors.Refused:
        # Perhaps another call with this key was faster, and that is why this one was refused.
        replay = first_answer()
        if replay:
            return replay
        raise


def _encoded(answer: Any) -> str:
    return (msgspec.json.encode(answer) if isinstance(answer, Struct) else json.dumps(answer).encode()).decode()


def _json(status: int, body: str, *, replayed: bool = False) -> Response:
    headers: dict[str, str | list[str]] = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(body, headers=headers, status_code=status)


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
