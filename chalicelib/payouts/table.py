"""Payouts and their items, in one partition each."""

from pynamodb.models import Model

from chalicelib.kit import config, ids
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, Kind, OptionalInstant, OptionalText, Text, WholeNumber
from chalicelib.kit.money import Money
from chalicelib.kit.structured import Structured

PAYOUT = "payout"
PREPARING, PREPARED, SETTLED = "preparing", "prepared", "settled"
FROZEN, PAID, FAILED, RETURNED = "frozen", "paid", "failed", "returned"
# Wise takes a thousand payments a file, PayPal more.
MOST_OF_A_FILE = 1000


class PayoutRow(Model):
    """Any row of the payouts table."""

    class Meta(rows.Table):
        table_name = config.table("payouts")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    kind = Kind()


class Payout(PayoutRow, discriminator="payout"):
    """
    A payout of one currency: being prepared, prepared (its items, total and hash are final), or settled.

    *position* is where preparing continues: a shard of the accounts, and the last account done; or how far the list is
    sealed. It only moves from where it was read, in the same write that seals the list. *part_starts* are
    the items after which the files of a long list begin; up to *settled_to*, no item is frozen.
    """

    object = Text(default="payout")
    currency = Text()
    status = Text()
    position = OptionalText()
    items = WholeNumber(default=0)
    # How many of the items are settled, one way or the other.
    ended = WholeNumber(default=0)
    # The numbers of items that are paid, and of those that went back to their owners, before or after they were paid.
    paid_items = WholeNumber(default=0)
    paid = WholeNumber(default=0)
    returned_items = WholeNumber(default=0)
    returned = WholeNumber(default=0)
    total = WholeNumber(default=0)
    hash = OptionalText()
    part_starts: Structured[list[str]] = Structured(list[str], default=list)
    settled_to = OptionalText()
    created_at = Instant()
    prepared_at = OptionalText()
    settled_at = OptionalText()
    # Who created it, who sealed its list, and the second person who approved it; null in older rows.
    created_by = OptionalText()
    prepared_by = OptionalText()
    approved_by = OptionalText()
    approved_at = OptionalInstant()
    listed: rows.Listed["Payout"] = rows.Listed()

    @property
    def parts(self) -> int:
        """Return how many files its list is."""
        return max(1, -(-self.items // MOST_OF_A_FILE))


class ApprovalSettings(PayoutRow, discriminator="approval_settings"):
    """Above which amount a payout of a currency needs a second person; of a currency that is not there, never."""

    above: Structured[dict[str, int]] = Structured(dict[str, int], default=dict)
    # How often it was set: a change is made of what was read, or not at all.
    version = WholeNumber(default=0)

    @property
    def amounts(self) -> list[Money]:
        """Return the amounts, one a currency, in the order of the currencies."""
        return [Money(amount, currency) for currency, amount in sorted(self.above.items())]


class Item(PayoutRow, discriminator="item"):
    """
    The payment of one account: all it was due once entry *seq* was written, whose hash is *ledger_hash*.

    Frozen, then paid or failed; a paid one may come back, and is returned.
    """

    owner_id = Text()
    account = Text()
    amount = WholeNumber()
    seq = WholeNumber()
    ledger_hash = Text()
    # A keyed digest of the name and the address that were to be paid; what was frozen before this was kept has none.
    payee = OptionalText()
    status = Text()
    note = OptionalText()
    # As rows of before there were notes have them.
    words = OptionalText(attr_name="reason")

    @property
    def reference(self) -> str:
        """
        Return what identifies this payment at the bank and back, as no other payment to anybody.

        It is as short as the shortest that Wise takes: 10 characters in USD, 12 to 18 in some others.
        """
        return ids.derived("", self.id, self.owner_id)[-10:]


def item_key(owner_id: str) -> str:
    return f"item#{owner_id}"
