"""What the service says of itself, over HTTP."""

import json
import os

from chalice.app import Blueprint, Response

from chalicelib.kit import config, errors, modules
from chalicelib.kit.version import VERSION

routes = Blueprint(__name__)
# Written by `make reference`, as of a service that is at OPENAPI_SERVER.
OPENAPI_DOCUMENT = f"{os.path.dirname(__file__)}/openapi.json"
OPENAPI_SERVER = "https://go.example.com"
_JSON: dict[str, str | list[str]] = {"Content-Type": "application/json"}


@routes.route("/healthz", methods=["GET"])
def healthz() -> Response:
    """Answer that the service is up, and its version."""
    return Response(json.dumps({"status": "ok", "version": VERSION}), headers={**_JSON, "Cache-Control": "no-store"})


@routes.route("/openapi.json", methods=["GET"])
def openapi_document() -> Response:
    """Describe the API, in OpenAPI 3.1."""
    with open(OPENAPI_DOCUMENT, encoding="utf-8") as file:
        document = file.read()
    return Response(document.replace(OPENAPI_SERVER, config.public_url()), headers=_JSON)


@routes.route("/v1/errors", methods=["GET"])
def list_errors() -> Response:
    """List every code the API refuses with, and what it means."""
    # Modules that no request needed yet are not imported, and may define refusals, too.
    modules.import_everything()
    return Response(json.dumps({"data": errors.codes()}), headers=_JSON)
