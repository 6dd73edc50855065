"""Stream records, read as rows and handed to a reaction; what fails is reported, one by one."""

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

log = logging.getLogger(__name__)

R = TypeVar("R")
Image = dict[str, dict[str, Any]]
Record = dict[str, Any]
# What Lambda gives a function.
Event = dict[str, Any]
Failures = dict[str, list[dict[str, str]]]


def each_added(event: Event, read: Callable[[Image], R], react: Callable[[R], None]) -> Failures:
    """
    Call *react* with every row that was added, in the form in which *read* returns it from its image.

    A record that fails does not stop its neighbors: they are handled now, and only the failed ones
    are reported, so that Lambda delivers them again (at least once, and perhaps the following ones, too).
    """
    return _failures(_react(record, partial(_added, read=read), react) for record in event["Records"])


def all_added(event: Event, read: Callable[[Image], R], react: Callable[[list[R]], None]) -> Failures:
    """
    Call *react* once with all rows that were added, for reactions that are cheaper together.

    If that fails, each row is tried alone, so that a bad one stops none of its neighbors.
    """
    return _together(event, partial(_added, read=read), react)


def all_reported(event: Event, read: Callable[[Image], R], react: Callable[[list[R]], list[R]]) -> Failures:
    """Call *react* once with all rows that were added; it returns those that failed. What cannot be read fails."""
    rows: list[tuple[str, R]] = []
    row_of = partial(_added, read=read)
    failed = [_react(record, row_of, partial(_keep, record, rows)) for record in event["Records"]]
    refused = {id(row) for row in react([row for _, row in rows])} if rows else set()
    return _failures([*failed, *(number for number, row in rows if id(row) in refused)])


def all_written(event: Event, read: Callable[[Image], R], react: Callable[[list[R]], None]) -> Failures:
    """Call *react* once with all rows that were added or changed, as they were then. Failures as in `all_added`."""
    return _together(event, partial(_written, read=read), react)


def _keep(record: Record, rows: list[tuple[str, R]], row: R) -> None:
    rows.append((str(record["dynamodb"]["SequenceNumber"]), row))


def _together(event: Event, row_of: Callable[[Record], R | None], react: Callable[[list[R]], None]) -> Failures:
    records = event["Records"]
    try:
        together = [row for record in records if (row := row_of(record)) is not None]
        if together:
            react(together)
    except Exception:
        log.exception("%s records failed together; trying each alone", len(records))
        return _failures(_react(record, row_of, lambda row: react([row])) for record in records)
    return _failures([])


def _react(record: Record, row_of: Callable[[Record], R | None], react: Callable[[R], None]) -> str | None:
    """Handle one record. Returns its sequence number if it failed."""
    try:
        row = row_of(record)
        if row is not None:
            react(row)
    except Exception:
        sequence_number = str(record["dynamodb"]["SequenceNumber"])
        log.exception("record %s failed", sequence_number)
        return sequence_number
    return None


def _written(record: Record, *, read: Callable[[Image], R]) -> R | None:
    image = record["dynamodb"].get("NewImage")
    return read(image) if image else None


def _added(record: Record, *, read: Callable[[Image], R]) -> R | None:
    image = record["dynamodb"].get("NewImage", {})
    # A row that was put and not handled is requeued by a repair: its change counts as new. Stored as `woken`.
    if record["eventName"] != "INSERT" and image.get("woken") != {"BOOL": True}:
        return None
    return read(image)


def _failures(failed: Iterable[str | None]) -> Failures:
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed if number is not None]}
