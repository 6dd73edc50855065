"""What the service says of itself, over HTTP."""

import json

from chalice.app import Blueprint, Response

from chalicelib.kit import config, errors, modules
from chalicelib.kit.version import VERSION

routes = Blueprint(__name__)
_JSON: dict[str, str | list[str]] = {"Content-Type": "application/json"}


@routes.route("/healthz", methods=["GET"])
def healthz() -> Response:
    """Say that the service answers, and which version does."""
    return Response(json.dumps({"status": "ok", "version": VERSION}), headers={**_JSON, "Cache-Control": "no-store"})


@routes.route("/openapi.json", methods=["GET"])
def openapi_document() -> Response:
    """Describe the API, in OpenAPI 3.1."""
    # Only who asks for it waits for what makes it.
    from chalicelib.kit import openapi

    described = openapi.document(routes.current_app.routes, version=VERSION, server=config.public_url())
    return Response(json.dumps(described), headers=_JSON)


@routes.route("/v1/errors", methods=["GET"])
def list_errors() -> Response:
    """List every code the API refuses with, and what it means."""
    # What nobody has asked for yet is not imported, and may define refusals, too.
    modules.import_everything()
    return Response(json.dumps({"data": errors.codes()}), headers=_JSON)
