"""
Stored counts: recent ones by their ranges, those of closed days as daily rollups (see `encoding`).

A subject is a link, a partner in a program, or a program.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct
from pynamodb.attributes import BooleanAttribute, ListAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model
from pynamodb.pagination import ResultIterator

from chalicelib.kit import config
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, Kind, OptionalText, Text, WholeNumber
from chalicelib.kit.structured import Structured
from chalicelib.stats.counts import Cohorts, Counts, TermsOfOwner
from chalicelib.stats.encoding import LINK_SLOTS, SLOTS, begin_of, decode_clicks, decode_links, decode_outcomes

TABLE = config.table("stats")
# Counts of ranges, each with its beginning.
CountsByTime = Iterator[tuple[datetime, Counts]]
# The same of several links: each range comes with a link's code.
CountsByLink = Iterator[tuple[datetime, str, Counts]]
# Counts by quarter of an hour, as in "09:45".
QuarterHours = dict[str, Counts]
# Sums in the order of Counts, by where a section of the day begins; clicks of each class by kind of origin, section
# and name.
SectionSums = dict[str, list[int]]
Origins = dict[str, dict[str, dict[str, list[int]]]]
# Under the empty code are outcomes that came by no known link.
SumsOfOwner = dict[str, SectionSums]
OriginsOfOwner = dict[str, Origins]


class RowsOfProgramDay(GlobalSecondaryIndex["StatsRow"]):
    """The rows with counts of a program's UTC day. Written once, when a row is made."""

    class Meta:
        index_name = "by_program_day"
        projection = IncludeProjection(["row"])

    program_day = Text(hash_key=True)
    pk = Text(range_key=True)


class RowsOfPartnerDay(GlobalSecondaryIndex["StatsRow"]):
    """The same, sorted by partner: one query returns a partner's day, for any number of links."""

    class Meta:
        index_name = "by_partner"
        projection = IncludeProjection(["row"])

    program_day = Text(hash_key=True)
    partner = Text(range_key=True)


class LinkDay(Struct, array_like=True):
    """The numbers of a link on a closed UTC day."""

    counts: Counts
    visitors: int = 0


class StatsRow(Model):
    """Any row of the stats table. *partner* is the range's partner, or the shard of ranges without one."""

    class Meta(rows.Table):
        table_name = TABLE

    pk = Text(hash_key=True)
    sk = Text(range_key=True)
    row = Kind()
    program_day = OptionalText()
    by_program_day = RowsOfProgramDay()
    partner = OptionalText()
    by_partner = RowsOfPartnerDay()

    def counts(self) -> CountsByTime:
        """Yield the counts of each range that has any, with its beginning."""
        yield from ()


class ClickCounts(StatsRow, discriminator="clicks"):
    """A link's clicks in one shard: an hour of minutes, or ten minutes of ten seconds where it is hot; packed."""

    vars().update({name: WholeNumber(null=True) for name in SLOTS})

    def counts(self) -> CountsByTime:
        for number, name in enumerate(SLOTS):
            if (packed := getattr(self, name)) is not None:
                yield begin_of(self.sk, number), decode_clicks(packed)


class OutcomeCounts(StatsRow, discriminator="outcomes"):
    """The outcomes of a partner in a program: an hour of minutes, each a list of counts; and the links they came by."""

    vars().update({name: ListAttribute(of=WholeNumber, null=True) for name in SLOTS})
    vars().update({name: OptionalText() for name in LINK_SLOTS})

    def counts(self) -> CountsByTime:
        hour = datetime.fromisoformat(f"{self.sk}:00:00+00:00")
        for minute, name in enumerate(SLOTS):
            if (stored := getattr(self, name)) is not None:
                yield hour + timedelta(minutes=minute), decode_outcomes(list(stored))

    def counts_by_link(self) -> CountsByLink:
        """Yield the counts of each link in each minute; what came by no link that is known is left out."""
        hour = datetime.fromisoformat(f"{self.sk}:00:00+00:00")
        for minute, name in enumerate(LINK_SLOTS):
            if (stored := getattr(self, name)) is not None:
                whole = decode_outcomes(list(getattr(self, SLOTS[minute])))
                for code_key, counts in decode_links(stored, whole).items():
                    yield hour + timedelta(minutes=minute), code_key, counts


