"""Attributes that read as what they are: whole numbers, text that may be missing, instants."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from pynamodb.attributes import Attribute, AttributeContainer, DiscriminatorAttribute, MapAttribute, UnicodeAttribute
from pynamodb.constants import NULL, NUMBER, STRING
from pynamodb.exceptions import AttributeNullError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.util import substitute_names

from chalicelib.kit import instants

R = TypeVar("R")


class OfRows:
    """
    An attribute of rows, and never of a map inside of one.

    PynamoDB asks at every reading and setting whether it is the one or the other; a conversion reads
    and sets two hundred.
    """

    if not TYPE_CHECKING:

        def __set_name__(self, owner, name):
            super().__set_name__(owner, name)
            self.python_name = name

        def __get__(self, row, owner):
            return self if row is None else row.attribute_values.get(self.python_name)

        def __set__(self, row, value):
            row.attribute_values[self.python_name] = value


class Text(OfRows, UnicodeAttribute):
    """Text that is always there."""


class Kind(DiscriminatorAttribute):
    """
    Which kind of rows a row is of. PynamoDB has each query filter by it.

    It would make that filter anew for each query, of every kind of the table: half of what a query took.
    """

    def __init__(self) -> None:
        super().__init__()
        self._below: dict[type, tuple[int, list[Any]]] = {}
        self._filters: dict[tuple[type, ...], Condition] = {}

    def get_registered_subclasses(self, cls: type[R]) -> list[type[R]]:
        number, below = self._below.get(cls, (0, []))
        # Modules with more kinds may have been imported since.
        if number != len(self._class_map):
            below = super().get_registered_subclasses(cls)
            self._below[cls] = len(self._class_map), below
        return below

    def is_in(self, *values: type) -> Condition:  # type: ignore[override]
        if values not in self._filters:
            self._filters[values] = _IsIn(str(self.attr_name), [self._class_map[one] for one in values])
        return self._filters[values]


class _IsIn(Condition):
    """That a text attribute has one of some values: each under its own name, so that two of these may meet."""

    def __init__(self, name: str, values: Iterable[str]) -> None:
        super().__init__("IN")
        self._name = name
        self._values = {f":is_{value}": {STRING: value} for value in values}
        self._listed = ", ".join(self._values)

    def serialize(self, placeholder_names: dict[str, str], expression_attribute_values: dict[str, Any]) -> str:
        expression_attribute_values.update(self._values)
        return f"{substitute_names([self._name], placeholder_names)} IN ({self._listed})"


class StoredAs(Text):
    """Text. Some of its values are stored under other names than the code uses."""

    def __init__(self, stored: Mapping[str, str], **options: Any) -> None:
        super().__init__(**options)
        self._stored = stored
        self._named = {name: value for value, name in stored.items()}

    def serialize(self, value: str) -> str:
        return self._stored.get(value, value)

    def deserialize(self, value: str) -> str:
        return self._named.get(value, value)


class WholeNumber(OfRows, Attribute[int]):
    """A whole number of up to 38 digits; never a float."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        if type(value) is not int:
            raise TypeError(f"{self.attr_name} takes a whole number, not {value!r}")
        return str(value)

    def deserialize(self, value: str) -> int:
        return int(value)


class OptionalWholeNumber(OfRows, Attribute[int | None]):
    """A whole number, or nothing; nothing is not stored."""

    attr_type = NUMBER

    def __init__(self, **options: Any) -> None:
        super().__init__(null=True, **options)

    def serialize(self, value: int | None) -> str:
        return str(int(value or 0))

    def deserialize(self, value: str) -> int | None:
        return int(value)


class OptionalText(OfRows, Attribute[str | None]):
    """Text, or nothing; nothing is not stored."""

    attr_type = STRING

    def __init__(self, **options: Any) -> None:
        super().__init__(null=True, **options)


