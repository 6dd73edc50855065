"""Calls the functions behind HTTP as API Gateway's REST API would: the redirect's own, and the API for all else."""

import base64
import re
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from chalice.app import Chalice
from chalice.local import LocalChalice

from chalicelib.kit.greedy import GREEDY, behind
from infra.local import templates

_REDIRECT = "/{id}"
# What API Gateway calls that no route takes a request.
_NO_ROUTE = "MISSING_AUTHENTICATION_TOKEN"


@dataclass(frozen=True)
class Request:
    """A request as it came: the path still encoded, names of headers in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    address: str
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What is answered."""

    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)


class Gateway:
    """Turns requests into events, and the functions' answers into replies."""

    def __init__(self, app: Chalice) -> None:
        # Its tables have the names that the environment gives them when it is imported.
        from chalicelib.clicks.redirect import handler

        self._redirect = handler
        # Chalice keeps the current request on the app; with threads it has to be one a thread.
        app.__class__ = type("ThreadedApp", (LocalChalice, app.__class__), {})
        self.app = app
        answers = templates.read("app.yaml")["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
        self._no_route = answers[_NO_ROUTE]
        # What is spelled out goes before what is a variable: /healthz before /{id}.
        hidden = behind(app.routes)
        self._plain = {path for path in app.routes if "{" not in path and path not in hidden}
        # What takes all that is below it, and that nothing else takes.
        self._greedy = [path.removesuffix(GREEDY) for path in app.routes if path.endswith(GREEDY)]
        # By the number of their parts: a redirect is looked for among a handful, not among all.
        self._routes: dict[int, list[tuple[Any, str]]] = defaultdict(list)
        for path in sorted(app.routes, key=lambda path: [part.startswith("{") for part in path.split("/")]):
            if "{" in path and not path.endswith(GREEDY) and path not in hidden:
                self._routes[path.count("/")].append((pattern(path), path))

    def redirect(self, request: Request) -> Reply | None:
        """Answer what is the redirect's: a function of its own, over within a millisecond. None for anything else."""
        route_match = self._find(request)
        if route_match is None or route_match[0] != _REDIRECT or request.method not in self.app.routes[_REDIRECT]:
            return None
        return _reply(self._redirect(_event(request, *route_match), None))

    def answer(self, request: Request) -> Reply:
        """Call the API, which answers all that is not the redirect's."""
        route_match = self._find(request)
        if route_match is None:
            return _refusal(self._no_route)
        return _reply(self.app(_event(request, *route_match), None))

    def _find(self, request: Request) -> tuple[str, dict[str, str]] | None:
        """Return the route of a request, and what its path names; None if none is there. It may take other methods."""
        path = request.path
        # As API Gateway does.
        if path.endswith("/") and path != "/":
            path = path[:-1]
        if path in self._plain:
            return path, {}
        for matches, route in self._routes.get(path.count("/"), []):
            if match := matches(path):
                return route, match.groupdict()
        for start in self._greedy:
            if path.startswith(start) and path != start:
                return start + GREEDY, {"proxy": path.removeprefix(start)}
        return None


def pattern(path: str) -> Callable[[str], re.Match[str] | None]:
    """Return what matches the addresses of a route, and names their parts."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))).fullmatch


def _event(request: Request, route: str, parameters: dict[str, str]) -> dict[str, Any]:
    """Return the event of a REST API's proxy integration; path parameters come as they were sent."""
    headers = {name.title(): value for name, value in request.headers.items()}
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    return {
        "resource": route,
        "path": request.path,
        "httpMethod": request.method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": route,
            "httpMethod": request.method,
            "requestId": secrets.token_hex(8),
            "identity": {"sourceIp": request.address, "userAgent": request.headers.get("user-agent", "")},
        },
        "body": base64.b64encode(request.body).decode(),
        "isBase64Encoded": True,
    }


def _reply(answer: dict[str, Any]) -> Reply:
    body = answer["body"]
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    headers = list(answer.get("headers", {}).items())
    for name, values in answer.get("multiValueHeaders", {}).items():
        headers += [(name, value) for value in values]
    return Reply(answer["statusCode"], content, headers)


def _refusal(answer: dict[str, Any]) -> Reply:
    """Answer as infra/app.yaml has API Gateway answer by itself."""
    body = answer["ResponseTemplates"]["application/json"].replace("$context.requestId", secrets.token_hex(8))
    headers = answer["ResponseParameters"]["Headers"].items()
    return Reply(answer["StatusCode"], body.encode(), [(name, value.strip("'")) for name, value in headers])


def encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Return headers as they go over the wire."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
