"""
PynamoDB on the wire, and without botocore: models, conditions and transactions stay as they are.

PynamoDB imports botocore's client, session and their dependencies for a client that we never create; that alone is
half of a cold start. So an entry that must start quickly imports this before anything imports PynamoDB:
app.py and `chalicelib.entries` do, and tests/bench enforces it. Importing it later only costs time.
"""

import contextlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import botocore
from botocore.exceptions import ClientError

from chalicelib.kit import config
from chalicelib.kit.dynamo import wire

# What pynamodb.connection imports, for classes to name in annotations and to derive from.
_UNUSED = ("client", "config", "credentials", "endpoint", "hooks", "model", "session", "signers")


class _Placeholder(ModuleType):
    """Has a class of every name: enough for annotations, for base classes, and to be imported from."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


@contextlib.contextmanager
def _without_botocore() -> Iterator[None]:
    """Have placeholders imported in this block for modules of botocore; from its end on, the modules themselves are."""
    names = [name for name in _UNUSED if f"botocore.{name}" not in sys.modules]
    for name in names:
        module = _Placeholder(f"botocore.{name}")
        sys.modules[module.__name__] = module
        setattr(botocore, name, module)
    if "client" in names:
        # PynamoDB catches it.
        botocore.client.ClientError = ClientError
    try:
        yield
    finally:
        for name in names:
            del sys.modules[f"botocore.{name}"]
            delattr(botocore, name)


with _without_botocore() if config.transport() == "wire" else contextlib.nullcontext():
    from pynamodb.connection import Connection


class ClientOfPynamoDB:
    """As much of botocore's client as PynamoDB looks at."""

    # PynamoDB asks whether the credentials went missing; ours are looked up per call.
    _request_signer = None

    def _make_api_call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        # PynamoDB asks what each call consumed, and only logs it.
        parameters.pop("ReturnConsumedCapacity", None)
        try:
            return wire.dynamodb().call(operation, parameters)
        except wire.Declined as declined:
            raise ClientError(declined.response, operation) from declined


def connect() -> None:
    """Put the wire under every connection of PynamoDB's, unless botocore is wanted."""
    if config.transport() == "wire":
        client = ClientOfPynamoDB()
        Connection.client = property(lambda _connection: client)  # type: ignore[method-assign,assignment]
