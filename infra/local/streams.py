"""The streams of the engine's tables: their records, as Lambda hands them over."""

from typing import Any

Record = dict[str, Any]


class Stream:
    """
    The stream of one table: records in the order of their commits, as Lambda hands them over.

    A record's position is its number since the table was made. A record is the same object every time; its images are
    the table's own rows, which MiniStack replaces and never changes.
    """

    def __init__(self) -> None:
        self.begin = 0
        self.records: list[Record] = []

    @property
    def end(self) -> int:
        return self.begin + len(self.records)

    def read(self, position: int, limit: int) -> list[Record]:
        first = position - self.begin
        return self.records[first : first + limit]

    def take(self, records: list[Record]) -> list[Record]:
        """Take over new records of the table, and return them."""
        taken = [_as_for_lambda(record) for record in records]
        self.records += taken
        records.clear()
        return taken

    def forget_before(self, position: int) -> None:
        """Delete records that all readers have read."""
        if position > self.begin:
            del self.records[: position - self.begin]
            self.begin = position


def _as_for_lambda(record: Record) -> Record:
    change = dict(record["dynamodb"])
    change["ApproximateCreationDateTime"] = float(change["ApproximateCreationDateTime"])
    return {**record, "dynamodb": change}
