"""What a sentence about an event is made of: the event, what people in it are called, and by which clock days begin."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, NamedTuple

from chalicelib.admin.english import day, money
from chalicelib.events.shapes import EventView
from chalicelib.kit import instants
from chalicelib.kit.money import Money
from chalicelib.kit.shapes import Instant


class Context(NamedTuple):
    """What a sentence is made of: an event, its data, what people are called, and by which clock days begin."""

    event: EventView
    data: Any
    names: Mapping[str, str]
    zone: tzinfo

    def name(self, identifier: str | None) -> str:
        """Return a name, or the id if there is none."""
        return self.names.get(identifier or "", identifier or "someone")

    @property
    def partner(self) -> str:
        """Return what the event's partner is called."""
        return self.name(self.event.partner)

    @property
    def customer(self) -> str:
        """Return what the event's customer is called."""
        return self.name(self.event.customer)

    def day(self, at: Instant) -> str:
        """Return the day of a moment in the program's zone."""
        return day(instants.parse(at).astimezone(self.zone))


def spell_money(amount: Money) -> str:
    """Return an amount with its currency."""
    return money(amount.amount, amount.currency)


def people(count: int) -> str:
    """Return how many people there are, in words."""
    return "1 person" if count == 1 else f"{count} people"
