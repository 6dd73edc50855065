"""Compares the steps that introductions made on a day with their events, and with who is first in line."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from chalicelib.events.introduction_events import events_for_introductions
from chalicelib.introductions.find import find_all, steps_between
from chalicelib.introductions.states import FIRST
from chalicelib.introductions.table import HEAD, FirstInLine, Introduction, WaitingInLine, lines_of, waiting_key
from chalicelib.kit import walk as walks
from chalicelib.kit.dynamo import rows
from chalicelib.reconciliation import effects
from chalicelib.reconciliation.deleted_tests import without_deleted
from chalicelib.reconciliation.findings import Findings

_TOGETHER = 25


def walk(begin: datetime, end: datetime, findings: Findings, _part: int, position: Any) -> Iterator[tuple[int, Any]]:
    """Compare the steps of a day, page by page; yields where to resume."""
    read = partial(steps_between, begin, end, limit=_TOGETHER)
    for page, following in walks.steps(read, position=position):
        steps = without_deleted(page)
        effects.check_events(events_for_introductions(steps), findings, begin=begin, end=end)
        _check_lines(find_all(step.id for step in steps).values(), findings)
        if following is not None:
            yield 0, following


def _check_lines(introductions: Iterable[Introduction], findings: Findings) -> None:
    """Check that who is first is so in every line, and who waits is found there. A person mends what is not."""
    misplaced = _misplaced(introductions, findings)
    # What changed while it was compared is no difference.
    stored = find_all(row.id for row, _ in misplaced)
    for row, line in misplaced:
        if row.id in stored and stored[row.id].turn == row.turn:
            kind_of_key = line.split("#")[2]
            detail = f"{row.id} is {row.state}, and has another place in the line by {kind_of_key}"
            findings.differ("introduction_misplaced", row.id, detail, "none", None)


def _misplaced(introductions: Iterable[Introduction], findings: Findings) -> list[tuple[Introduction, str]]:
    expected = [
        (row, line, waiting_key(row.received_at, row.id) if row.state == "second_in_line" else HEAD)
        for row in introductions
        if row.state in (FIRST | {"second_in_line"}) - {"won"} and row.received_at is not None
        for line in lines_of(row)
    ]
    findings.count("places in line", len(expected))
    firsts = rows.find_all(FirstInLine, [(line, sort) for _, line, sort in expected if sort == HEAD])
    waiting = rows.find_all(WaitingInLine, [(line, sort) for _, line, sort in expected if sort != HEAD])
    places = {key: place.introduction_id for key, place in firsts.items()}
    places |= {key: place.introduction_id for key, place in waiting.items()}
    return [(row, line) for row, line, sort in expected if places.get((line, sort)) != row.id]
