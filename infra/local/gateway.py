"""Serves a Chalice app over WSGI, as API Gateway's REST API would call it."""

import base64
import json
import re
import secrets
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from chalice.app import Chalice
from chalice.local import LocalChalice

Environment = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]

_NO_ROUTE = {"status": 404, "code": "not_found", "title": "Not found", "detail": "There is nothing at this address."}


class Gateway:
    """A WSGI application that turns requests into events, and the app's answers into responses."""

    def __init__(self, app: Chalice) -> None:
        # Chalice keeps the current request on the app; with threads it has to be one a thread.
        app.__class__ = type("ThreadedApp", (LocalChalice, app.__class__), {})
        self.app = app
        # What is spelled out goes before what is a variable: /healthz before /{id}.
        ordered = sorted(app.routes, key=lambda path: [part.startswith("{") for part in path.split("/")])
        self._routes = [(_pattern(path), path) for path in ordered]

    def __call__(self, environment: Environment, start_response: StartResponse) -> Iterable[bytes]:
        method = environment["REQUEST_METHOD"]
        path = environment["REQUEST_URI"].partition("?")[0]
        found = next(((route, match) for pattern, route in self._routes if (match := pattern.fullmatch(path))), None)
        # API Gateway makes no difference between an address it does not know and a method it does not know there.
        if found is None or method not in self.app.routes[found[0]]:
            return _refuse(_NO_ROUTE, start_response)
        route, match = found
        answer = self.app(_event(environment, route, path, match.groupdict()), None)
        return _respond(answer, method, start_response)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def _event(environment: Environment, route: str, path: str, parameters: dict[str, str]) -> dict[str, Any]:
    """Return the event of a REST API's proxy integration; path parameters come as they were sent."""
    headers = {
        name[5:].replace("_", "-").title(): value for name, value in environment.items() if name.startswith("HTTP_")
    }
    if environment.get("CONTENT_TYPE"):
        headers["Content-Type"] = environment["CONTENT_TYPE"]
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(environment.get("QUERY_STRING", ""), keep_blank_values=True):
        query.setdefault(name, []).append(value)
    return {
        "resource": route,
        "path": path,
        "httpMethod": environment["REQUEST_METHOD"],
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": route,
            "httpMethod": environment["REQUEST_METHOD"],
            "requestId": secrets.token_hex(8),
            "identity": {
                "sourceIp": environment.get("REMOTE_ADDR", ""),
                "userAgent": environment.get("HTTP_USER_AGENT", ""),
            },
        },
        "body": base64.b64encode(environment["wsgi.input"].read()).decode(),
        "isBase64Encoded": True,
    }


def _respond(answer: dict[str, Any], method: str, start_response: StartResponse) -> Iterable[bytes]:
    body = answer["body"]
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    headers = list(answer.get("headers", {}).items())
    for name, values in answer.get("multiValueHeaders", {}).items():
        headers += [(name, value) for value in values]
    headers.append(("Content-Length", str(len(content))))
    start_response(f"{answer['statusCode']} {_reason(answer['statusCode'])}", headers)
    return [] if method == "HEAD" else [content]


def _refuse(problem: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer as infra/app.yaml has API Gateway answer what no route takes."""
    answer = {"statusCode": problem["status"], "body": json.dumps(problem)}
    answer["headers"] = {"Content-Type": "application/problem+json"}
    return _respond(answer, "GET", start_response)


def _reason(status: int) -> str:
    return HTTPStatus(status).phrase
