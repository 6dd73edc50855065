"""The events of materials: that a version was published, that a partner read it, and that it was withdrawn."""

from collections.abc import Sequence

from chalicelib.events.data import MaterialData
from chalicelib.events.record import new_event
from chalicelib.events.table import EventRow
from chalicelib.materials.table import Material, MaterialRow, MaterialVersion, Read


def events_for_materials(facts: Sequence[MaterialRow]) -> list[EventRow]:
    """Return the events of materials' rows: one each, or none."""
    return [event for fact in facts if (event := material_event(fact)) is not None]


def material_event(fact: MaterialRow) -> EventRow | None:
    """Return the event of a row as it is now."""
    if isinstance(fact, Read):
        return new_event(
            "material.read",
            *(fact.id, fact.sort),
            occurred_at=fact.read_at,
            subject_id=fact.material_id,
            data=MaterialData(fact.version, fact.sort_of, fact.title, fact.digest),
            program_id=fact.program_id,
            partner_id=fact.id,
        )
    if isinstance(fact, MaterialVersion) and fact.state == "published" and fact.published_at is not None:
        return new_event(
            "material.published",
            *(fact.id, fact.sort),
            occurred_at=fact.published_at,
            subject_id=fact.id,
            data=MaterialData(fact.number, fact.sort_of, fact.title, fact.digest, must_read=fact.must_read),
            program_id=fact.program_id,
        )
    if isinstance(fact, Material) and fact.withdrawn_at is not None and fact.version:
        return new_event(
            "material.withdrawn",
            fact.id,
            occurred_at=fact.withdrawn_at,
            subject_id=fact.id,
            data=MaterialData(fact.version, fact.sort_of, fact.title),
            program_id=fact.program_id,
        )
    return None
