"""What a report may cost: it is whole, or refused."""

from chalicelib.kit.errors import Refused
from chalicelib.kit.walk import Deadline

MOST_SECONDS = 8.0


class ReportTooLarge(Refused):
    """The report has too many rows, or takes too long to count: request fewer days, or filter."""


class TimeLimit:
    """The time that a report may take to be counted."""

    def __init__(self) -> None:
        self._deadline = Deadline(MOST_SECONDS)

    def check(self) -> None:
        """Refuse the report, if its time is up."""
        if self._deadline.passed:
            raise ReportTooLarge("There was no time to count so much: request fewer days, or one partner or link.")
