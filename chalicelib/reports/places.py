"""
Places in a ranking: who has more is before who has less, and who has as much has the same place.

Pure: no I/O, no clock.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chalicelib.reports.metrics import rounded
from chalicelib.reports.shapes import Ratio


class Place(NamedTuple):
    """The place of a partner; equals share one, and are in the order of their ids."""

    rank: int
    partner: str
    value: int


def places_of(values: Mapping[str, int]) -> list[Place]:
    """
    Return the places of all who have anything.

    >>> [(one.rank, one.partner) for one in places_of({"d": 1, "c": 3, "b": 3, "a": 7, "e": 0})]
    [(1, 'a'), (2, 'b'), (2, 'c'), (4, 'd')]
    """
    ordered = sorted((-value, partner) for partner, value in values.items() if value)
    places: list[Place] = []
    for number, (negative, partner) in enumerate(ordered, start=1):
        tied = bool(places) and places[-1].value == -negative
        places.append(Place(places[-1].rank if tied else number, partner, -negative))
    return places


def share_of(value: int, total: int) -> Ratio:
    """Return a part of a total, exactly and to four places."""
    return Ratio(rounded(value, total), value, total)


def first_tenth(places: Sequence[Place]) -> list[Place]:
    """Return the first tenth of the places, at least one of any."""
    return list(places[: -(-len(places) // 10)])


def behind_next(places: Sequence[Place], value: int) -> int | None:
    """
    Return how much is missing to the next place from a value; None for the first.

    >>> behind_next([Place(1, "a", 7), Place(2, "b", 3)], 1), behind_next([Place(1, "a", 7)], 7)
    (2, None)
    """
    ahead = [place.value for place in places if place.value > value]
    return min(ahead) - value if ahead else None
