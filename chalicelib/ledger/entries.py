"""Ledger entries: what a movement is, that it sums to zero, and how entries are chained. No table."""

import hashlib
import json
from typing import Any, Literal

from msgspec import Struct

Kind = Literal["reward", "reversal"]
GENESIS = "0" * 64


class Movement(Struct, frozen=True):
    """Money to be moved for one reason: what an owner is due, against the programme's expense."""

    owner_id: str
    currency: str
    kind: Kind
    amount: int
    source_id: str
    reward_id: str
    program_id: str

    @property
    def account(self) -> str:
        return account_of(self.owner_id, self.currency)

    @property
    def postings(self) -> dict[str, int]:
        """Return what each part of the account gains; the sum is zero."""
        due = self.amount if self.kind == "reward" else -self.amount
        return {"held": 0, "due": due, "paid": 0, "expense": -due}


def account_of(owner_id: str, currency: str) -> str:
    return f"{owner_id}#{currency}"


def sort_of(seq: int) -> str:
    """Return the sort key of an entry: it sorts as its number does."""
    return f"{seq:012}"


def hash_of(fields: dict[str, Any], previous: str) -> str:
    """Return the hash that chains an entry to the one before it."""
    spelled = json.dumps([previous, fields], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(spelled.encode()).hexdigest()
