"""The ledger's rows: entries by number, and the head that says where an account stands."""

from typing import Any

from pynamodb.attributes import DiscriminatorAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.kit import config, instants, rows
from chalicelib.kit.attributes import Instant, WholeNumber

HEAD = "head"


class LedgerRow(Model):
    """Any row of the ledger."""

    class Meta(rows.Table):
        table_name = config.table("ledger")

    account = UnicodeAttribute(hash_key=True, attr_name="pk")
    sort = UnicodeAttribute(range_key=True, attr_name="sk")
    row = DiscriminatorAttribute()


class Entry(LedgerRow, discriminator="entry"):
    """One movement, for ever. What the parts of the account gain sums to zero."""

    id = UnicodeAttribute()
    seq = WholeNumber()
    owner_id = UnicodeAttribute()
    currency = UnicodeAttribute()
    kind = UnicodeAttribute()
    held = WholeNumber()
    due = WholeNumber()
    paid = WholeNumber()
    expense = WholeNumber()
    source_id = UnicodeAttribute()
    reward_id = UnicodeAttribute()
    program_id = UnicodeAttribute()
    at = Instant()
    previous = UnicodeAttribute()
    hash = UnicodeAttribute()

    def fields(self) -> dict[str, Any]:
        """Return everything the hash covers."""
        return {
            "account": self.account,
            "seq": self.seq,
            "kind": self.kind,
            "postings": [self.held, self.due, self.paid, self.expense],
            "source_id": self.source_id,
            "reward_id": self.reward_id,
            "program_id": self.program_id,
            "at": instants.text(self.at),
        }


class Head(LedgerRow, discriminator="head"):
    """Where an account stands: the number and hash of its last entry, and what its parts hold."""

    seq = WholeNumber()
    hash = UnicodeAttribute()
    held = WholeNumber(default=0)
    due = WholeNumber(default=0)
    paid = WholeNumber(default=0)
    expense = WholeNumber(default=0)
