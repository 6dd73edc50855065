"""The paths of pages. Views are imported when they are requested, because every function imports the paths."""

import importlib
import logging
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import unquote

from chalice.app import Blueprint, Response

from chalicelib.kit.problems import refusal_of, request_id_of

log = logging.getLogger(__name__)

FORM = ["application/x-www-form-urlencoded"]
_UPLOAD = "multipart/form-data"
# What a path names may become part of a key, and a sort key of DynamoDB has at most 1,024 bytes. No id is this long.
MOST_BYTES = 800
# Paths that are always answered with a page.
ANYTHING = [*FORM, _UPLOAD, "application/json", "text/plain"]


class Deferred:
    """A view that is imported when it is first called; it takes the request, and what its path names."""

    def __init__(self, routes: Blueprint, module: str, name: str) -> None:
        self.routes, self.module, self.__name__ = routes, module, name

    def load(self) -> Callable[..., Response]:
        """Return the view."""
        view: Callable[..., Response] = getattr(importlib.import_module(self.module), self.__name__)
        return view

    def __call__(self, **path: str) -> Response:
        """Answer with the view's page; with one that says so, if it refuses or fails."""
        request = self.routes.current_request
        named = {name: unquote(value) for name, value in path.items()}
        if any(len(value.encode()) > MOST_BYTES for value in named.values()):
            from chalicelib.web import not_now

            return not_now.answer_unknown(request)
        try:
            return self.load()(request, **named)
        except Exception as failure:
            # Pages are opened by people or mail programs: neither reads JSON.
            from chalicelib.web import not_now

            refusal = refusal_of(request, failure)
            if refusal is not None:
                return not_now.answer(request, refusal)
            log.exception("%s %s failed", request.method, request.path, extra={"request_id": request_id_of(request)})
            return not_now.answer_failed(request)


def pages(
    room: str, addresses: list[tuple[str, str, str]], *, takes: list[str] = FORM, uploads: Collection[str] = ()
) -> Blueprint:
    """
    Return the routes of a room's pages: of each, method, path, and its view as the room's `module.function`.

    The forms of the paths in *uploads* may come with files.
    """
    routes = Blueprint(f"{room}.routes")
    for method, path, view in addresses:
        module, _, name = view.rpartition(".")
        kinds = [*takes, _UPLOAD] if path in uploads else takes
        sends: dict[str, Any] = {"content_types": kinds} if method == "POST" else {}
        routes.route(path, methods=[method], **sends)(Deferred(routes, f"{room}.{module}", name))
    return routes
