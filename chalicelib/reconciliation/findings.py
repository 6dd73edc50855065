"""What a comparison has looked at, what it found to differ, and the repairs it was told to make."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

# What can be put right, each by the very write the lost reaction would have made.
DECIDE, PUT, RECOUNT, WAKE = "decide", "put", "recount", "wake"
EVERY_REPAIR = (DECIDE, PUT, RECOUNT, WAKE)

log = logging.getLogger(__name__)


class Difference(Struct, frozen=True):
    """Something that does not follow: what, of which thing, and how it is put right; `none` needs a person."""

    kind: str
    subject: str
    detail: str
    repair: str
    repaired: bool


class Findings:
    """
    What was found; each difference is put right at once, if its repair is one of *repairs*.

    *checked* counts what was looked at, and goes on from run to run. What is younger than *grace* may be on its way.
    """

    def __init__(self, checked: dict[str, int], *, repairs: Collection[str], grace: timedelta, at: datetime) -> None:
        self.checked = checked
        self.repairs = repairs
        self.grace = grace
        self.at = at
        self.differences: list[Difference] = []

    def differ(self, kind: str, subject: str, detail: str, repair: str, mend: Callable[[], Any] | None) -> None:
        """Note what differs, and put it right if that was asked for; a repair that fails is noted too."""
        repaired = False
        if repair in self.repairs and mend is not None:
            try:
                mend()
                repaired = True
            except Exception as failure:
                # What cannot be put right must not keep the rest from it.
                log.exception("%s %s could not be repaired", kind, subject)
                detail = f"{detail}; the repair failed: {type(failure).__name__}"
        self.differences.append(Difference(kind, subject, detail, repair, repaired))

    def count(self, what: str, number: int) -> None:
        """Note that so many were looked at."""
        self.checked[what] = self.checked.get(what, 0) + number