class Rollup(StatsRow, discriminator="added_up"):
    """
    A daily rollup of a subject, or an hourly one of a program: each quarter of an hour that has counts.

    A closed day is read in place of all its ranges, so that reports take the same few reads whether it had ten
    clicks or ten million. A link's has its clicks and their results, and the clicks' *origins*; so has a partner's, of
    all their links, with the day's sums *by_link*, and the *sums* of each link in each section of the program's days;
    and it names the *links* that conversions came by, has their results *by_terms*, and of its *cohorts* (see
    `outcome_table`). Partners who were merged have results of the same links, whose rollups are of all of them: each
    one's own part is *shared*. *steps* are those of their customers. One that was stored before partners' rollups had
    clicks has neither those nor *by_link* (see `RollupCursor.summed_from`).
    """

    quarters: Structured[QuarterHours] = Structured(QuarterHours)
    links: Structured[list[str]] = Structured(list[str], default=list)
    by_link: Structured[dict[str, LinkDay]] = Structured(dict[str, LinkDay], default=dict)
    shared: Structured[dict[str, QuarterHours]] = Structured(dict[str, QuarterHours], default=dict)
    sums: Structured[dict[str, SectionSums] | None] = Structured(dict[str, SectionSums] | None, null=True)
    origins: Structured[Origins | None] = Structured(Origins | None, null=True)
    by_terms: Structured[TermsOfOwner | None] = Structured(TermsOfOwner | None, null=True)
    cohorts: Structured[Cohorts | None] = Structured(Cohorts | None, null=True)
    # As `steps.Steps`, which only closing a day reads.
    steps: Structured[dict[str, Any] | None] = Structured(dict[str, Any] | None, null=True)
    as_of = Instant()

    def counts(self) -> CountsByTime:
        yield from self._by_time(self.quarters)

    def shared_counts(self, code_key: str) -> CountsByTime:
        """Yield the partner's own part of what a link has that others have results of, too."""
        yield from self._by_time(self.shared[code_key])

    def _by_time(self, quarters: QuarterHours) -> CountsByTime:
        for quarter, counts in quarters.items():
            yield datetime.fromisoformat(f"{self.sk[:10]}T{quarter}:00+00:00"), counts


class Sheet(StatsRow):
    """A sheet of a program's closed day (see `day_sums`): *cuts* are the quarters of an hour where it is cut."""

    cuts: Structured[list[str]] = Structured(list[str])
    last = BooleanAttribute(default=False)
    as_of = Instant()

    def is_cut_at(self, cuts: Iterable[str]) -> bool:
        """Return whether the day can be divided there."""
        return set(cuts) <= set(self.cuts)


class DaySums(Sheet, discriminator="day_sums"):
    """Sums by partner (or the shard of outcomes without one), link and section of the day."""

    sums: Structured[dict[str, SumsOfOwner]] = Structured(dict[str, SumsOfOwner])


class DayOrigins(Sheet, discriminator="day_origins"):
    """Clicks by partner, link, kind of origin, section of the day and name of the origin; of each class."""

    origins: Structured[dict[str, OriginsOfOwner]] = Structured(dict[str, OriginsOfOwner])


class UniqueDay(StatsRow, discriminator="unique"):
    """
    The unique visitors of a link, or the sum of a program's links, on a UTC day; and of how many clicks.

    Once the day is closed, a link's has its sign-ups and sales, too; in what was closed before this was kept, none.
    """

    visitors = WholeNumber()
    human_clicks = WholeNumber(default=0)
    leads = WholeNumber(default=0)
    sales = WholeNumber(default=0)
    as_of = Instant()


