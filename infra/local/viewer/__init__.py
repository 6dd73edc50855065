"""The API to look at and to try, at `/docs` of a local run: RapiDoc, and the document with its examples."""

import json
from functools import reduce
from pathlib import Path
from typing import Any

from chalicelib.kit.routes import OPENAPI_DOCUMENT
from infra.local.gateway import Reply

_HERE = Path(__file__).parent
_SCRIPT = "rapidoc-min.js"
# Nothing is loaded from elsewhere and nothing is sent there, whatever the viewer tries.
_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; img-src data:"
_LOOKS = {
    "spec-url": "/_local/openapi.json",
    "heading-text": "Goodword",
    "load-fonts": "false",
    "regular-font": "system-ui, sans-serif",
    "mono-font": "ui-monospace, monospace",
    "primary-color": "#1f6f4a",
    "theme": "light",
    "render-style": "focused",
    "schema-style": "table",
    "default-schema-tab": "example",
    "persist-auth": "true",
    "sort-tags": "true",
    "allow-spec-url-load": "false",
    "allow-spec-file-load": "false",
    "allow-server-selection": "false",
    "show-header": "false",
    "use-path-in-nav-bar": "true",
    "show-method-in-nav-bar": "as-colored-text",
    "nav-bg-color": "#f4f6f4",
    "nav-text-color": "#26332c",
}


def page() -> Reply:
    """Return the page; who looks at it puts a key in, and it stays in that browser."""
    looks = " ".join(f'{name}="{value}"' for name, value in _LOOKS.items())
    text = (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>The API of Goodword</title><link rel=icon href='data:,'>"
        f"<script type=module src='/_local/{_SCRIPT}'></script><rapi-doc {looks}></rapi-doc></html>"
    )
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", _POLICY)]
    return Reply(200, text.encode(), headers)


def script() -> Reply:
    headers = [("Content-Type", "text/javascript; charset=utf-8"), ("Cache-Control", "public, max-age=3600")]
    return Reply(200, (_HERE / _SCRIPT).read_bytes(), headers)


def document() -> Reply:
    """
    Return the document for the viewer; without a server in it, calls go where the page came from.

    It is said to be of version 3.0, for which RapiDoc has a quick way: what it does for 3.1 takes nine seconds.
    """
    served = json.loads(Path(OPENAPI_DOCUMENT).read_text(encoding="utf-8"))
    del served["servers"]
    _join(served, served)
    served["openapi"] = "3.0.3"
    return Reply(200, json.dumps(served).encode(), [("Content-Type", "application/json")])


def _join(node: Any, served: dict[str, Any]) -> None:
    """Put what a reference leads to in its place wherever more stands beside it, which version 3.0 ignores."""
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        if isinstance(value, dict) and isinstance(value.get("$ref"), str) and len(value) > 1:
            beside = {name: one for name, one in value.items() if name != "$ref"}
            node[key] = _at(served, value["$ref"]) | beside
        elif isinstance(value, dict | list):
            _join(value, served)


def _at(served: dict[str, Any], reference: str) -> dict[str, Any]:
    return reduce(lambda node, name: node[name], reference.removeprefix("#/").split("/"), served)
