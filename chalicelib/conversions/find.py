"""Finds a conversion, by our id or by the website's own; and what was received on a day."""

from datetime import datetime

from chalicelib.conversions.shapes import ConversionQuery
from chalicelib.conversions.table import Conversion, Received, conversion_id, received_rows
from chalicelib.kit import instants, rows
from chalicelib.kit.errors import NotFound, ValueRefused
from chalicelib.programs import find as programs


class ConversionNotFound(NotFound):
    """There is no such conversion."""


def find(reference: str, query: ConversionQuery) -> Conversion:
    """Return a conversion. Its website's id is unique in a programme and type, so those are asked for."""
    identifier = reference
    if reference.startswith("ext_"):
        if query.program is None:
            raise ValueRefused("Say which `program` this `ext_` id belongs to.", pointer="/program")
        program_id = programs.find(query.program).program.id
        identifier = conversion_id(program_id, query.type, reference.removeprefix("ext_"))
    conversion = rows.find(Conversion, identifier, "conversion")
    if conversion is None:
        raise ConversionNotFound(f"There is no conversion {reference!r}.")
    return conversion


def received_on(day: datetime, shard: int, *, begin: datetime, end: datetime) -> list[Received]:
    """Return what was received on a UTC day, in one of the shards, from *begin* up to before *end*, in order."""
    return received_rows(f"{day.date().isoformat()}#{shard:02}", begin=instants.text(begin), end=instants.text(end))
