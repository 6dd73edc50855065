"""What every API route does: authorize the caller, parse the call, replay or perform it, encode the answer."""

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

from chalicelib.access.api_keys import authorize
from chalicelib.access.table import ApiKey
from chalicelib.audit.actor import Actor
from chalicelib.kit import bodies, clock, errors, idempotency, problems
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.rows import Revised
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.keyed_digests import fingerprints
from chalicelib.kit.responses import Document, file
from chalicelib.kit.revisions import ANY, IfMatch, etag_of, read_if_match
from chalicelib.kit.shapes import NoQuery

log = logging.getLogger(__name__)

# `ext_` and the longest id a caller may have.
MOST_CHARACTERS = 104

B = TypeVar("B")
Q = TypeVar("Q")


class Call(Struct, Generic[B, Q], frozen=True):
    """One call of the API, parsed: what was sent, when, and how its receipt is made."""

    body: B
    query: Q
    at: datetime
    receipt: Receipt
    # The actor of the changes in this call.
    actor: Actor
    # The program a publishable key is of.
    program_id: str | None = None
    # The revisions the caller has read, for a change.
    if_match: IfMatch = ANY
    scopes: tuple[str, ...] = ()

    def receipt_of(self, view: Callable[[Any], Any]) -> Receipt:
        """Return the receipt a verb writes together with its row: the answer is the row's view."""
        return no_receipt if self.receipt is no_receipt else lambda row: self.receipt(view(row))


class Replayed(Struct, frozen=True):
    """What a view returns when this was done before: the answer of then, to be marked as such."""

    answer: Any


class Tagged(Struct, frozen=True):
    """What a view returns of a row that counts its changes: the answer, and the row's ETag."""

    answer: Any
    etag: str

    @classmethod
    def of(cls, answer: Any, row: Revised) -> "Tagged":
        return cls(answer, etag_of(row))


class Endpoint(Struct, frozen=True):
    """What a route declares: for this module, for OpenAPI, and for the tests that compare the two."""

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
    tagged: bool


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
    tagged: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """
    Make a view into an API endpoint: authorized, typed, answered in JSON, refused as problem+json.

    A POST with an `Idempotency-Key` passes the view a receipt to write in its transaction; a repeat gets
    the first answer. *replays* is False if the answer must not be stored
    (or a repeat has no effect anyway); *again* rebuilds an answer with personal data from its id.
    *read* reads a body that is not JSON; *takes* documents it. A *tagged* view answers with an ETag, and
    changes only a revision that `If-Match` names.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Response]:
        summary = (view.__doc__ or "").strip().split("\n")[0]
        spec = Endpoint(summary, scope, body, query, answer, status, replays, again, read, takes, tagged)

        @wraps(view)
        def answered(**path: str) -> Response:
            request = routes.current_request
            parameters = {name: unquote(value) for name, value in path.items()}
            try:
                if any(len(value) > MOST_CHARACTERS for value in parameters.values()):
                    raise errors.NotFound("This ID is too long.")
                return _perform(spec, view, request, parameters)
            except errors.Refused as refusal:
                request_id = problems.request_id_of(request)
                fields = {"status": refusal.STATUS_CODE, "request_id": request_id}
                log.info("%s %s %s", request.method, request.path, refusal.code, extra=fields)
                return problems.problem(refusal, request_id=request_id)

        answered.endpoint = spec  # type: ignore[attr-defined]
        return answered

    return decorate


def _perform(spec: Endpoint, view: Callable[..., Any], request: Request, path: Mapping[str, str]) -> Response:
    started = time.perf_counter()
    at = clock.now()
    caller = authorize(request.headers.get("authorization"), scope=spec.scope) if spec.scope is not None else None
    call = _parse(spec, request, caller, at=at)
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST" or not spec.replays:
        response = _response(spec, view(call, **path), call)
    else:
        idempotency.check(key)
        response = _once(spec, view, call, path, name=f"{caller.id if caller else 'anybody'}#{request.path}#{key}")
    log.info(
        "%s %s %s %.1f ms",
        *(request.method, request.path, response.status_code, _since(started)),
        # The id in the caller's answer, so that a question about it finds this line.
        extra={"status": response.status_code, "request_id": problems.request_id_of(request)},
    )
    return response


def _parse(spec: Endpoint, request: Request, caller: ApiKey | None, *, at: datetime) -> Call[Any, Any]:
    query: Any = bodies.read_query(request.query_params, spec.query)
    raw = request.raw_body
    if spec.read is not None:
        body = spec.read(raw.encode() if isinstance(raw, str) else raw)
    else:
        body = bodies.read_body(raw, spec.body) if spec.body else None
    request_id = problems.request_id_of(request)
    actor = Actor("key", caller.id, request_id) if caller else Actor("page", "api", request_id)
    if_match = read_if_match(request.headers.get("if-match")) if spec.tagged else ANY
    program_id, scopes = (caller.program_id, tuple(caller.scopes)) if caller else (None, ())
    return Call(body, query, at, no_receipt, actor, program_id, if_match, scopes)


def _once(
    spec: Endpoint, view: Callable[..., Any], call: Call[Any, Any], path: Mapping[str, str], *, name: str
) -> Response:
    """Answer a call that has a key: as the first one with it was answered, if there was one."""

    def act(receipt: Receipt) -> Response:
        with_receipt = msgspec.structs.replace(call, receipt=receipt)
        return _response(spec, view(with_receipt, **path), with_receipt)

    answer = idempotency.once(
        name,
        act,
        # The key belongs to this exact call: to its target and query, and not only to its body.
        fingerprints=fingerprints(dict(path), call.query, call.body),
        status=spec.status,
        body=lambda answer: answer.id if spec.again else _encoded(answer),
        at=call.at,
    )
    if isinstance(answer, Response):
        return answer
    return _json(answer.status, _encoded(spec.again(answer.body)) if spec.again else answer.body, replayed=True)


def _response(spec: Endpoint, answer: Any, call: Call[Any, Any]) -> Response:
    if isinstance(answer, Document):
        return file(answer)
    if isinstance(answer, Tagged):
        return _json(spec.status, _encoded(answer.answer), etag=answer.etag)
    if not isinstance(answer, Replayed):
        return _json(spec.status, _encoded(answer))
    receipt = call.receipt(answer.answer)
    if receipt:
        writes.commit(*receipt)
    return _json(spec.status, _encoded(answer.answer), replayed=True)


def _encoded(answer: Any) -> str:
    return (msgspec.json.encode(answer) if isinstance(answer, Struct) else json.dumps(answer).encode()).decode()


def _json(status: int, body: str, *, replayed: bool = False, etag: str | None = None) -> Response:
    headers: dict[str, str | list[str]] = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    if etag is not None:
        headers["ETag"] = etag
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(body, headers=headers, status_code=status)


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
