"""The events of links: created, changed, ended, and reactivated."""

from collections.abc import Sequence

from chalicelib.events.data import LinkChangeData, LinkData
from chalicelib.events.record import new_event
from chalicelib.events.table import EventRow
from chalicelib.kit import instants
from chalicelib.links.table import Link, LinkRow


def events_for_links(facts: Sequence[LinkRow]) -> list[EventRow]:
    """Return the events of links, as they are now."""
    return [event for fact in facts if isinstance(fact, Link) for event in link_events(fact)]


def link_events(link: Link) -> list[EventRow]:
    """Return the events of a link so far; of changes, the last one's, since a change replaces what was there."""
    moments = {
        "link.created": link.created_at,
        "link.changed": link.changed_at,
        "link.ended": link.disabled_at,
        "link.restored": link.restored_at,
    }
    return [
        new_event(
            name,
            link.id,
            instants.text(at),
            occurred_at=at,
            program_id=link.program_id,
            partner_id=link.partner_id,
            subject_id=link.id,
            data=_data(name, link),
        )
        for name, at in moments.items()
        if at is not None
    ]


def _data(name: str, link: Link) -> LinkData:
    if name != "link.changed":
        return LinkData(link.code, link.channel, link.external_id)
    expires_at = instants.text(link.expires_at) if link.expires_at else None
    return LinkChangeData(link.code, link.channel, link.external_id, link.destination, expires_at)
