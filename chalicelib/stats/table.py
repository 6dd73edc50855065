"""
Counted numbers, a row per subject and UTC hour with an attribute per minute.

Minutes, because days begin on different minutes of the UTC hour in different time zones.
"""

from typing import Any

from pynamodb.attributes import DiscriminatorAttribute, ListAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.kit import config, rows
from chalicelib.kit.attributes import Instant, WholeNumber
from chalicelib.kit.structured import Structured
from chalicelib.stats.numbers import Numbers, of_clicks, of_outcomes

MINUTES = [f"m{minute:02}" for minute in range(60)]


class HoursOfProgramDay(GlobalSecondaryIndex["StatsRow"]):
    """Which rows were touched on a programme's UTC day. A row enters it once, when it is made."""

    class Meta:
        index_name = "by_program_day"
        projection = IncludeProjection(["row"])

    program_day = UnicodeAttribute(hash_key=True)
    pk = UnicodeAttribute(range_key=True)


class StatsRow(Model):
    """Any row of the stats table."""

    class Meta(rows.Table):
        table_name = config.table("stats")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    row = DiscriminatorAttribute()
    program_day = UnicodeAttribute(null=True)
    by_program_day = HoursOfProgramDay()


class ClickHour(StatsRow, discriminator="clicks"):
    """An hour of a link's clicks in one shard: each minute's counts, packed."""

    vars().update({name: WholeNumber(null=True) for name in MINUTES})

    def minutes(self) -> dict[int, Numbers]:
        return {minute: of_clicks(packed) for minute, packed in _present(self)}


class OutcomeHour(StatsRow, discriminator="outcomes"):
    """An hour of what came of a partner's conversions in a programme: each minute's counts and sums."""

    vars().update({name: ListAttribute(of=WholeNumber, null=True) for name in MINUTES})

    def minutes(self) -> dict[int, Numbers]:
        return {minute: of_outcomes(list(stored)) for minute, stored in _present(self)}


class ProgramDay(StatsRow, discriminator="program_day"):
    """A programme's UTC day, added up: each quarter of an hour that has numbers, and unique visitors."""

    quarters: Structured[dict[str, Numbers]] = Structured(dict[str, Numbers])
    unique = WholeNumber(default=0)
    as_of = Instant()


class UniqueDay(StatsRow, discriminator="unique"):
    """A link's unique visitors on a UTC day, and how many people's clicks they were counted from."""

    visitors = WholeNumber()
    human_clicks = WholeNumber()
    as_of = Instant()


class Cursor(StatsRow, discriminator="cursor"):
    """Up to which UTC day a programme has been added up."""

    day = UnicodeAttribute()


def of_link(code_key: str) -> str:
    return f"link#{code_key}"


def of_unique(code_key: str) -> str:
    return f"unique#{code_key}"


def of_partner(partner_id: str, program_id: str) -> str:
    return f"{partner_id}#{program_id}"


def of_program(program_id: str) -> str:
    return f"program#{program_id}"


def program_day(program_id: str, day: str) -> str:
    return f"{program_id}#{day}"


def _present(row: StatsRow) -> list[tuple[int, Any]]:
    return [(minute, value) for minute, name in enumerate(MINUTES) if (value := getattr(row, name)) is not None]
