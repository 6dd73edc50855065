"""What a report may cost: it is whole, or refused."""

from datetime import date, timedelta

from chalicelib.kit.dynamo import wire
from chalicelib.kit.errors import Refused
from chalicelib.kit.instants import midnight
from chalicelib.kit.walk import Deadline
from chalicelib.stats.report import Span

MOST_SECONDS = 8.0
# Calls of the database for what is counted. A page takes up to eight more, and no page more than thirty.
MOST_CALLS = 22
_A_DAY = timedelta(days=1)


class ReportTooLarge(Refused):
    """
    The report has too many rows, or takes too many reads: request fewer days, or filter.

    *last* is the last day up to which it could be counted, where that is known.
    """

    last: date | None = None


class Limit:
    """The time and the calls that a report may take to be counted, and the last day up to which it could be."""

    def __init__(self, span: Span, calls: int = MOST_CALLS) -> None:
        self._deadline = Deadline(MOST_SECONDS)
        self._begun, self._calls = wire.calls_made(), calls
        self._span = span

    def check(self, day: date | None = None, *, more: int = 0) -> None:
        """
        Refuse the report, if its time is up, or its calls are with *more* that follow.

        *day* is the UTC day that is too much: if all local days before it can be counted, the refusal names them.
        """
        if not self._deadline.passed and wire.calls_made() - self._begun + more <= self._calls:
            return
        reached = self._span.calendar.day_of(midnight(day)) - _A_DAY if day is not None else self._span.first - _A_DAY
        if reached >= self._span.first:
            error = ReportTooLarge(
                f"This is too much for one report: request {self._span.first} to {reached}, or one partner or link.",
                pointer="/to",
            )
            error.last = reached
            raise error
        raise ReportTooLarge("This is too much for one report: request fewer days, or one partner or link.")
