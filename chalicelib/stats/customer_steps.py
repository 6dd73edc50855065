"""
Follows the customers of a program through a UTC day that is closed: who signed up, bought, and bought again.

Each customer's journey is stored, and goes on where their previous day ended. Days are closed in order, and a day that
has changed is closed anew with all days since: so what is read again is taken out of a journey before it is counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.kit.calendars import Calendar
from chalicelib.kit.dynamo import rows, writes
from chalicelib.programs.table import Program
from chalicelib.rewards.table import AMENDED, REFUND, TAKEN_OUT, Outcome
from chalicelib.stats.arrivals import find_origins
from chalicelib.stats.counts import Counts
from chalicelib.stats.day_sums import cuts_of
from chalicelib.stats.journey_table import Journey, journeys_key
from chalicelib.stats.recount import counts_of
from chalicelib.stats.steps import BEFORE, Bought, Step, Steps
from chalicelib.stats.table import StatsRow, program_subject
from chalicelib.stats.visits import section_of

# Most runs that import this close no day.
if TYPE_CHECKING:
    from chalicelib.stats.outcome_reader import OutcomeReader

# Outcomes that are in memory together, at least; and rows that are written together.
_TOGETHER, _WRITTEN_TOGETHER = 300, 50
# What is longer ago is in no report: it has 366 days at most.
_MOST_DAYS = timedelta(days=400)


class _Fact(NamedTuple):
    """What an outcome counts; *stands* is 1 if it is a conversion, and -1 where one is taken out again."""

    at: datetime
    conversion_id: str
    counts: Counts
    stands: int
    number: int


class _Standing(NamedTuple):
    """A conversion that a partner is credited with; *number* is its place among those of its type."""

    at: datetime
    conversion_id: str
    is_sale: bool
    number: int


class StepCounter:
    """Counts the steps of a day into its sections."""

    def __init__(self, calendar: Calendar) -> None:
        self.steps = Steps()
        self._calendar = calendar
        self._cuts: dict[date, list[str]] = {}

    def take(self, journey: Journey, step: Step, at: datetime) -> None:
        """Count that a customer took a step, and how long after the one before."""
        section, clicked_at = self.steps.section(self._since(at)), journey.clicked_at
        section.count(step, click=self._section(clicked_at, at))
        before = journey.at(BEFORE[step]) if step in BEFORE else clicked_at
        if before is not None:
            section.measure(step, at - before)
        if step == "bought" and clicked_at is not None:
            section.measure("converted", at - clicked_at)
        if step == "bought_again":
            self.add(journey, at, Bought(bought_again=1))

    def add(self, journey: Journey, at: datetime, bought: Bought) -> None:
        """Add what a customer did with what all did who bought first when they did."""
        bought_at = journey.at("bought")
        if bought_at is not None and bought_at.date() == at.date():
            at = max(at, bought_at)
        first = self._section(bought_at, at)
        if first is not None and bought != Bought():
            self.steps.section(self._since(at)).by_first.setdefault(first, Bought()).add(bought)

    def _section(self, moment: datetime | None, at: datetime) -> str | None:
        """Return the section of an earlier moment, with its day; None if there is none, or it is long ago."""
        if moment is None or not timedelta() <= at - moment <= _MOST_DAYS:
            return None
        return f"{moment:%Y-%m-%d}T{self._since(moment)}"

    def _since(self, at: datetime) -> str:
        day = at.date()
        if day not in self._cuts:
            self._cuts[day] = cuts_of(self._calendar, day)
        return section_of(f"{at:%H:%M}", self._cuts[day])


class CustomerSteps:
    """Follows the customers of a program through a day, partner by partner; they are followed *since* a day."""

    def __init__(self, program: Program, day: date, *, since: date) -> None:
        self._program = program
        self._day = day
        self._since = since
        self._key = journeys_key(program_subject(program.id))

    def of_partner(self, partner: str, hours: Iterable[str], reader: "OutcomeReader") -> Steps:
        """Return the steps of the customers whose conversions a partner is credited with, in hours that have any."""
        counter, begun = StepCounter(self._program.calendar), set[str]()
        for hour in sorted(hours):
            for outcomes in _together(reader.of_hour(partner, hour)):
                self._follow(partner, _facts(outcomes, reader), counter, begun)
        return counter.steps

    def _follow(self, partner: str, facts: dict[str, list[_Fact]], counter: StepCounter, begun: set[str]) -> None:
        """Count the steps of some customers; *begun* are those whose day with the partner was begun before."""
        journeys = rows.find_all(Journey, [(self._key, customer) for customer in facts])
        before = {customer: row.serialize() for (_, customer), row in journeys.items()}
        begins: dict[str, datetime] = {}

        def forget(journey: Journey) -> None:
            if journey.sk not in begun:
                journey.forget(self._day, partner)

        for customer, own in facts.items():
            journey = journeys.setdefault((self._key, customer), Journey(self._key, customer))
            forget(journey)
            if not journey.marks and (standing := _standing(own)):
                begins[customer] = standing[0].at
        origins = find_origins(self._program.id, begins, followed_since=self._since, forget=forget)
        for (_, customer), journey in journeys.items():
            if customer in begins:
                journey.click = origins.clicks.get(customer)
                if (referred_at := origins.early.get(customer)) is not None:
                    journey.early = True
                    journey.mark("signed_up", referred_at, partner)
            _go_on(journey, partner, facts[customer], counter)
        begun.update(facts)
        put_all(
            [
                *origins.new,
                *(
                    journey
                    for (_, customer), journey in journeys.items()
                    if journey.serialize() != before.get(customer) and (customer in before or journey.marks)
                ),
            ]
        )


def _facts(outcomes: Iterable[Outcome], reader: "OutcomeReader") -> dict[str, list[_Fact]]:
    """Return what some outcomes count, by customer."""
    by_decision = {outcome.sk.partition("#")[2]: outcome for outcome in outcomes}
    facts: dict[str, list[_Fact]] = defaultdict(list)
    for identifier, decision in reader.decisions(by_decision).items():
        outcome = by_decision[identifier]
        what = outcome.what.removeprefix(TAKEN_OUT)
        is_conversion = what not in (REFUND, "refusal") and not what.startswith(AMENDED)
        stands = (1 if what == outcome.what else -1) if is_conversion else 0
        facts[decision.customer_id].append(
            _Fact(decision.received_at, decision.conversion_id, counts_of(outcome), stands, decision.number)
        )
    return facts


def _standing(facts: Iterable[_Fact]) -> list[_Standing]:
    """Return the conversions that are counted, and not taken out again, in the order they were received."""
    by_conversion: dict[str, list[_Fact]] = defaultdict(list)
    for fact in facts:
        if fact.stands:
            by_conversion[fact.conversion_id].append(fact)
    return sorted(
        _Standing(
            min(fact.at for fact in own),
            identifier,
            sum(fact.counts.sales for fact in own) > 0,
            max(fact.number for fact in own),
        )
        for identifier, own in by_conversion.items()
        if sum(fact.stands for fact in own) > 0
    )


def _go_on(journey: Journey, partner: str, facts: list[_Fact], counter: StepCounter) -> None:
    """Count the steps that a customer takes."""
    for one in _standing(facts):
        marks = journey.marks
        if "signed_up" not in marks:
            counter.take(journey, "signed_up", journey.mark("signed_up", one.at, partner))
        if one.is_sale and "bought" not in marks and not (journey.early and one.number > 1):
            counter.take(journey, "bought", journey.mark("bought", one.at, partner))
        elif one.is_sale and "bought" in marks and "bought_again" not in marks:
            counter.take(journey, "bought_again", journey.mark("bought_again", one.at, partner))
    for fact in facts:
        counts = fact.counts
        bought = Bought(orders=counts.sales, revenue=counts.revenue, refunded=counts.refunded)
        counter.add(journey, fact.at, bought)


def _together(outcomes: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    """Yield the outcomes of whole minutes together: what takes a conversion out is in its own minute."""
    several: list[Outcome] = []
    for _, minute in groupby(outcomes, key=lambda one: one.sk[:2]):
        several += minute
        if len(several) >= _TOGETHER:
            yield several
            several = []
    if several:
        yield several


def put_all(several: Sequence[StatsRow]) -> None:
    """Put rows, some of them together, and replace any with their keys."""
    for begin in range(0, len(several), _WRITTEN_TOGETHER):
        some = several[begin : begin + _WRITTEN_TOGETHER]
        writes.commit(*(writes.put_if(row, StatsRow.pk.exists() | StatsRow.pk.does_not_exist()) for row in some))
