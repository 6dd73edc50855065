"""An attribute that holds a typed structure as JSON text: read and written by its type."""

from typing import Any, Generic, TypeVar

import msgspec
from pynamodb.attributes import Attribute
from pynamodb.constants import STRING

from chalicelib.kit.dynamo.attributes import OfRows

T = TypeVar("T")


class Structured(OfRows, Attribute[T], Generic[T]):
    """A structure of the given type. A stored text that does not fit the type is an error."""

    attr_type = STRING

    def __init__(self, kind: Any, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind

    def serialize(self, value: T) -> str:
        return msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> T:
        structure: T = msgspec.json.decode(value, type=self.kind)
        return structure
