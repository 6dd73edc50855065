"""Finds a conversion, by our id or by the website's own; and what was received on a day."""

from datetime import date, datetime
from typing import Any

from chalicelib.conversions.shapes import ConversionQuery
from chalicelib.conversions.table import (
    CORRECTIONS,
    Conversion,
    Correction,
    Received,
    conversion_id,
    page_lead_id,
    received_rows,
)
from chalicelib.kit import instants
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue, NotFound, Refused
from chalicelib.programs import find as programs


class ConversionNotFound(NotFound):
    """There is no such conversion."""


class ConversionVoided(Refused):
    """The conversion was voided; nothing more can be reported of it."""

    STATUS_CODE = 409


def find(reference: str, query: ConversionQuery) -> Conversion:
    """
    Return a conversion. The website's id is unique only within a program and a type, so both are needed.

    A page's lead is found by it until the server has reported one under the same id.
    """
    identifiers = [reference]
    if reference.startswith("ext_"):
        if query.program is None:
            raise InvalidValue("Name the `program` that this `ext_` id belongs to.", pointer="/program")
        program_id, external_id = programs.find(query.program).program.id, reference.removeprefix("ext_")
        identifiers = [conversion_id(program_id, query.type, external_id)]
        if query.type == "lead":
            identifiers.append(page_lead_id(program_id, external_id))
    stored = (rows.find(Conversion, identifier, "conversion") for identifier in identifiers)
    conversion = next((one for one in stored if one is not None), None)
    if conversion is None:
        raise ConversionNotFound(_not_found(reference, query))
    return conversion


def corrections_of(identifier: str) -> list[Correction]:
    """Return the corrections of a conversion, the earliest first."""
    return list(Correction.query(identifier, Correction.sort.startswith(CORRECTIONS), consistent_read=True))


def _not_found(reference: str, query: ConversionQuery) -> str:
    """Return the detail for a missing conversion; for the website's id, with a type that does exist."""
    if query.program is None or not reference.startswith("ext_"):
        return f"There is no conversion {reference!r}."
    program_id, external_id = programs.find(query.program).program.id, reference.removeprefix("ext_")
    keys = {(conversion_id(program_id, type_, external_id), "conversion"): type_ for type_ in ("lead", "sale")}
    keys[page_lead_id(program_id, external_id), "conversion"] = "lead"
    types = sorted({keys[key] for key in rows.find_all(Conversion, list(keys))})
    hint = f"; there is a {types[0]}: use `type={types[0]}`" if types else ""
    return f"This program has no conversion of type `{query.type}` with the id {external_id!r}{hint}."


def check_stands(conversion: Conversion) -> None:
    """Refuse a conversion that was voided."""
    if conversion.voided_at is not None:
        raise ConversionVoided(f"It was voided on {instants.text(conversion.voided_at)[:10]}; nothing was changed.")


def received_on(
    day: date,
    shard: int,
    *,
    begin: datetime,
    end: datetime,
    limit: int | None = None,
    position: dict[str, Any] | None = None,
) -> tuple[list[Received], dict[str, Any] | None]:
    """Return one page of what was received on a UTC day, in one shard, from *begin* up to before *end*, in order."""
    index = f"{day.isoformat()}#{shard:02}"
    return received_rows(index, begin=instants.text(begin), end=instants.text(end), limit=limit, position=position)
