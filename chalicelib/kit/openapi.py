"""The OpenAPI 3.1 document, written from the very types that validate requests."""

import re
from types import UnionType
from typing import Any, Protocol, get_args

import msgspec

from chalicelib.kit.responses import Document
from chalicelib.kit.shapes import Problem

_COMPONENTS = "#/components/schemas/{name}"
_TEXT = {"type": "string"}


class EndpointSpec(Protocol):
    """What an endpoint says of itself."""

    summary: str
    scope: str | None
    body: Any
    query: type
    answer: Any
    status: int
    replays: bool
    takes: str


def document(routes: dict[str, dict[str, Any]], *, version: str, server: str) -> dict[str, Any]:
    """Return the document for an app's routes (path, then method, then Chalice's entry)."""
    endpoints = {
        (path, method): entry.view_function.endpoint
        for path, methods in sorted(routes.items())
        for method, entry in sorted(methods.items())
        # HEAD is answered wherever GET is, and alike.
        if hasattr(entry.view_function, "endpoint") and method != "HEAD"
    }
    kinds: list[Any] = [Problem]
    for spec in endpoints.values():
        body = spec.body if spec.takes == "application/json" else None
        kinds += [kind for kind in (body, *_answers(spec)) if kind not in (None, Document, *kinds)]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_COMPONENTS)
    references = dict(zip(kinds, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for (path, method), spec in endpoints.items():
        paths.setdefault(path, {})[method.lower()] = _operation(path, method, spec, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Goodword",
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "rk_..."}},
        },
    }


def _operation(path: str, method: str, spec: EndpointSpec, references: dict[Any, Any]) -> dict[str, Any]:
    problem = {"content": {"application/problem+json": {"schema": references[Problem]}}}
    operation: dict[str, Any] = {
        "operationId": f"{method.lower()}{re.sub(r'[^a-zA-Z0-9]+', '_', path)}".rstrip("_"),
        "summary": spec.summary,
        "parameters": _parameters(path, method, spec),
        "responses": {
            str(spec.status): {
                "description": "Done.",
                "content": _content(spec, references),
            },
            "4XX": {"description": "Refused; nothing was changed.", **problem},
            "5XX": {"description": "Failed; the same call may be sent again.", **problem},
        },
    }
    if spec.scope is not None:
        operation["security"] = [{"key": []}]
        operation["x-scope"] = spec.scope
    if spec.body is not None:
        schema = references.get(spec.body, {"type": "string"})
        operation["requestBody"] = {"required": True, "content": {spec.takes: {"schema": schema}}}
    return operation


def _content(spec: EndpointSpec, references: dict[Any, Any]) -> dict[str, Any]:
    answers = [
        ("text/csv", _TEXT) if one is Document else ("application/json", references[one]) for one in _answers(spec)
    ]
    return {kind: {"schema": schema} for kind, schema in answers}


def _answers(spec: EndpointSpec) -> tuple[Any, ...]:
    """Return what an endpoint answers with: one thing, or a file as well."""
    return get_args(spec.answer) if isinstance(spec.answer, UnionType) else (spec.answer,)


def _parameters(path: str, method: str, spec: EndpointSpec) -> list[dict[str, Any]]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    schema = msgspec.json.schema(spec.query)
    described = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    for name, kind in described.get("properties", {}).items():
        required = name in described.get("required", [])
        parameters.append({"name": name, "in": "query", "required": required, "schema": kind})
    if method == "POST" and spec.replays:
        key = {"type": "string", "minLength": 1, "maxLength": 255}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    return parameters
