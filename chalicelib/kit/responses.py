"""Responses Chalice has no form for: binary ones, files, and those without a body."""

import base64
from collections.abc import Callable
from typing import Any

from chalice.app import Chalice, Request, Response
from msgspec import Struct


class Binary(Response):
    """A binary body, for any `Accept` header: Chalice by itself would refuse `Accept: image/*`."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002
        answer: dict[str, Any] = super().to_dict(None)
        answer["body"] = base64.b64encode(self.body).decode()
        answer["isBase64Encoded"] = True
        return answer


class Document(Struct, frozen=True):
    """A file, as an API endpoint may answer with, whole; *part* says which of how many, if it is one of several."""

    text: str
    kind: str
    name: str
    part: str | None = None


class ExportPart(Document, frozen=True, kw_only=True):
    """
    A part of an export: where the next one begins, None after the last; and until when the export is complete.

    Rows that belong to the time from *complete_until* on are in no part of it.
    """

    next_cursor: str | None
    complete_until: str


def file(document: Document) -> Response:
    """Answer with a file to be saved."""
    headers: dict[str, str | list[str]] = {
        "Content-Type": document.kind,
        "Content-Disposition": f'attachment; filename="{document.name}"',
        "Cache-Control": "no-store",
    }
    if document.part is not None:
        headers["Goodword-Part"] = document.part
    if isinstance(document, ExportPart):
        headers["Goodword-Complete-Until"] = document.complete_until
        if document.next_cursor is not None:
            headers["Goodword-Next-Cursor"] = document.next_cursor
    return Response(document.text, headers=headers, status_code=200)


def answer_heads(app: Chalice) -> None:
    """Have every address that answers GET answer HEAD alike, for monitors and link checkers; see `leave_out_body`."""
    for methods in app.routes.values():
        if "GET" in methods:
            methods.setdefault("HEAD", methods["GET"])


def leave_out_body(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Answer HEAD as GET, without the body."""
    response = get_response(request)
    if request.method == "HEAD":
        response.body = b"" if isinstance(response.body, bytes) else ""
    return response
