"""
Counted numbers: what was counted a short while ago by its range, what is long over by its day.

A subject is a link, a partner in a program, or a program. Quarters of an hour are kept of what
is added up, because days begin on different quarters of the UTC hour in different time zones.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pynamodb.attributes import DiscriminatorAttribute, ListAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.kit import config
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalText, Text, WholeNumber
from chalicelib.kit.structured import Structured
from chalicelib.stats.numbers import Numbers, of_clicks, of_outcomes
from chalicelib.stats.slots import SLOTS, begin_of

TABLE = config.table("stats")
Counted = Iterator[tuple[datetime, Numbers]]
Quarters = dict[str, Numbers]


class RowsOfProgramDay(GlobalSecondaryIndex["StatsRow"]):
    """Which rows were touched on a program's UTC day. A row enters it once, when it is made."""

    class Meta:
        index_name = "by_program_day"
        projection = IncludeProjection(["row"])

    program_day = Text(hash_key=True)
    pk = Text(range_key=True)


class StatsRow(Model):
    """Any row of the stats table."""

    class Meta(rows.Table):
        table_name = TABLE

    pk = Text(hash_key=True)
    sk = Text(range_key=True)
    row = DiscriminatorAttribute()
    program_day = OptionalText()
    by_program_day = RowsOfProgramDay()

    def counted(self) -> Counted:
        """Return the numbers of each range that has any, with its beginning."""
        yield from ()


class ClickCounts(StatsRow, discriminator="clicks"):
    """A link's clicks in one shard: an hour, or ten minutes where it is hot; each slot's counts, packed."""

    vars().update({name: WholeNumber(null=True) for name in SLOTS})

    def counted(self) -> Counted:
        for number, name in enumerate(SLOTS):
            if (packed := getattr(self, name)) is not None:
                yield begin_of(self.sk, number), of_clicks(packed)


class OutcomeHour(StatsRow, discriminator="outcomes"):
    """An hour of what came of a partner's conversions in a program: each minute's counts and sums."""

    vars().update({name: ListAttribute(of=WholeNumber, null=True) for name in SLOTS})

    def counted(self) -> Counted:
        hour = datetime.fromisoformat(f"{self.sk}:00:00+00:00")
        for minute, name in enumerate(SLOTS):
            if (stored := getattr(self, name)) is not None:
                yield hour + timedelta(minutes=minute), of_outcomes(list(stored))


class AddedUp(StatsRow, discriminator="added_up"):
    """
    A subject's UTC day that is over, or a program's hour: each quarter of an hour that has numbers.

    A day takes the place of all its ranges in answers, so that they take the same few reads whether
    it had ten clicks or ten million.
    """

    quarters: Structured[Quarters] = Structured(Quarters)
    as_of = Instant()

    def counted(self) -> Counted:
        for quarter, numbers in self.quarters.items():
            yield datetime.fromisoformat(f"{self.sk[:10]}T{quarter}:00+00:00"), numbers


class UniqueDay(StatsRow, discriminator="unique"):
    """The unique visitors of a link, or the sum of a program's links, on a UTC day; and of how many clicks."""

    visitors = WholeNumber()
    human_clicks = WholeNumber(default=0)
    as_of = Instant()


class Cursor(StatsRow, discriminator="cursor"):
    """
    The UTC hour a program's rollup begins with: what is before it is added up. And when it was written.

    `late` grows whenever an hour is counted again that may have been added up before.
    """

    hour = OptionalText()
    late = WholeNumber(default=0)
    as_of = Instant(null=True)


def of_link(code_key: str) -> str:
    return f"link#{code_key}"


def of_partner(partner_id: str, program_id: str) -> str:
    return f"{partner_id}#{program_id}"


def of_program(program_id: str) -> str:
    return f"program#{program_id}"


def days_of(subject: str) -> str:
    """Return where a subject's days are that are over."""
    return f"days#{subject}"


def hours_of(subject: str) -> str:
    """Return where a program's hours are, of the days that are not."""
    return f"hours#{subject}"


def unique_of(subject: str) -> str:
    return f"unique#{subject}"


def program_day(program_id: str, day: str) -> str:
    return f"{program_id}#{day}"
