"""
An attribute that holds a typed structure as JSON text: read and written by its type.

Where it is used, calls to DynamoDB are written and read by msgspec, too: a tenth of what the standard library takes.
"""

import json
from typing import Any, Generic, TypeVar

import msgspec
from pynamodb.attributes import Attribute
from pynamodb.constants import STRING

from chalicelib.kit.dynamo import wire
from chalicelib.kit.dynamo.attributes import OfRows

T = TypeVar("T")


class Structured(OfRows, Attribute[T], Generic[T]):
    """
    A structure of the given type. A stored text that does not fit the type is an error.

    In a *sparse* list, members' fields that are None are not stored; each of them has None as its default.
    """

    attr_type = STRING

    def __init__(self, kind: Any, *, sparse: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind
        self.sparse = sparse

    def serialize(self, value: T) -> str:
        content: Any = value
        if self.sparse:
            members = msgspec.to_builtins(value)
            content = [{name: one for name, one in member.items() if one is not None} for member in members]
        return msgspec.json.encode(content).decode()

    def deserialize(self, value: str) -> T:
        structure: T = msgspec.json.decode(value, type=self.kind)
        return structure


def _written(content: Any) -> bytes:
    try:
        return msgspec.json.encode(content)
    except (TypeError, ValueError):
        # Half of a surrogate pair, which JSON can name and UTF-8 cannot have; or a text of a class of its own.
        return json.dumps(content).encode()


def _read(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return json.loads(body)


wire.use_codec(_written, _read)
