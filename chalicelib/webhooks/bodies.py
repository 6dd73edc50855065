"""
What is sent to a webhook endpoint about an event, in the form that the endpoint asks for.

Pure: no I/O, no clock.
"""

from typing import Any

import msgspec

from chalicelib.events.shapes import EventView
from chalicelib.webhooks.shapes import EventCall


def event_body(event: EventView, form: str, *, source: str, is_test: bool = False) -> tuple[bytes, str]:
    """Return a body and its content type. Always the same bytes for an event, so that a replay is signed alike."""
    native: dict[str, Any] = msgspec.to_builtins(event)
    call = EventCall(timestamp=event.occurred_at, test=is_test, **native)
    if form == "native":
        return msgspec.json.encode(call), "application/json"
    wrapped = {
        "specversion": "1.0",
        "id": event.id,
        "source": f"{source}/v1/programs/{event.program}" if event.program is not None else source,
        "type": event.type,
        "subject": event.subject,
        "time": event.occurred_at,
        "datacontenttype": "application/json",
        "data": call,
    }
    return msgspec.json.encode(wrapped), "application/cloudevents+json"
