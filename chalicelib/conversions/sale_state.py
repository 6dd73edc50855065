"""
The state of a sale: its amount, the refunded part, and what is left of the part that earns.

Pure: no I/O, no clock.
"""

from collections.abc import Collection, Mapping

from msgspec import Struct
from msgspec.structs import replace

NET = "net"


class SaleState(Struct, frozen=True, omit_defaults=True):
    """
    A sale's amount and its refunds, in minor units.

    *parts* are the parts of the total that terms may leave out. *itemized* is the refunded amount of each part, from
    refunds with a breakdown, `net` included; the rest of *refunded* has none. *amendment* is the last amendment's id.

    The state depends on the refunds in effect, and not on their order or on refunds restored in between.
    """

    total: int
    parts: dict[str, int] = {}
    refunded: int = 0
    itemized: dict[str, int] = {}
    amendment: str | None = None

    @property
    def left(self) -> int:
        """Return what is not refunded."""
        return self.total - self.refunded

    def left_of(self, part: str) -> int:
        """Return how much of a part no refund with a breakdown has refunded."""
        whole = self.parts.get(part, 0) if part != NET else self.total - sum(self.parts.values())
        return whole - self.itemized.get(part, 0)

    def refund(self, amount: int, breakdown: Mapping[str, int] | None = None) -> "SaleState":
        """Return the state after a refund."""
        return self._move(amount, breakdown or {}, sign=1)

    def restore(self, amount: int, breakdown: Mapping[str, int] | None = None) -> "SaleState":
        """Return the state after a refund of before is taken back."""
        return self._move(amount, breakdown or {}, sign=-1)

    def base(self, base_without: Collection[str]) -> int:
        """Return the part of the total that a rate is of: without the parts that the terms leave out."""
        return self.total - sum(self.parts.get(part, 0) for part in base_without)

    def base_left(self, base_without: Collection[str]) -> int:
        """
        Return what is left of the base, times the total, so that it is a whole number.

        A refund without a breakdown covers all parts in proportion; one with a breakdown, its own parts. The rest of
        the base is at most the rest of the sale, and at least 0.

        Example: 19.00 of 119.00 are tax. A refund of the tax leaves the base; half of the sale leaves half of it:

        >>> sale = SaleState(11_900, {"tax": 1900})
        >>> sale.refund(1900, {"tax": 1900}).base_left(["tax"]) // 11_900
        10000
        >>> sale.refund(5950).base_left(["tax"]) // 11_900
        5000
        """
        itemized = sum(self.itemized.values())
        itemized_base = itemized - sum(self.itemized.get(part, 0) for part in base_without)
        in_proportion = self.refunded - itemized
        left = self.base(base_without) * (self.total - in_proportion) - itemized_base * self.total
        return max(0, min(left, self.left * self.total))

    def is_void(self, base_without: Collection[str]) -> bool:
        """Return whether nothing is left of what earns: all of the sale is refunded, or all of its base."""
        if self.left == 0:
            return True
        return self.base(base_without) > 0 and self.base_left(base_without) == 0

    def _move(self, amount: int, breakdown: Mapping[str, int], *, sign: int) -> "SaleState":
        moved = {
            part: self.itemized.get(part, 0) + sign * breakdown.get(part, 0) for part in {*self.itemized, *breakdown}
        }
        itemized = {part: moved[part] for part in sorted(moved) if moved[part]}
        return replace(self, refunded=self.refunded + sign * amount, itemized=itemized)
