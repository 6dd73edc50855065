"""Responses Chalice has no form for: binary ones, and files."""

import base64
from typing import Any

from chalice.app import Response
from msgspec import Struct


class Binary(Response):
    """A binary body, whatever the caller says it accepts: Chalice alone would refuse `Accept: image/*`."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002
        answer: dict[str, Any] = super().to_dict(None)
        answer["body"] = base64.b64encode(self.body).decode()
        answer["isBase64Encoded"] = True
        return answer


class Document(Struct, frozen=True):
    """A file, as an API endpoint may answer with; *next_cursor* is where the next one of its kind begins."""

    text: str
    kind: str
    name: str
    next_cursor: str | None = None


def file(document: Document) -> Response:
    """Answer with a file to be saved."""
    headers: dict[str, str | list[str]] = {
        "Content-Type": document.kind,
        "Content-Disposition": f'attachment; filename="{document.name}"',
        "Cache-Control": "no-store",
    }
    if document.next_cursor is not None:
        headers["Goodword-Next-Cursor"] = document.next_cursor
    return Response(document.text, headers=headers, status_code=200)
