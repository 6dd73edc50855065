"""
Ledger entries: what a movement is, that its postings sum to zero, and how entries are chained by hash.

Pure: no I/O, no clock.
"""

from typing import Any, Literal

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from chalicelib.kit.chains import GENESIS, InvalidEntry, check_link, hash_fields

AccountPart = Literal["held", "due", "frozen", "paid", "expense"]
Kind = Literal[
    "reward",
    "reversal",
    "restore",
    "amendment",
    "credit_moved",
    "voided",
    "matured",
    "hold",
    "release",
    "refusal",
    "payout_prepared",
    "payout_paid",
    "payout_failed",
    "payout_returned",
    "adjustment",
]
ReasonCode = Literal[
    "flat",
    "rate",
    "refund",
    "restore",
    "amendment",
    "credit_moved",
    "voided",
    "hold_over",
    "all_due",
    "admin",
    "bonus",
    "deduction",
]
# Why a person gives a bonus, or makes a deduction.
AdjustmentReason = Literal["campaign", "goodwill", "correction", "overpayment", "chargeback", "abuse", "other"]
# Why an admin looks at a reward before it is due.
ReviewReason = Literal["self_referral", "partner_fraud"]
PARTS: tuple[AccountPart, ...] = ("held", "due", "frozen", "paid", "expense")


class Reason(Struct, frozen=True, omit_defaults=True):
    """
    Why money moved: a code, and the numbers of its calculation. Amounts are in minor units; null means unused.

    A `flat` or a `rate` in basis points, of the *base*, is what a *rule* gives for a *total*, of which *remaining* is
    not refunded, as the customer's *number* of its kind. *uncut* is the amount before the cap *cut_by*. A
    `refund` took *refunded* off what was left *before*, from a reward of at most *granted*; a `restore` gave *restored*
    back. Where refunds had a breakdown, *base_left* (and before, *base_before*) is what is left of the base, times the
    total. An `amendment` made a sale of *before* one of *total*. What was left of a reward was taken back as its
    conversion's `credit_moved`, or it was `voided`. *until* is the day on which a hold ends; *review* is the reason
    for one that an admin ends. *adjusted_for* is the purpose of a `bonus` or a `deduction`. An `admin`'s entry, an
    adjustment and a correction have a note.
    """

    code: ReasonCode
    rule: str | None = None
    number: int | None = None
    flat: int | None = None
    rate_bp: int | None = None
    base: int | None = None
    total: int | None = None
    remaining: int | None = None
    before: int | None = None
    refunded: int | None = None
    granted: int | None = None
    uncut: int | None = None
    cut_by: str | None = None
    until: str | None = None
    restored: int | None = None
    base_before: int | None = None
    base_left: int | None = None
    review: ReviewReason | None = None
    adjusted_for: AdjustmentReason | None = None


ALL_DUE, BY_ADMIN = Reason("all_due"), Reason("admin")


class Movement(Struct, frozen=True):
    """
    Money to be moved for one reason, from one part of an account to another.

    What an owner is owed is held, due, frozen in a payout, or paid; the expense is the program's. *note* is the id of
    a person's comment.
    """

    owner_id: str
    currency: str
    kind: Kind
    amount: int
    source: AccountPart
    target: AccountPart
    source_id: str
    reason: Reason
    reward_id: str = ""
    program_id: str = ""
    note: str | None = None

    @property
    def account(self) -> str:
        return account_of(self.owner_id, self.currency)


class Line(Struct, frozen=True):
    """
    The content of an entry: what each part gains, which sums to zero, and the balance of each part after it.

    Its reason is a text in entries of before it was a code and numbers; those have no note.
    """

    account: str
    seq: int
    kind: str
    gains: list[int]
    balance: list[int]
    source_id: str
    reward_id: str
    program_id: str
    reason: Reason | str
    at: str
    previous: str
    note: str | None = None


class AccountState(Struct, frozen=True):
    """
    An account after its entries so far.

    *payout* is the live payout that has frozen what was due up to entry *frozen_seq*; everything due
    up to *settled_seq* has been paid.
    """

    seq: int = 0
    hash: str = GENESIS
    at: str = ""
    held: int = 0
    due: int = 0
    frozen: int = 0
    paid: int = 0
    expense: int = 0
    frozen_seq: int = 0
    settled_seq: int = 0
    payout: str = ""

    @property
    def balance(self) -> list[int]:
        return [getattr(self, part) for part in PARTS]


def next_line(state: AccountState, movement: Movement, *, at: str) -> Line:
    """Return the content of an account's next entry. Its time is never before the previous entry's."""
    gains = dict.fromkeys(PARTS, 0)
    gains[movement.source] -= movement.amount
    gains[movement.target] += movement.amount
    return Line(
        account=movement.account,
        seq=state.seq + 1,
        kind=movement.kind,
        gains=list(gains.values()),
        balance=[getattr(state, part) + gain for part, gain in gains.items()],
        source_id=movement.source_id,
        reward_id=movement.reward_id,
        program_id=movement.program_id,
        reason=movement.reason,
        at=max(at, state.at),
        previous=state.hash,
        note=movement.note,
    )


def apply(state: AccountState, line: Line) -> AccountState:
    """Return an account's state after an entry. Raises InvalidEntry with the first thing wrong with the entry."""
    check_link(state, seq=line.seq, previous=line.previous, at=line.at)
    if sum(line.gains) != 0:
        raise InvalidEntry("its postings do not sum to zero")
    if line.balance != [before + gain for before, gain in zip(state.balance, line.gains, strict=True)]:
        raise InvalidEntry("its balance is not the one before it and its postings")
    parts = dict(zip(PARTS, line.balance, strict=True))
    after = replace(state, seq=line.seq, hash=hash_of(line), at=line.at, **parts)
    if line.kind == "payout_prepared":
        return replace(after, frozen_seq=state.seq, payout=line.source_id)
    if line.kind == "payout_paid":
        return replace(after, frozen_seq=0, settled_seq=state.frozen_seq, payout="")
    if line.kind == "payout_failed":
        return replace(after, frozen_seq=0, payout="")
    return after


def account_of(owner_id: str, currency: str) -> str:
    return f"{owner_id}#{currency}"


def hash_of(line: Line) -> str:
    """Return the hash of an entry, which holds the hash of the one before it."""
    fields: dict[str, Any] = to_builtins(line)
    if isinstance(line.reason, str):
        # Entries of before there were notes.
        del fields["note"]
    return hash_fields(fields)
