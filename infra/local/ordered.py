"""Rows in the order of their keys, kept as they change: MiniStack sorts a whole partition for each query."""

from bisect import bisect_left, insort
from typing import Any

from infra.local import ministack

# A row's sort key, or nothing; and the keys under which its table has it.
Place = tuple[str, str, str]
Item = dict[str, Any]

_MOST_REMEMBERED = 4096


class Ordered:
    """
    The rows of a table, or those that one of its indexes has, by their partition and in order.

    A partition is put in order when it is first asked for. All keys are texts. The engine's lock holds it.
    """

    def __init__(self, table: dict[str, Any], index: str | None) -> None:
        self._table = table
        self._index = index
        self._partition, self._sort, _ = ministack.dynamodb()._resolve_index_keys(table, index)
        self._places: dict[str, list[Place]] = {}

    def places(self, partition: str) -> list[Place]:
        """Return where the rows of a partition are, in order; only to be read."""
        places = self._places.get(partition)
        if places is None:
            places = sorted(self._unordered(partition))
            if places:
                if len(self._places) >= _MOST_REMEMBERED:
                    self._places.clear()
                self._places[partition] = places
        return places

    def change(self, pk: str, sk: str, before: Item | None, after: Item | None) -> None:
        """Take over that a row of the table was written or removed."""
        old, new = self._place(pk, sk, before), self._place(pk, sk, after)
        if old == new:
            return
        if old is not None and (places := self._places.get(old[0])) is not None:
            del places[bisect_left(places, old[1])]
            if not places:
                del self._places[old[0]]
        if new is not None and (places := self._places.get(new[0])) is not None:
            insort(places, new[1])

    def _unordered(self, partition: str) -> list[Place]:
        rows = self._table["items"]
        if self._index is None:
            return [(sk, partition, sk) for sk in rows.get(partition, ())]
        members = ministack.dynamodb()._index_members(self._table)[self._index].get(partition, ())
        return [(self._text(rows[pk][sk]), pk, sk) for pk, sk in members]

    def _place(self, pk: str, sk: str, item: Item | None) -> tuple[str, Place] | None:
        """Return a row's partition and place; None if it is nowhere."""
        if item is None or self._partition not in item or (self._sort is not None and self._sort not in item):
            return None
        return item[self._partition]["S"], (self._text(item), pk, sk)

    def _text(self, item: Item) -> str:
        return item[self._sort]["S"] if self._sort is not None else ""
