"""
Reads a program's clicks: by UTC day, in a day by link, and of a link by when they came.

Which links have clicks on a day is in the index of counts, and which hours of a link have some in its counts, which
are stored moments after each click.
"""

from datetime import date, datetime, timedelta

from chalicelib.clicks.shapes import ClickView
from chalicelib.kit import config, ids
from chalicelib.kit.cursors import FIRST, LAST, Placed, Stretch
from chalicelib.kit.dynamo import rows
from chalicelib.programs.table import Program
from chalicelib.search.clicks import MOST_CALLS, CallsLeft, ShardedClick, read_clicks, view_click
from chalicelib.stats.table import StatsRow, link_subject, program_day

_A_DAY = timedelta(days=1)
# A busy link has a row for each hour and shard, so that these are of few links or of many.
_MOST_COUNTS = 250
# Of one part: a day without clicks takes one, and an hour of the hottest link most of what a page of clicks does.
_MOST_CALLS = 4 * MOST_CALLS
# Sorts behind all links.
_BEHIND_LINKS = "link$"
_MARK = "|"


class ClicksOfProgram:
    """The clicks of a program between two moments. A place is a day, a link's code and a click's own place."""

    def __init__(self, program: Program, begin: datetime | None, end: datetime, *, at: datetime) -> None:
        self.program_id = program.id
        first = max(program.created_at, at - timedelta(days=config.click_retention_days()))
        self.begin = max(begin, first) if begin is not None else first
        self.end = end

    def read(self, *, after: str, limit: int) -> Stretch[ClickView]:
        """Return the clicks behind a place: as many as *limit*, or what a bounded number of calls finds."""
        day, code, click = after.split(_MARK) if after else (self.begin.date().isoformat(), FIRST, LAST)
        calls, placed, codes = CallsLeft(_MOST_CALLS), list[Placed[ClickView]](), list[str]()
        while True:
            # A call for the links of a day, or for the hours of one of them.
            if not calls.take(1):
                return Stretch(placed, _MARK.join((day, code, click)))
            if click == LAST:
                codes = codes or self._codes(day, code)
                if codes:
                    code, click = codes.pop(0), FIRST
                elif day < self.end.date().isoformat():
                    day, code = (date.fromisoformat(day) + _A_DAY).isoformat(), FIRST
                else:
                    return Stretch(placed)
            else:
                some = self._of_link(day, code, after=click, limit=limit - len(placed), calls=calls)
                placed += [Placed(_MARK.join((day, code, one.place)), view_click(code, one.row)) for one in some.rows]
                if len(placed) >= limit:
                    return Stretch(placed, placed[-1].place)
                if some.looked_to is not None:
                    return Stretch(placed, _MARK.join((day, code, some.looked_to)))
                click = LAST

    def _codes(self, day: str, code: str) -> list[str]:
        """Return the codes of links with clicks on a day, the first ones behind a code."""
        page = rows.between(
            StatsRow.by_program_day,
            StatsRow.pk,
            program_day(self.program_id, day),
            after=link_subject(code),
            before=_BEHIND_LINKS,
            newest_first=False,
            limit=_MOST_COUNTS,
        )
        return list(dict.fromkeys(row.pk.removeprefix(link_subject("")) for row in page))

    def _of_link(self, day: str, code: str, *, after: str, limit: int, calls: CallsLeft) -> Stretch[ShardedClick]:
        """Return the clicks of a link on a day, of the export's span."""
        midnight = datetime.fromisoformat(f"{day}T00:00:00+00:00")
        span = (ids.first_of(max(self.begin, midnight)), ids.first_of(min(self.end, midnight + _A_DAY)))
        return read_clicks(code, None, span, calls, after=after, before=LAST, newest_first=False, limit=limit)
