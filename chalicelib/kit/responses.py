"""Responses Chalice has no form for: binary ones, and headers that are checked in every form."""

import base64
import re
from typing import Any

from chalice.app import Response

_HARMLESS = re.compile(r"[\x20-\x7e]*")


class Binary(Response):
    """A binary body, whatever the caller says it accepts: Chalice alone would refuse `Accept: image/*`."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002
        answer: dict[str, Any] = super().to_dict(None)
        answer["body"] = base64.b64encode(self.body).decode()
        answer["isBase64Encoded"] = True
        return answer


def header(value: str) -> str:
    """Return a header's value. Raises ValueError if it could end the header: Chalice does not look into lists."""
    if not _HARMLESS.fullmatch(value):
        raise ValueError("a header value is printable ASCII")
    return value
