"""How far each customer of a program has got, and the steps of each of its closed days."""

from datetime import date, datetime

from msgspec import Struct
from pynamodb.attributes import BooleanAttribute

from chalicelib.kit import ids
from chalicelib.kit.dynamo.attributes import Instant, OptionalText, Text
from chalicelib.kit.structured import Structured
from chalicelib.stats.steps import BEFORE, Step, Steps
from chalicelib.stats.table import SectionSums, StatsRow


class Mark(Struct, frozen=True, array_like=True):
    """When a customer took a step, and with which partner it was counted."""

    at: datetime
    partner: str


class Journey(StatsRow, discriminator="journey"):
    """
    When a customer took each step in a program, as their days were closed: each no earlier than the one before.

    *click* is the time-sorted id of the click that brought them, and nobody before them. *early* is who signed up
    before steps were counted: their first purchase may be unknown.
    """

    marks: Structured[dict[Step, Mark]] = Structured(dict[Step, Mark], default=dict)
    click = OptionalText()
    early = BooleanAttribute(null=True)

    @property
    def clicked_at(self) -> datetime | None:
        return ids.time_of(self.click) if self.click is not None else None

    def at(self, step: Step) -> datetime | None:
        """Return when they took a step."""
        mark = self.marks.get(step)
        return mark.at if mark is not None else None

    def mark(self, step: Step, at: datetime, partner: str) -> datetime:
        """Store that they took a step, no earlier than the one before it; return when."""
        before = self.marks.get(BEFORE.get(step, step))
        self.marks[step] = Mark(max(at, before.at) if before is not None else at, partner)
        return self.marks[step].at

    def forget(self, day: date, partner: str) -> None:
        """
        Take out what a day's closing counts anew: steps of later days, and of the day itself from a partner on.

        A day is closed in the order of partners, so those before it are counted already.
        """
        for step, mark in list(self.marks.items()):
            if mark.at.date() > day or (mark.at.date() == day and mark.partner >= partner):
                del self.marks[step]
        if "signed_up" not in self.marks:
            self.marks.clear()
            self.click = self.early = None


class Arrival(StatsRow, discriminator="arrival"):
    """The customer whom a click brought: the first to sign up by it."""

    customer_id = Text()


class DaySteps(StatsRow, discriminator="day_steps"):
    """The steps of a program's closed UTC day, and the sums of its counts, by the sections that *cuts* begin."""

    steps: Structured[Steps] = Structured(Steps)
    sums: Structured[SectionSums] = Structured(SectionSums)
    cuts: Structured[list[str]] = Structured(list[str])
    as_of = Instant()


def journeys_key(program: str) -> str:
    """Return the partition of the journeys of a program's customers, by its subject."""
    return f"journeys#{program}"


def arrivals_key(program: str) -> str:
    """Return the partition of the clicks that brought a program's customers."""
    return f"arrivals#{program}"


def steps_key(program: str) -> str:
    """Return the partition of the steps of a program's closed days."""
    return f"steps#{program}"
