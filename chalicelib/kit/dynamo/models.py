"""Puts the wire under PynamoDB: models, conditions and transactions stay as they are."""

from typing import Any

from botocore.exceptions import ClientError
from pynamodb.connection import Connection

from chalicelib.kit import config
from chalicelib.kit.dynamo import wire


class ClientOfPynamoDB:
    """As much of botocore's client as PynamoDB looks at."""

    # PynamoDB asks whether the credentials went missing; ours are looked up per call.
    _request_signer = None

    def _make_api_call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        try:
            return wire.dynamodb().call(operation, parameters)
        except wire.Declined as declined:
            raise ClientError(declined.response, operation) from declined


def connect() -> None:
    """Put the wire under every connection of PynamoDB's, unless botocore is wanted."""
    if config.transport() == "wire":
        client = ClientOfPynamoDB()
        Connection.client = property(lambda _connection: client)  # type: ignore[method-assign,assignment]
