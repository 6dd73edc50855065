"""Deletes what is in test programs whose deletion was begun: in steps that can be cut off anywhere, and repeated."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.clicks import table as clicks
from chalicelib.deletion.facts import SOURCES
from chalicelib.deletion.table import DELETED, DELETING, ClickKey, Deletion, Stored
from chalicelib.kit.dynamo import items, writes
from chalicelib.kit.walk import Deadline
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramNotFound

log = logging.getLogger(__name__)

# By then, what was under way when the deletion began has arrived, and no function remembers the program as it was.
SETTLED = timedelta(minutes=10)
_MOST_SECONDS = 240.0
_MOST_AT_ONCE = 100


def finish_deletions(*, at: datetime, most_seconds: float = _MOST_SECONDS) -> int:
    """Go on with all deletions under way. Scheduled; idempotent. Returns how many are finished by it."""
    deadline, finished = Deadline(most_seconds), 0
    for row in list(Deletion.query(DELETING, limit=_MOST_AT_ONCE, consistent_read=True)):
        if not deadline.passed and row.begun_at + SETTLED <= at:
            finished += _go_on(row, at=at, deadline=deadline.half())
    return finished


def _go_on(row: Deletion, *, at: datetime, deadline: Deadline) -> bool:
    """Delete what is left, for as long as there is time; returns whether all of it is gone."""
    try:
        program_terms = programs.read(row.sort)
    except ProgramNotFound:
        program_terms = None
    if program_terms is not None:
        for source in SOURCES:
            if not _delete(source(program_terms, at), deadline):
                return False
    done = Deletion(DELETED, row.sort, begun_at=row.begun_at, finished_at=at)
    own = [writes.delete(one) for one in (program_terms.program, *program_terms.versions[:1])] if program_terms else []
    writes.commit(*own, writes.delete(row), writes.insert(done))
    log.info("%s was deleted", row.sort)
    return True


def _delete(found_rows: Iterable[Stored], deadline: Deadline) -> bool:
    for row in found_rows:
        # A row that is gone was deleted by another run.
        if isinstance(row, ClickKey):
            items.delete(clicks.TABLE, *row)
        else:
            writes.commit(writes.delete(row))
        if deadline.passed:
            return False
    return True
