"""
Reads what was received, of one program or of all live ones, in the order in which it was received.

For spans that begin before the events that are kept: what was received is listed forever. The late credit of a
conversion is listed beside it; all other changes when they were received.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

from chalicelib.conversions.find import received_on
from chalicelib.conversions.table import (
    CORRECTIONS,
    RECEIVED_SHARDS,
    TEST_SHARD,
    Received,
    amendment_id,
    correction_id,
    credited_as,
    credited_late_as,
    refund_id,
    restore_id,
)
from chalicelib.kit import ids, instants
from chalicelib.kit.cursors import Placed, Stretch

T = TypeVar("T")

_A_DAY = timedelta(days=1)
# Of one part, to the index; a day takes one for each of its shards, so that these are two months of few conversions.
_MOST_CALLS = 60 * RECEIVED_SHARDS
# Read of all shards at once, and followed up at once.
_TOGETHER, _EXPANDED = 1600, 100
_MARK = "|"


class _Place(NamedTuple):
    """A place: of a fact, which begins with when it was received; and a number among the rows that follow from it."""

    fact: str
    number: int

    @classmethod
    def read(cls, text: str) -> "_Place":
        fact, _, number = text.rpartition(_MARK)
        return cls(fact, int(number))

    @property
    def text(self) -> str:
        return f"{self.fact}{_MARK}{self.number}"


class ReceivedBetween(Generic[T]):
    """The rows that follow from all that was received between two moments: those of a program, or of all live ones."""

    def __init__(
        self,
        program_id: str | None,
        begin: datetime,
        end: datetime,
        *,
        rows_of: Callable[[Sequence[Received]], list[list[T]]],
    ) -> None:
        self._program_id = program_id
        self._shards: Sequence[int] = [TEST_SHARD] if ids.is_test(program_id) else range(RECEIVED_SHARDS)
        self._each = _TOGETHER // len(self._shards)
        self._end = end
        self._rows_of = rows_of
        # What was read and not given yet, complete up to a moment.
        self._ahead: list[Received] = []
        self._read_to = begin
        self._calls = 0

    def read(self, *, after: str, limit: int) -> Stretch[T]:
        """Return the rows behind a place: as many as *limit*, or what a bounded number of calls finds."""
        place = _Place.read(after) if after else _Place("", -1)
        if place.fact and not self._ahead:
            self._read_to = max(self._read_to, instants.parse(place.fact.partition(_MARK)[0]))
        self._ahead = [one for one in self._ahead if _fact(one) >= place.fact]
        placed: list[Placed[T]] = []
        while True:
            while self._ahead:
                several = self._ahead[:_EXPANDED]
                placed += self._expand(several, after=place)
                if len(placed) >= limit:
                    return Stretch(placed[:limit], placed[limit - 1].place)
                del self._ahead[:_EXPANDED]
            if self._read_to >= self._end:
                return Stretch(placed)
            if self._calls >= _MOST_CALLS:
                return Stretch(placed, _Place(instants.text(self._read_to), -1).text)
            self._read_on()

    def _expand(self, received: Sequence[Received], *, after: _Place) -> list[Placed[T]]:
        return [
            Placed(place.text, row)
            for one, several in zip(received, self._rows_of(received), strict=True)
            for number, row in enumerate(several)
            if (place := _Place(_fact(one), number)) > after
        ]

    def _read_on(self) -> None:
        """Read what comes next in all shards of a day, as far as all of them were read."""
        day = self._read_to.date()
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + _A_DAY
        parts = [self._read_shard(day, shard, until=min(midnight, self._end)) for shard in self._shards]
        read_to = min(until for _, until in parts)
        self._ahead = sorted(
            (
                one
                for received, _ in parts
                for one in received
                if one.received_at < instants.text(read_to) and self._program_id in (None, one.program_id)
            ),
            key=_fact,
        )
        self._read_to = read_to

    def _read_shard(self, day: date, shard: int, *, until: datetime) -> tuple[list[Received], datetime]:
        """Return what a shard lists next, and up to when that is all: what came at one moment is read together."""
        received: list[Received] = []
        position = None
        while True:
            some, position = received_on(
                day, shard, begin=self._read_to, end=until, limit=self._each, position=position
            )
            self._calls += 1
            received += some
            if position is None or not some:
                return received, until
            last = instants.parse(some[-1].received_at)
            if last > self._read_to:
                return received, last


def conversion_id(received: Received) -> str | None:
    """Return the id of a conversion that was received; changes of one are shown with it."""
    return received.id if received.kind_name == "conversion" else None


def decision_id(received: Received) -> str | None:
    """Return the id of the decision that may have given rewards for what was received; a refund gives none."""
    conversion, kind, sort = received.id, received.kind_name, received.sort
    if kind == "conversion":
        return conversion
    if kind == "credit":
        return credited_late_as(conversion)
    if kind == "correction":
        return credited_as(correction_id(conversion, int(sort.removeprefix(CORRECTIONS))))
    if kind == "amendment":
        return amendment_id(conversion, sort.partition("#")[2])
    return restore_id(refund_id(conversion, sort.partition("#")[2])) if kind == "restore" else None


def _fact(received: Received) -> str:
    return _MARK.join((received.received_at, received.id, received.sort))
