"""
The steps of customers on a UTC day: what a program's funnel is added up from.

Pure: no I/O, no clock.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from msgspec import Struct, field

from chalicelib.kit.tally import Tally

Step = Literal["signed_up", "bought", "bought_again", "became_partner"]
STEPS: tuple[Step, ...] = ("signed_up", "bought", "bought_again", "became_partner")
# The step that each is a part of: who became a partner may have bought once or often.
BEFORE: dict[Step, Step] = {"bought": "signed_up", "bought_again": "bought", "became_partner": "bought"}
# What is measured: how long after the step before, and how long after the click the first purchase was.
Measured = Step | Literal["converted"]


class Bought(Struct, array_like=True):
    """What customers did who bought first in one section of a day; amounts in minor units."""

    bought_again: int = 0
    orders: int = 0
    revenue: int = 0
    refunded: int = 0

    def add(self, other: "Bought") -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class SectionSteps(Struct, omit_defaults=True):
    """
    What happened in one section of a day.

    *taken* counts each step by whoever took it; *by_click* those whose own click brought them, by the section of the
    day in which it was; *by_first* what customers did, by the section in which they bought first. Sections are named
    by their beginning, as in "2026-03-27T23:00".
    """

    taken: dict[Step, int] = field(default_factory=dict)
    by_click: dict[str, dict[Step, int]] = field(default_factory=dict)
    by_first: dict[str, Bought] = field(default_factory=dict)
    took: dict[Measured, Tally] = field(default_factory=dict)

    def count(self, step: Step, *, click: str | None) -> None:
        """Count that a customer took a step; *click* is the section of the click that brought them, if one did."""
        self.taken[step] = self.taken.get(step, 0) + 1
        if click is not None:
            counted = self.by_click.setdefault(click, {})
            counted[step] = counted.get(step, 0) + 1

    def measure(self, what: Measured, took: timedelta) -> None:
        self.took.setdefault(what, Tally()).add(took)

    def add(self, other: "SectionSteps") -> None:
        for step, number in other.taken.items():
            self.taken[step] = self.taken.get(step, 0) + number
        for click, numbers in other.by_click.items():
            counted = self.by_click.setdefault(click, {})
            for step, number in numbers.items():
                counted[step] = counted.get(step, 0) + number
        for first, bought in other.by_first.items():
            self.by_first.setdefault(first, Bought()).add(bought)
        for what, tally in other.took.items():
            self.took.setdefault(what, Tally()).merge(tally)


class Steps(Struct, omit_defaults=True):
    """The steps of a day by its sections; its unique visitors, and those of each section: some are in two of them."""

    unique: int = 0
    visitors: dict[str, int] = field(default_factory=dict)
    sections: dict[str, SectionSteps] = field(default_factory=dict)

    def section(self, since: str) -> SectionSteps:
        """Return what happened in the section that begins then."""
        return self.sections.setdefault(since, SectionSteps())

    def add_visitors(self, unique: int, by_section: Mapping[str, int]) -> None:
        self.unique += unique
        for since, number in by_section.items():
            self.visitors[since] = self.visitors.get(since, 0) + number

    def add(self, other: "Steps") -> None:
        self.add_visitors(other.unique, other.visitors)
        for since, steps in other.sections.items():
            self.section(since).add(steps)
