"""What is answered while DynamoDB cannot be reached, or throttles: 503, since the same call may be sent again."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from chalice.app import Chalice

from chalicelib.kit import errors
from chalicelib.kit.dynamo import wire

log = logging.getLogger(__name__)


def answer_busy(app: Chalice) -> None:
    """Have every route that is mounted answer `busy` where its view fails of DynamoDB and may succeed in a moment."""
    for methods in app.routes.values():
        for entry in methods.values():
            entry.view_function = _answering_busy(app, entry.view_function)


def _answering_busy(app: Chalice, view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def answered(**path: str) -> Any:
        try:
            return view(**path)
        except Exception as failure:
            if not wire.is_passing(failure):
                raise
            request = app.current_request
            assert request is not None, "a view is answering one"
            request_id = errors.request_id_of(request)
            log.warning("%s %s: %s", request.method, request.path, failure, extra={"request_id": request_id})
            busy = errors.Busy("The database cannot be reached, or is too busy just now; send the same call again.")
            return errors.problem(busy, request_id=request_id)

    return answered
