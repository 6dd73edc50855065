"""What a comparison has checked, the differences it found, and the repairs it makes."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from msgspec import Struct

from chalicelib.reconciliation.durations import Durations

# Repairs; each is the write that a lost stream record would have caused.
Repair = Literal["decide", "put", "recount", "requeue", "none"]
DECIDE: Final = "decide"
PUT: Final = "put"
RECOUNT: Final = "recount"
REQUEUE: Final = "requeue"
EVERY_REPAIR = (DECIDE, PUT, RECOUNT, REQUEUE)

log = logging.getLogger(__name__)


class ComparisonProgress(Struct):
    """Where a comparison resumes: in which section, in which part of it, and after what. Stored with a day's report."""

    section: int = 0
    part: int = 0
    position: Any = None
    checked: dict[str, int] = {}


class Difference(Struct, frozen=True):
    """A difference: its kind, its subject, and its repair; `none` needs a person."""

    kind: str
    subject: str
    detail: str
    repair: Repair
    repaired: bool


class Findings:
    """
    The differences so far; each is repaired at once, if its repair is one of *repairs*.

    *checked* counts what was checked, over all runs; *durations* are what this run has measured. The
    effects of what is younger than *grace* may still be missing.
    """

    def __init__(self, checked: dict[str, int], *, repairs: Collection[str], grace: timedelta, at: datetime) -> None:
        self.checked = checked
        self.repairs = repairs
        self.grace = grace
        self.at = at
        self.differences: list[Difference] = []
        self.durations = Durations()

    def differ(self, kind: str, subject: str, detail: str, repair: Repair, repair_it: Callable[[], Any] | None) -> None:
        """Add a difference, and repair it if requested; a repair that fails is part of its detail."""
        repaired = False
        if repair in self.repairs and repair_it is not None:
            try:
                repair_it()
                repaired = True
            except Exception as failure:
                # A repair that fails must not stop the others.
                log.exception("%s %s could not be repaired", kind, subject)
                detail = f"{detail}; the repair failed: {type(failure).__name__}"
        self.differences.append(Difference(kind, subject, detail, repair, repaired))

    def count(self, what: str, number: int) -> None:
        """Count what was checked."""
        self.checked[what] = self.checked.get(what, 0) + number
