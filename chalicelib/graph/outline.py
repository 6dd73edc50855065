"""The upper part of some trees: as much as a drawing shows, read in a bounded number of calls."""

from collections.abc import Sequence

from msgspec import Struct

from chalicelib.graph.forest import Node
from chalicelib.graph.read import NodeReader

_MOST_SHEETS = 10


class Outlined(Struct):
    """A partner in an outline, how deep they are in it, and how many of those below them are left out."""

    node: Node
    depth: int
    left_out: int = 0


def outline(reader: NodeReader, places: Sequence[int], *, depth: int, each: int, most: int) -> list[Outlined]:
    """
    Return the trees at some places to a depth, of each partner so many whom they brought: those with most through them.

    At most *most* partners are returned, and ten sheets read besides those of the places.
    """
    reader.nodes_at(places)
    limit = reader.sheets + _MOST_SHEETS
    listed: list[Outlined] = []

    def add(place: int, level: int) -> None:
        node = reader.node_at(place)
        listed.append(one := Outlined(node, level))
        child, end, number = place + 1, place + node.size, 0
        while child < end and level < depth and number < each and len(listed) < most and reader.sheets < limit:
            size = reader.node_at(child).size
            add(child, level + 1)
            child, number = child + size, number + 1
        one.left_out = end - child

    for place in places:
        if len(listed) < most:
            add(place, 0)
    return listed
