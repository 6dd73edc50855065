"""Serves what the admin pages load: scripts and styles, each under a name that says which bytes it has."""

import functools
import hashlib
from pathlib import Path

from chalice.app import Response

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_DIGITS = 16


def serve(name: str) -> Response | None:
    """Serve a file, to be kept for good: with other bytes it would have another name. None if there is none."""
    path = _files().get(name)
    if path is None:
        return None
    headers: dict[str, str | list[str]] = {
        "Content-Type": _TYPES[path.suffix],
        "Cache-Control": "public, max-age=31536000, immutable",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(_text(path), headers=headers)


def name_of(file: str) -> str:
    """Return the name a file is served under: its own, and the beginning of the hash of what is in it."""
    path = _FOLDER / file
    digest = hashlib.sha256(_text(path).encode()).hexdigest()[:_DIGITS]
    return f"{path.stem}.{digest}{path.suffix}"


@functools.cache
def _files() -> dict[str, Path]:
    # Read on request: every function imports this file, and few show pages.
    paths = [path for path in _FOLDER.rglob("*") if path.suffix in _TYPES]
    return {name_of(str(path.relative_to(_FOLDER))): path for path in paths}


@functools.cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
