"""Reports: how many calls one of a year takes for ten clicks and for ten million, and one on an overview."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from bench.lines import Line, Result, Table
from bench.simulated import MIDNIGHT, metered
from bench.statistics_reads import count_clicks
from bench.year import DAYS, business, write_days
from tests.forms import Browser

_FEW, _MANY = 10, 10_000_000
_PARTNERS, _LINKS = 8, 2
_QUERIES = ("day", "week,partner", "month,channel", "link", "hour", "country")
_EVERY_HOURS = 3
_FIRST, _LAST = (MIDNIGHT - timedelta(days=DAYS)).date(), (MIDNIGHT - timedelta(days=1)).date()


def measure() -> Result:
    """Report on a year whose rollups have few clicks and many; then open the overviews at any time of a day."""
    with _year(_FEW) as (calls, _):
        few = [calls(by) for by in _QUERIES]
    with _year(_MANY) as (calls, overviews):
        many = [calls(by) for by in _QUERIES]
        on_overviews = sorted(overviews())
    rows = [[by, str(one), str(other)] for by, one, other in zip(_QUERIES, few, many, strict=True)]
    more = max(other - one for one, other in zip(few, many, strict=True))
    p99 = on_overviews[-(-len(on_overviews) * 99 // 100) - 1]
    result = Result(
        lines=[
            Line(
                f"more calls for a report of a year of {_MANY:,} clicks than of {_FEW}",
                f"{len(_QUERIES)} reports: {', '.join(row[2] for row in rows)} calls",
                more,
                0,
                unit="calls",
            ),
            Line(
                "calls of a report on an overview, 99 of 100",
                f"{len(on_overviews)} reports of any period at any time of a day, none more than {on_overviews[-1]}",
                p99,
                10,
                unit="calls",
            ),
        ]
    )
    title = f"What a report of {DAYS} days takes, {_PARTNERS} partners with {_LINKS} links each"
    header = ("by", f"calls, {_FEW} clicks", f"calls, {_MANY:,} clicks")
    note = "The rollups are written as the day's closing writes them; two of the calls are the key's and the program's."
    result.tables.append(Table(title, header, rows, note))
    return result


Calls = Callable[[str], int]


@contextmanager
def _year(clicks: int) -> Iterator[tuple[Calls, Callable[[], list[int]]]]:
    """Have a program with so many clicks in a year; yield what counts the calls of a report of it, and of overviews."""
    from chalicelib.kit import memory

    with metered(MIDNIGHT - timedelta(days=DAYS + 2), units=False) as (shop, meter):
        program, codes = business(shop, partners=_PARTNERS, links=_LINKS, timezone="Europe/Berlin")
        shop.at = MIDNIGHT
        write_days(program, codes, last=_LAST, days=DAYS + 1, clicks=clicks)

        def calls(by: str) -> int:
            memory.forget_everything()
            meter.clear()
            metrics = "&metrics=hits" if by == "country" else ""
            answer = shop.get(f"/v1/programs/{program}/report?by={by}&from={_FIRST}&to={_LAST}{metrics}")
            assert answer.status == 200, answer.body
            return sum(meter.counted.values())

        def overviews() -> list[int]:
            from chalicelib.admin.programs import overview, periods

            taken, report_of = list[int](), overview.report_of

            def counted(*arguments: object, **named: object) -> object:
                before = sum(meter.counted.values())
                view = report_of(*arguments, **named)  # type: ignore[arg-type]
                taken.append(sum(meter.counted.values()) - before)
                return view

            with patch.object(overview, "report_of", counted):
                for hour in range(24):
                    shop.at = MIDNIGHT + timedelta(hours=hour, minutes=50)
                    for partner, own in codes.items():
                        count_clicks(program, partner, own[hour % _LINKS], shop.at.replace(minute=0), [1] * 50)
                    shop.run_schedule("roll_up")
                    if hour % _EVERY_HOURS:
                        continue
                    browser = Browser(shop)
                    browser.send("/admin/sign-in", key=shop.key)
                    for period in periods.NAMES:
                        memory.forget_everything()
                        assert browser.get(f"/admin/overview?period={period}").status == 200
            return taken

        yield calls, overviews
