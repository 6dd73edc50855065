"""Closed days of a program, written as the rollup writes them, with any number of clicks."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from tests.faults.world import World

DAYS = 366
# The quarters of an hour of a day in which something happens.
_QUARTERS = ("00:15", "09:00", "16:45", "22:30")

Codes = Mapping[str, Sequence[str]]


def business(shop: World, *, partners: int, links: int, **program: object) -> tuple[str, Codes]:
    """Create a program with partners who have links; return its id, and their codes by partner."""
    created = shop.program(**program)
    codes = {}
    for number in range(partners):
        partner = shop.partner(created, name=f"P{number}", email=f"p{number}@mail.example")
        names = [(f"code-{number}-{one}", f"Channel {one}") for one in range(links)]
        several = [shop.link(created, partner, code=code, channel=channel) for code, channel in names]
        codes[str(partner["id"])] = [str(one["code"]).lower() for one in several]
    return str(created["id"]), codes


def write_days(program_id: str, codes: Codes, *, last: date, days: int = DAYS, clicks: int) -> None:
    """Write the rollups of *days* up to the *last*: so many clicks on all links, evenly, each of them with a sale."""
    from chalicelib.kit import instants
    from chalicelib.programs.find import find
    from chalicelib.stats.day_sums import cuts_of
    from chalicelib.stats.table import RollupCursor, program_subject

    calendar = find(program_id).program.calendar
    first, at = last - timedelta(days=days - 1), instants.midnight(last) + timedelta(hours=26)
    shares = _Shares(clicks, days * sum(map(len, codes.values())) * len(_QUARTERS))
    for number in range(days):
        day = first + timedelta(days=number)
        _write_day(program_id, codes, day.isoformat(), cuts_of(calendar, day), shares, at=at)
    cursor = RollupCursor(program_subject(program_id), "cursor", summed_from=first.isoformat(), as_of=at)
    cursor.hour = instants.hour_of(instants.midnight(last + timedelta(days=1)))
    cursor.save()


class _Shares:
    """Divides a number evenly among places."""

    def __init__(self, number: int, places: int) -> None:
        self._number, self._places, self._place = number, places, 0

    def take(self) -> int:
        begin, self._place = self._number * self._place // self._places, self._place + 1
        return self._number * self._place // self._places - begin


def _write_day(program_id: str, codes: Codes, day: str, cuts: list[str], shares: _Shares, *, at: datetime) -> None:
    from chalicelib.stats.counts import Counts, TermsSums, total
    from chalicelib.stats.day_sums import DayWriter, sum_up
    from chalicelib.stats.table import LinkDay, Rollup, UniqueDay, daily_key, link_subject, program_subject, unique_key
    from chalicelib.stats.visits import section_of

    stored: list[Any] = []
    of_partners: list[Rollup] = []
    for partner, own in codes.items():
        by_link = {}
        for code in own:
            quarters = {quarter: _counts(shares.take()) for quarter in _QUARTERS}
            by_link[code] = quarters
            origins: dict[str, dict[str, dict[str, list[int]]]] = {"country": {}, "device": {}, "referrer_host": {}}
            for quarter, counts in quarters.items():
                for kind, name in (("country", "AT"), ("device", "mobile"), ("referrer_host", "news.example")):
                    named = origins[kind].setdefault(section_of(quarter, cuts), {}).setdefault(name, [0] * 5)
                    named[0] += counts.human
            key = daily_key(link_subject(code))
            stored.append(Rollup(key, day, quarters=quarters, origins=origins, as_of=at))
        together = {quarter: total(one[quarter] for one in by_link.values()) for quarter in _QUARTERS}
        row = Rollup(daily_key(f"{partner}#{program_id}"), day, quarters=together, links=sorted(by_link), as_of=at)
        row.by_link = {code: LinkDay(total(quarters.values()), 1) for code, quarters in by_link.items()}
        row.sums = {code: sum_up(quarters, cuts) for code, quarters in by_link.items()}
        row.by_terms = {
            code: {since: [TermsSums(None, 1, "new", _outcomes(numbers))] for since, numbers in sections.items()}
            for code, sections in row.sums.items()
        }
        of_partners.append(row)
    subject = program_subject(program_id)
    whole = {quarter: total(row.quarters.get(quarter, Counts()) for row in of_partners) for quarter in _QUARTERS}
    stored += [*of_partners, Rollup(daily_key(subject), day, quarters=whole, as_of=at)]
    stored.append(UniqueDay(unique_key(subject), day, visitors=sum(map(len, codes.values())), as_of=at))
    with Rollup.batch_write() as batch:
        for one in stored:
            batch.save(one)
    writer = DayWriter(program_id, day, cuts, at=at)
    writer.add(of_partners)
    writer.finish()


def _outcomes(numbers: list[int]) -> list[int]:
    """Return sums without their clicks, which have neither tier nor terms."""
    from chalicelib.stats.counts import Counts
    from chalicelib.stats.day_sums import trimmed

    return trimmed(Counts(*numbers).without_clicks())


def _counts(clicks: int) -> Any:
    """Return the counts of some clicks, each of which led to a sale; of none, of a bot that came."""
    from chalicelib.stats.counts import Counts

    if not clicks:
        return Counts(bot=1)
    return Counts(human=clicks, sales=clicks, first_sales=clicks, revenue=100 * clicks, referrer_earned=10 * clicks)