class Instant(OfRows, Attribute[datetime]):
    """A moment in UTC, in milliseconds, stored as text that sorts as time does."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        return instants.text(value)

    def deserialize(self, value: str) -> datetime:
        return instants.parse(value)


class OptionalInstant(OfRows, Attribute[datetime | None]):
    """A moment, or nothing; nothing is not stored."""

    attr_type = STRING

    def __init__(self, **options: Any) -> None:
        super().__init__(null=True, **options)

    def serialize(self, value: datetime | None) -> str | None:
        return None if value is None else instants.text(value)

    def deserialize(self, value: str) -> datetime:
        return instants.parse(value)


_Columns = list[tuple[str, str, Attribute[Any], Any, bool]]
_columns: dict[type[AttributeContainer], _Columns] = {}
_instantiate = AttributeContainer._instantiate.__func__  # type: ignore[attr-defined]
_serialize = AttributeContainer._container_serialize
_set_defaults = AttributeContainer._set_defaults
_set_attributes = AttributeContainer._set_attributes
_Plain = tuple[frozenset[str], list[tuple[str, Any]] | None]
_plain: dict[type[AttributeContainer], _Plain] = {}


def _columns_of(kind: type[AttributeContainer]) -> _Columns:
    """
    Return the attributes of a kind of rows.

    Each by its name in code and as it is stored, with its default, and whether it stores values as they are.
    """
    as_is = Attribute.serialize
    columns = [
        (name, one.attr_name, one, one.default, type(one).serialize is as_is)
        for name, one in kind.get_attributes().items()
    ]
    _columns[kind] = columns
    return columns


def _read_row(kind: type[AttributeContainer], stored: dict[str, dict[str, Any]]) -> AttributeContainer:
    """
    Return a row as it is stored.

    PynamoDB would set all defaults of each row twice, and ask every attribute for its name and every value for
    its place: two thirds of what reading a row took.
    """
    if issubclass(kind, MapAttribute):
        return _instantiate(kind, stored)  # type: ignore[no-any-return]
    narrower = kind._get_discriminator_class(stored)
    if narrower is not None and not issubclass(narrower, kind):
        raise ValueError(f"a row of {narrower.__name__} is none of {kind.__name__}")
    kind = narrower or kind
    row = object.__new__(kind)
    row.attribute_values = values = {}
    row._set_discriminator()
    for name, stored_name, attribute, default, _ in _columns.get(kind) or _columns_of(kind):
        value = stored.get(stored_name)
        if value and NULL not in value:
            values[name] = attribute.deserialize(attribute.get_value(value))
        elif default is not None:
            values[name] = default() if callable(default) else default
    return row


def _item_of_row(row: AttributeContainer, null_check: bool = True) -> dict[str, dict[str, Any]]:
    """
    Return a row as it is stored.

    PynamoDB would ask each attribute for its value, type and name: more than half of what it took.
    """
    if not null_check or isinstance(row, MapAttribute):
        return _serialize(row, null_check=null_check)
    kind, values, item = type(row), row.attribute_values, {}
    for name, stored_name, attribute, _, as_is in _columns.get(kind) or _columns_of(kind):
        value = values.get(name)
        content = value if as_is or value is None else attribute.serialize(value)
        if content is not None:
            item[stored_name] = {attribute.attr_type: content}
        elif not attribute.null:
            raise AttributeNullError(name)
    return item


def _plain_of(kind: type[AttributeContainer]) -> _Plain:
    """Return the names of a kind's attributes that are set as they are; and of all that have a default, what it is."""
    attributes = kind.get_attributes() if not issubclass(kind, MapAttribute) else {}
    ways = (OfRows.__set__, Attribute.__set__)  # type: ignore[attr-defined]
    names = frozenset(name for name, one in attributes.items() if type(one).__set__ in ways)
    defaults = [(name, one.default) for name, one in attributes.items() if one.default is not None]
    is_known = names.issuperset(name for name, _ in defaults) and all(
        one.default_for_new is None for one in attributes.values()
    )
    _plain[kind] = names, defaults if is_known and attributes else None
    return _plain[kind]


def _begin_row(row: AttributeContainer, _user_instantiated: bool = True) -> None:
    """Set what a new row has from the start: a few of its attributes, of which PynamoDB would ask each."""
    _, defaults = _plain.get(type(row)) or _plain_of(type(row))
    if defaults is None:
        _set_defaults(row, _user_instantiated=_user_instantiated)
        return
    for name, default in defaults:
        row.attribute_values[name] = default() if callable(default) else default


def _fill_row(row: AttributeContainer, /, **attributes: Any) -> None:
    """Set what a row is made of: at once, as long as that is set as it is."""
    names, _ = _plain.get(type(row)) or _plain_of(type(row))
    if attributes.keys() <= names:
        row.attribute_values.update(attributes)
    else:
        _set_attributes(row, **attributes)


AttributeContainer._instantiate = classmethod(_read_row)  # type: ignore[assignment,method-assign]
AttributeContainer._container_serialize = _item_of_row  # type: ignore[assignment,method-assign]
AttributeContainer._set_defaults = _begin_row  # type: ignore[assignment,method-assign]
AttributeContainer._set_attributes = _fill_row  # type: ignore[assignment,method-assign]
