"""The events of introductions: one for each step of their history, but for drafts, which only their partner sees."""

from collections.abc import Sequence

from chalicelib.events.data import IntroductionData
from chalicelib.events.record import new_event
from chalicelib.events.table import EventRow
from chalicelib.introductions.table import IntroductionRow, Step
from chalicelib.kit import instants

_NAMED = ("accepted", "declined", "needs_more", "received", "second_in_line", "won", "lost", "lapsed")


def events_for_introductions(facts: Sequence[IntroductionRow]) -> list[EventRow]:
    """Return the events of steps; whatever else is in the table is none."""
    return [event for fact in facts if isinstance(fact, Step) for event in step_events(fact)]


def step_events(step: Step) -> list[EventRow]:
    """Return the event of a step; none of a draft."""
    if step.to_state == "offered":
        return []
    is_named = step.to_state in _NAMED and step.from_state != step.to_state
    return [
        new_event(
            f"introduction.{step.to_state if is_named else 'moved'}",
            step.id,
            step.sort,
            occurred_at=step.at,
            subject_id=step.id,
            data=IntroductionData(
                number=step.number,
                state=step.to_state,
                by=step.by,
                was=step.from_state,
                reason=step.reason,
                until=instants.text(step.until) if step.until is not None else None,
                conversion=step.conversion_id if step.to_state in ("won", "lost") else None,
            ),
            program_id=step.program_id,
            partner_id=step.partner_id,
            customer_id=step.customer_id,
        )
    ]
