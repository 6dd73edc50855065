"""Ranks a program's partners, and the channels of its links, over UTC days."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from msgspec import Struct

from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.walk import Deadline
from chalicelib.links import find as links
from chalicelib.programs import find as programs
from chalicelib.stats.numbers import Numbers
from chalicelib.stats.roll_up import closed_before
from chalicelib.stats.shapes import MOST_RANKED_DAYS, RankedView, RankingQuery, RankingView, figures
from chalicelib.stats.table import Cursor, StatsRow, days_of, of_program, program_day

MOST_SECONDS = 8.0
_NO_CHANNEL = ""
_BY: dict[str, Callable[[Numbers], int]] = {
    "revenue": lambda numbers: numbers.revenue - numbers.refunded,
    "sales": lambda numbers: numbers.sales,
    "leads": lambda numbers: numbers.leads,
    "clicks": lambda numbers: numbers.human,
}


class _Sums(Struct, frozen=True):
    """What each partner, and each link, has come to so far."""

    partners: dict[str, Numbers]
    links: dict[str, Numbers]


def rank(reference: str, query: RankingQuery, *, at: datetime, most_seconds: float = MOST_SECONDS) -> RankingView:
    """
    Rank partners by what the days came to, and channels, which have nothing else, by clicks: the first *limit* of each.

    Clicks are counted for the partner whose link it is.

    It reads each day's rows once, newest day first, for some seconds; *complete* says whether it came
    to the first day, and *from* which it counted from.
    """
    deadline = Deadline(most_seconds)
    program = programs.find(reference).program
    first, last = _span(query, at=at)
    cursor = rows.find(Cursor, of_program(program.id), "cursor")
    sums = _Sums(defaultdict(Numbers), defaultdict(Numbers))
    day = last
    while day >= first and not deadline.passed:
        _add_day(sums, program.id, day, closed=day < closed_before(cursor))
        day -= timedelta(days=1)
    channels = _by_link(sums)

    def ranked(found: dict[str, Numbers], by: str) -> list[RankedView]:
        value = _BY[by]
        ordered = sorted(found.items(), key=lambda one: (-value(one[1]), one[0]))[: query.limit]
        return [RankedView(name or None, figures(one, unique=0, currency=program.currency)) for name, one in ordered]

    return RankingView(
        object="ranking",
        program=program.id,
        from_=(day + timedelta(days=1)).isoformat(),
        to=last.isoformat(),
        by=query.by,
        complete=day < first,
        partners=ranked(sums.partners, query.by),
        channels=ranked(channels, "clicks"),
    )


def _add_day(sums: _Sums, program_id: str, day: date, *, closed: bool) -> None:
    """Add a day: from one row a subject where it is over, else from its ranges."""
    written = day.isoformat()
    touched = [(row.pk, row.sk) for row in StatsRow.by_program_day.query(program_day(program_id, written))]
    if closed:
        touched = list({(days_of(pk), written): None for pk, _ in touched if not pk.startswith("none")})
    for row in rows.find_all(StatsRow, touched, consistent=False).values() if touched else ():
        subject = row.pk.removeprefix("days#")
        if subject.startswith("link#"):
            _add(sums.links[subject.removeprefix("link#")], row.counted())
        elif subject.startswith("ptr_"):
            _add(sums.partners[subject.partition("#")[0]], row.counted())


def _add(sum_: Numbers, counted: Iterable[tuple[datetime, Numbers]]) -> None:
    for _, numbers in counted:
        sum_.add(numbers)


def _by_link(sums: _Sums) -> dict[str, Numbers]:
    """Return the clicks by channel, and add each link's to its partner's."""
    channels: dict[str, Numbers] = defaultdict(Numbers)
    for key, link in links.find_by_codes(sums.links).items():
        channels[link.channel or _NO_CHANNEL].add(sums.links[key])
        sums.partners[link.partner_id].add(sums.links[key])
    return channels


def _span(query: RankingQuery, *, at: datetime) -> tuple[date, date]:
    try:
        last = date.fromisoformat(query.to) if query.to else at.date()
        first = date.fromisoformat(query.from_) if query.from_ else last - timedelta(days=29)
    except ValueError as error:
        raise InvalidValue("This is not a date.", pointer="/from") from error
    if not 0 <= (last - first).days < MOST_RANKED_DAYS:
        raise InvalidValue(f"Ask for 1 to {MOST_RANKED_DAYS} days at a time.", pointer="/from")
    return first, last
