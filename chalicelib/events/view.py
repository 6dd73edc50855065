"""Shows events and their types as the API gives them."""

from typing import Any

import msgspec

from chalicelib.events.catalog import CATALOG, EventType
from chalicelib.events.shapes import EventTypeView, EventView
from chalicelib.events.table import EventRow, is_of_program
from chalicelib.kit import ids, instants

_AT = "2026-11-28T12:00:00.000Z"


def view_event(event: EventRow) -> EventView:
    """Return an event as it is listed."""
    return EventView(
        id=event.id,
        object="event",
        type=event.type,
        version=event.version,
        program=event.program_id,
        partner=event.partner_id,
        customer=event.customer_id,
        subject=event.subject_id,
        occurred_at=instants.text(event.occurred_at),
        created_at=instants.text(event.written_at),
        data=event.data,
    )


def view_types() -> list[EventTypeView]:
    """Return every type, in the catalog's order."""
    return [_view_type(name, kind) for name, kind in CATALOG.items()]


def schema_of(kind: EventType) -> dict[str, Any]:
    """Return the JSON schema of a type's data, complete in itself."""
    return msgspec.json.schema(kind.data)


def _view_type(name: str, kind: EventType) -> EventTypeView:
    return EventTypeView(name, "event_type", kind.version, kind.summary, schema_of(kind), sample_of(name, kind))


def sample_of(name: str, kind: EventType) -> EventView:
    """Return an event of a type, as it might be."""
    family = name.partition(".")[0]
    made = {prefix: f"{prefix}_01KB4Z8V3HMXQ2T7N5R9C6J0FD" for prefix in ("prg", "ptr", "cus")}
    subject = _SUBJECTS[family]
    return EventView(
        id=ids.derived("evt", name),
        object="event",
        type=name,
        version=kind.version,
        program=made["prg"] if is_of_program(name) else None,
        partner=None if name in _NO_PARTNER else made["ptr"],
        customer=made["cus"]
        if family in ("customer", "referral", "conversion", "reward", "benefit") or name in _WITH_CUSTOMER
        else None,
        subject=f"{subject}_01KB4Z8V3HMXQ2T7N5R9C6J0FD",
        occurred_at=_AT,
        created_at=_AT,
        data=msgspec.to_builtins(kind.sample),
    )


_SUBJECTS = {
    "partner": "ptr",
    "customer": "cus",
    "link": "lnk",
    "referral": "ref",
    "conversion": "cnv",
    "reward": "rwd",
    "account": "ptr",
    "benefit": "rwd",
    "material": "mat",
    "payout": "pay",
    "introduction": "itr",
    "email": "msg",
}
_NO_PARTNER = {
    *("partner.applied", "partner.refused", "customer.erased", "payout.prepared", "payout.settled"),
    *("material.published", "material.withdrawn"),
}
_WITH_CUSTOMER = {"introduction.won"}
