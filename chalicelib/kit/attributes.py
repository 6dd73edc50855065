"""Attributes that read as what they are: whole numbers, text that may be missing, instants."""

from datetime import datetime
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.constants import NUMBER, STRING

from chalicelib.kit import instants


class WholeNumber(Attribute[int]):
    """A whole number of up to 38 digits; never a float."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        if type(value) is not int:
            raise TypeError(f"{self.attr_name} takes a whole number, not {value!r}")
        return str(value)

    def deserialize(self, value: str) -> int:
        return int(value)


class OptionalText(Attribute[str | None]):
    """Text, or nothing; nothing is not stored."""

    attr_type = STRING

    def __init__(self, **options: Any) -> None:
        super().__init__(null=True, **options)


class Instant(Attribute[datetime]):
    """A moment in UTC, in milliseconds, stored as text that sorts as time does."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        return instants.text(value)

    def deserialize(self, value: str) -> datetime:
        return instants.parse(value)


class OptionalInstant(Attribute[datetime | None]):
    """A moment, or nothing; nothing is not stored."""

    attr_type = STRING

    def __init__(self, **options: Any) -> None:
        super().__init__(null=True, **options)

    def serialize(self, value: datetime | None) -> str | None:
        return None if value is None else instants.text(value)

    def deserialize(self, value: str) -> datetime:
        return instants.parse(value)
