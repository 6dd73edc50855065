"""The API as the service describes it, with what only people want to know beside: examples, groups, codes."""

import functools
import inspect
from typing import Any

from chalicelib.kit import errors, modules, openapi
from chalicelib.kit.version import VERSION
from chalicelib.web.addresses import Deferred
from infra.reference import refusals
from infra.reference.examples import Examples

SERVER = "https://go.example.com"


def described(*, server: str | None = SERVER) -> dict[str, Any]:
    """Return the OpenAPI document, with examples and codes; nothing of this runs on AWS. *server* may be left open."""
    routes = _routes()
    document = openapi.document(routes, version=VERSION, server=server or "/")
    if server is None:
        del document["servers"]
    examples = Examples(document["components"]["schemas"])
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            view = routes[path][method.upper()].view_function
            codes_of_view = _codes(refusals.own(view)) | _codes(refusals.at_the_door(view)) - set(at_the_door())
            operation["x-codes"] = codes = sorted(codes_of_view)
            operation["tags"] = [group(path)]
            named = f" Codes: {', '.join(codes)}." if codes else ""
            operation["responses"]["4XX"]["description"] += named
            examples.add(path, operation)
    return document


def group(path: str) -> str:
    """Return which part of the API an address belongs to: its first word that is neither a version nor a variable."""
    words = [word for word in path.split("/") if word and not word.startswith("{")]
    return words[1] if len(words) > 1 else words[0] if words else "other"


def addresses() -> list[tuple[str, str, Any]]:
    """Return what is no endpoint of the API, such as pages: method, address and view."""
    return [
        (method, path, _loaded(entry.view_function))
        for path, methods in sorted(_routes().items())
        for method, entry in sorted(methods.items())
        # HEAD is answered wherever GET is, and alike.
        if not hasattr(entry.view_function, "endpoint") and method != "HEAD"
    ]


def _loaded(view: Any) -> Any:
    plain = inspect.unwrap(view)
    return plain.load() if isinstance(plain, Deferred) else view


@functools.cache
def at_the_door() -> list[str]:
    """Return the codes that any endpoint may answer with."""
    views = [entry.view_function for methods in _routes().values() for entry in methods.values()]
    doors = [refusals.at_the_door(view) for view in views if hasattr(view, "endpoint")]
    return sorted(_codes(set.intersection(*doors)))


def _codes(kinds: set[type[errors.Refused]]) -> set[str]:
    return {errors.code_of(one) for one in kinds}


@functools.cache
def _routes() -> Any:
    import app

    # What is imported only when it is wanted may define refusals, too.
    modules.import_everything()
    return app.app.routes
