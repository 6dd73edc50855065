"""Moto's DynamoDB as an engine: asked by the service's own wire, without botocore's client and HTTP between them."""

import contextlib
from unittest.mock import patch

import msgspec
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.responses import DynamoHandler
from pynamodb.connection import Connection
from werkzeug.exceptions import HTTPException

from chalicelib.kit import config
from chalicelib.kit.dynamo import models, wire
from infra.local.wires import EngineWire


class MotoEngine:
    """Answers as DynamoDB with what moto has in its tables."""

    def answer(self, operation, body):
        """Answer a body as it goes over the wire: status, headers, and a body of JSON."""
        handler = DynamoHandler()
        handler.headers = {
            "x-amz-target": f"DynamoDB_20120810.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
        }
        handler.querystring, handler.response_headers = {}, {}
        handler.region, handler.current_account = config.region(), DEFAULT_ACCOUNT_ID
        handler.body = handler.params = msgspec.json.decode(body)
        try:
            answer = getattr(handler, camelcase_to_underscores(operation))()
        except ServiceException as refused:
            answer = ActionResult(refused)
        except HTTPException as refused:
            return refused.code, {}, refused.description.encode()
        return handler.serialized(answer)


@contextlib.contextmanager
def wired():
    """Put the service's own wire over moto under all of the service, PynamoDB included."""
    own, client = EngineWire(MotoEngine()), models.ClientOfPynamoDB()
    with (
        patch.object(wire, "dynamodb", lambda: own),
        patch.object(Connection, "client", property(lambda _connection: client)),
    ):
        yield
