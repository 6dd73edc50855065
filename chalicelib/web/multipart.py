"""
Reads forms with files (RFC 7578).

Pure: no I/O, no clock.
"""

import base64
import re

_BOUNDARY = re.compile(r"""multipart/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))""", re.IGNORECASE)
_NAME = re.compile(rb'(?:^|[;\s])name="([^"]*)"', re.IGNORECASE)
_FILE = re.compile(rb"[;\s]filename\*?=", re.IGNORECASE)
_MOST_PARTS = 100


def boundary_of(content_type: str) -> bytes | None:
    """Return the boundary between the parts of a form with files; None for any other form."""
    match = _BOUNDARY.match(content_type.strip())
    return (match[1] or match[2]).encode() if match else None


def read_parts(body: bytes, boundary: bytes) -> list[tuple[str, str]]:
    """
    Return the fields of a form, in order; a file as Base64, empty if none was chosen.

    Raises ValueError for what cannot be read.
    """
    # A line that only starts like the boundary is content.
    pieces = re.split(rb"\r\n--" + re.escape(boundary) + rb"(?=\r\n|--)", b"\r\n" + body)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--") or len(pieces) > _MOST_PARTS:
        raise ValueError("the parts of the form are not separated, or too many")
    return [_read(piece) for piece in pieces[1:-1]]


def _read(piece: bytes) -> tuple[str, str]:
    head, separator, content = piece.partition(b"\r\n\r\n")
    disposition = next((line for line in head.split(b"\r\n") if line.lower().startswith(b"content-disposition:")), b"")
    name = _NAME.search(disposition)
    if not separator or name is None:
        raise ValueError("a part of the form has no name")
    return name[1].decode(), base64.b64encode(content).decode() if _FILE.search(disposition) else content.decode()
