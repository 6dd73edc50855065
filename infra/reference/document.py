"""
The API as OpenAPI describes it: `make reference` writes it to `chalicelib/kit/openapi.json`, which is served.

Operations and shapes come from the endpoints (`openapi.py`), refusals from what views raise (`refusals.py`), words from
`words.toml` and `prose.py`, examples from `examples.py`; `saying.py` brings them together.
"""

import copy
import functools
import inspect
import json
from typing import Any

from chalicelib.kit import errors, modules
from chalicelib.kit.routes import OPENAPI_SERVER as SERVER
from chalicelib.kit.version import VERSION
from chalicelib.web.addresses import Deferred
from chalicelib.webhooks.shapes import WEBHOOKS
from infra.reference import addresses as others
from infra.reference import openapi, prose, refusals, saying
from infra.reference.openapi import Schema

# Errors that any call may be answered with.
_ANYWHERE = {"internal_error": 500, "busy": 503}
# What is looked at on the way in: only where there is a body, a key, or an id in the path.
_OF_BODIES = {"invalid_json": 400, "body_too_large": 413}
_OF_KEYS = {"unauthorized": 401, "forbidden": 403}


@functools.cache
def _described() -> Schema:
    views = _views()
    endpoints = [view.endpoint for view in views.values()]
    references, schemas = openapi.schemas_of(endpoints, called=[body for _, body in WEBHOOKS.values()])
    schemas |= copy.deepcopy(others.SCHEMAS)
    schemas["Problem"]["properties"]["code"]["enum"] = [one["code"] for one in errors.codes()]
    paths = {path: {"get": _other(path, entry)} for path, entry in others.OPERATIONS.items()}
    for (path, method), view in views.items():
        paths.setdefault(path, {})[method.lower()] = openapi.operation(
            path,
            method,
            name=inspect.unwrap(view).__name__,
            spec=view.endpoint,
            refusals=refusals_of(view, path, method),
            references=references,
        )
    webhooks = {name: openapi.webhook(name, asks, references[body]) for name, (asks, body) in WEBHOOKS.items()}
    saying.say_all(paths, schemas, webhooks)
    saying.link(paths, schemas)
    refused = {code for methods in paths.values() for operation in methods.values() for code in _codes(operation)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Goodword",
            "version": VERSION,
            "summary": "Referral links, rewards and thank-yous.",
            "description": prose.INFO,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "contact": {"name": "The operator of this service"},
        },
        "servers": [{"url": SERVER, "description": "this service"}],
        "security": [{"secretKey": []}],
        "tags": [{"name": name, "description": prose.TAGS[name]} for name in sorted(_tags(paths))],
        "paths": dict(sorted(paths.items())),
        "webhooks": webhooks,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "parameters": {"Idempotency-Key": prose.IDEMPOTENCY_KEY, "If-Match": prose.IF_MATCH},
            "headers": prose.HEADERS,
            "examples": {one["code"]: _refusal(one) for one in errors.codes() if one["code"] in refused},
            "securitySchemes": prose.SECURITY,
        },
    }


def described() -> Schema:
    """Return the OpenAPI document."""
    return copy.deepcopy(_described())


def written(document: Schema) -> str:
    """Return the document as it is checked in, and ships."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def codes_of(operation: Schema) -> list[str]:
    """Return the codes that an operation may be refused with, and that not every one may."""
    return sorted(_codes(operation) - {*at_the_door(), "unsupported_media_type"})


def refusals_of(view: Any, path: str, method: str) -> dict[str, int]:
    """Return the codes that a call of an endpoint may be refused with, and the status of each."""
    endpoint = view.endpoint
    codes = dict(_ANYWHERE)
    for kind in refusals.own(view) | refusals.at_the_door(view):
        codes[errors.code_of(kind)] = kind.STATUS_CODE
    if method in ("POST", "PATCH"):
        codes["unsupported_media_type"] = 415
    drop = set() if endpoint.body is not None else set(_OF_BODIES)
    drop |= set() if endpoint.scope is not None else set(_OF_KEYS)
    drop |= set() if "{" in path else {"not_found"}
    drop |= set() if method == "POST" and endpoint.replays else {"idempotency_key_reused"}
    return {code: status for code, status in codes.items() if code not in drop}


def addresses() -> list[tuple[str, str, Any]]:
    """Return what is no endpoint of the API, such as pages: method, address and view."""
    return [
        (method, path, _loaded(entry.view_function))
        for path, methods in sorted(_routes().items())
        for method, entry in sorted(methods.items())
        # HEAD is answered wherever GET is, in the same way.
        if not hasattr(entry.view_function, "endpoint") and method != "HEAD"
    ]


@functools.cache
def at_the_door() -> list[str]:
    """Return the codes that any endpoint may answer with, where they apply."""
    doors = [refusals.at_the_door(view) for view in _views().values()]
    return sorted({errors.code_of(one) for one in set.intersection(*doors)} | set(_ANYWHERE))


def _other(path: str, entry: Schema) -> Schema:
    """Return the operation of an address that is no endpoint of the API."""
    view = next(view for _, route, view in addresses() if route == path)
    sentence = (view.__doc__ or "").strip().split("\n")[0]
    operation = copy.deepcopy(entry)
    refused = operation.pop("refusals", {}) | _ANYWHERE
    operation |= {"summary": sentence.rstrip("."), "description": f"{sentence}\n\nNeeds no key.", "security": []}
    operation["tags"] = [openapi.tag(path)]
    operation["responses"] |= openapi.problems(refused)
    return operation


def _refusal(one: Schema) -> Schema:
    """Return the example of a code."""
    problem = errors.body(one["status"], one["code"], one["meaning"], {"request_id": "req-2026-11-28-1"})
    problem["type"] = f"{SERVER}/v1/errors#{one['code']}"
    return {"summary": one["meaning"], "value": problem}


def _codes(operation: Schema) -> set[str]:
    return {
        code
        for answer in operation["responses"].values()
        for code in answer["content"].get("application/problem+json", {}).get("examples", {})
    }


def _tags(paths: dict[str, Schema]) -> set[str]:
    return {tag for methods in paths.values() for operation in methods.values() for tag in operation["tags"]}


@functools.cache
def _views() -> dict[tuple[str, str], Any]:
    return {
        (path, method): entry.view_function
        for path, methods in sorted(_routes().items())
        for method, entry in sorted(methods.items())
        # HEAD is answered wherever GET is, in the same way.
        if hasattr(entry.view_function, "endpoint") and method != "HEAD"
    }


def _loaded(view: Any) -> Any:
    plain = inspect.unwrap(view)
    return plain.load() if isinstance(plain, Deferred) else view


@functools.cache
def _routes() -> Any:
    import app

    # What is imported only when it is wanted may define refusals, too.
    modules.import_everything()
    return app.app.routes
