"""Writes rows of an export as CSV or as JSON Lines: the same columns with the same values, in the same order."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib.exports.columns import Column, Value
from chalicelib.kit import csv_text
from chalicelib.kit.csv_text import Cell, Dialect, Number

Record = dict[str, Value]


def records_of(columns: Sequence[Column], rows: Iterable[Any]) -> list[Record]:
    """Return the values of rows by the names of their columns."""
    return [{column.name: column.value(row) for column in columns} for row in rows]


def jsonl(records: Iterable[Record]) -> str:
    """Return one JSON object a line: amounts are texts, so that no reader makes floats of them."""
    return "".join(f"{json.dumps(record, ensure_ascii=False, separators=(',', ':'))}\n" for record in records)


def csv(columns: Sequence[Column], records: Iterable[Record], *, header: bool, dialect: Dialect) -> str:
    """Return a table: of null, an empty cell; of text that a spreadsheet would run, as `csv_text.written` does."""
    lines = ([_cell(column, record[column.name]) for column in columns] for record in records)
    return csv_text.written([column.name for column in columns] if header else None, lines, dialect=dialect)


def _cell(column: Column, value: Value) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return Number(value) if column.kind == "amount" else value
