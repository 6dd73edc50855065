"""Reads what payouts pay: payout by payout in the order in which they were created, and in each by owner."""

from datetime import datetime
from itertools import islice

from chalicelib.exports.columns import Payment
from chalicelib.kit import ids
from chalicelib.kit.cursors import FIRST, Placed, Stretch
from chalicelib.kit.dynamo import rows
from chalicelib.payouts.find import iterate_items, with_sums
from chalicelib.payouts.shapes import ItemView, PayoutView
from chalicelib.payouts.table import Payout, item_key

# Of one part: each takes a call, and five hundred of its items another one.
_MOST_PAYOUTS = 25
_MARK = "|"


class Payments:
    """The payments of all payouts that were created between two moments. A place is a payout's id and an owner's."""

    def __init__(self, begin: datetime | None, end: datetime) -> None:
        self.first = f"pay_{ids.first_of(begin)}" if begin is not None else FIRST
        self.last = f"pay_{ids.first_of(end)}"

    def read(self, *, after: str, limit: int) -> Stretch[Payment]:
        """
        Return the payments behind a place: as many as *limit*, or those of a bounded number of payouts.

        A payout that is still being prepared has none yet.
        """
        begun, _, owner = after.partition(_MARK)
        placed: list[Placed[Payment]] = []
        # A payout that a place is in is read on.
        payouts = self._payouts(after=begun[:-1] if owner else begun)
        for payout in payouts:
            if payout.id < begun or (payout.id == begun and not owner):
                continue
            if payout.hash is not None:
                listed, behind = PayoutView.of(with_sums(payout)), item_key(owner) if payout.id == begun else None
                items = islice(iterate_items(payout.id, after=behind), limit - len(placed))
                placed += [
                    Placed(
                        f"{payout.id}{_MARK}{item.owner_id}",
                        Payment(ItemView.of(item, payout.currency, note=None), listed),
                    )
                    for item in items
                ]
            if len(placed) >= limit:
                return Stretch(placed, placed[-1].place)
        return Stretch(placed, payouts[-1].id if len(payouts) == _MOST_PAYOUTS else None)

    def _payouts(self, *, after: str) -> list[Payout]:
        page: list[Payout] = rows.between(
            Payout.listed,
            Payout.id,
            "payout",
            after=max(after, self.first),
            before=self.last,
            newest_first=False,
            limit=_MOST_PAYOUTS,
        )
        return page