class RollupCursor(StatsRow, discriminator="cursor"):
    """
    The UTC hour where a program's next rollup begins: all earlier hours are rolled up. And when that was written.

    `late` grows when an hour is recounted that may have been rolled up before. `closing` is the last closed partner of
    a day, with the value of `late` at that time, because a recounted day is started again. From the UTC day
    `summed_from` on, closed days of partners have their clicks; days closed earlier have them only by link. From
    `cohorts_from` on, they are counted by cohort, and from `stepped_from` on by the steps of customers.
    """

    hour = OptionalText()
    late = WholeNumber(default=0)
    closing = OptionalText()
    summed_from = OptionalText()
    cohorts_from = OptionalText()
    stepped_from = OptionalText()
    as_of = Instant(null=True)

    def closed_of(self, day: date) -> str:
        """Return up to which partner a day is closed; nothing, if it is not begun or has changed since."""
        late, _, rest = (self.closing or "").partition("|")
        begun, _, partner = rest.partition("|")
        return partner if (late, begun) == (str(self.late), day.isoformat()) else ""


def link_subject(code_key: str) -> str:
    return f"link#{code_key}"


def partner_subject(partner_id: str, program_id: str) -> str:
    return f"{partner_id}#{program_id}"


def program_subject(program_id: str) -> str:
    return f"program#{program_id}"


def daily_key(subject: str) -> str:
    """Return the partition of a subject's daily rollups."""
    return f"days#{subject}"


def hourly_key(subject: str) -> str:
    """Return the partition of a program's hourly rollups, of days that are not closed."""
    return f"hours#{subject}"


def unique_key(subject: str) -> str:
    """Return the partition of a subject's unique visitors."""
    return f"unique#{subject}"


def sums_key(subject: str) -> str:
    """Return the partition of the sums of a program's closed days."""
    return f"sums#{subject}"


def origins_key(subject: str) -> str:
    """Return the partition of the origins of the clicks of a program's closed days."""
    return f"origins#{subject}"


def program_day(program_id: str, day: str) -> str:
    return f"{program_id}#{day}"


def closed_before(cursor: RollupCursor | None) -> date:
    """Return the first UTC day that is not closed: counts from then on are read from their ranges."""
    return date.fromisoformat(cursor.hour[:10]) if cursor is not None and cursor.hour else date.min


def summed_from(cursor: RollupCursor | None) -> date:
    """Return the first closed UTC day with clicks in partners' rollups; the first open one, if there is none."""
    return date.fromisoformat(cursor.summed_from) if cursor and cursor.summed_from else closed_before(cursor)


def find_cursor(program_id: str) -> RollupCursor | None:
    """Return how far a program's rollups are."""
    return rows.find(RollupCursor, program_subject(program_id), "cursor")


def find_open_day(program_id: str) -> date:
    """Return the first UTC day of a program that is not closed."""
    return closed_before(find_cursor(program_id))


def query_rows(pk: str, first: str, last: str) -> Iterator[StatsRow]:
    """Yield the rows from one day (or hour) to another, both included; none where the other is before it."""
    if first <= last:
        yield from StatsRow.query(pk, StatsRow.sk.between(first, last + "~"), consistent_read=True)


def counts_by_link(outcomes: Iterable[StatsRow]) -> CountsByLink:
    """Yield the outcomes of open days, by link: those of closed ones are in the links' own rollups."""
    for row in outcomes:
        if isinstance(row, OutcomeCounts):
            yield from row.counts_by_link()


def query_newest(pk: str, first: date, last: date) -> ResultIterator[StatsRow]:
    """Return the rows of those days, newest first; they may be a second old."""
    between = StatsRow.sk.between(first.isoformat(), f"{last.isoformat()}~")
    newest_first: ResultIterator[StatsRow] = StatsRow.query(pk, between, scan_index_forward=False)
    return newest_first
