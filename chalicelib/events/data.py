"""
What events say beside their envelope: the shape of each type's data.

Pure: no I/O, no clock.
"""

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.kit.money import Currency, Money
from chalicelib.kit.shapes import Instant
from chalicelib.programs.terms import Benefit

Moved = Annotated[dict[str, int], Meta(description="what each part of the account gained, in minor units")]


class Data(Struct, frozen=True, omit_defaults=True):
    """What an event says beside its envelope, which names its program, partner, customer and subject."""


class ApplicationData(Data, frozen=True, omit_defaults=True):
    """An application to take part, which is the subject. `agreed_version` is of the terms."""

    agreed_version: int | None = None


class EnrollmentData(Data, frozen=True, omit_defaults=True):
    """
    A partner's part in a program. Whether they were invited, or had applied; and the terms that they agreed to.

    One that is `unaccompanied` was made by a form with an address that is greeted already, and is sent no first emails.
    """

    enrolled_at: Instant
    invited: bool = False
    applied: bool = False
    agreed_version: int | None = None
    unaccompanied: bool = False


class StandingData(Data, frozen=True, omit_defaults=True):
    """A partner's tier in a program, or their category, from a moment on. `number` is of the partner's changes."""

    number: int
    to: str | None
    effective_from: Instant
    by: str
    pinned_until: Instant | None = None


class StateData(Data, frozen=True, omit_defaults=True):
    """
    A partner, who is the subject, is suspended, banned or active from a moment on. `number` is of their changes.

    `reason` is a code. `earned` is `hold` if payouts leave out what they earned before.
    """

    number: int
    effective_from: Instant
    reason: str | None = None
    earned: str | None = None


class ChangeData(Data, frozen=True, omit_defaults=True):
    """
    A partner's payee changes from a moment on, or their email address has changed. The partner has the new values.

    The previous payee gets an email, at their own address, if it is not the partner's.
    """

    change: str
    effective_from: Instant | None = None
    tells_former: bool = False


class ErasedData(Data, frozen=True, omit_defaults=True):
    """A person's data were erased here: a system that has copies of them under this id must erase them, too."""

    erased_at: Instant


class MergeData(Data, frozen=True, omit_defaults=True):
    """A duplicate was merged: the partner into whom, who is credited with what the duplicate's links bring."""

    into: str


class HandOverData(Data, frozen=True, omit_defaults=True):
    """A partner's account was handed over, and why: the partner has the name and address of its new holder."""

    hand_over: str
    reason: str


class LinkData(Data, frozen=True, omit_defaults=True):
    """A link, which is the subject; `external_id` is the caller's own."""

    code: str
    channel: str | None = None
    external_id: str | None = None


class LinkChangeData(LinkData, frozen=True, omit_defaults=True):
    """A link, which is the subject, as it is since it was changed."""

    destination: str | None = None
    expires_at: Instant | None = None


class ReferralData(Data, frozen=True, omit_defaults=True):
    """
    A customer was bound to a partner: by a conversion, a link, and a version of the terms.

    `by_admin` says whether an admin decided this after the conversion.
    """

    conversion: str
    terms_version: int
    code: str | None = None
    by_admin: bool = False


class ConversionData(Data, frozen=True, omit_defaults=True):
    """
    A conversion, which is the subject; `external_id` is the website's own, and `occurred_at` as it was reported.

    `number` is the position among the customer's conversions of this type since the referral. `attribution` says why
    it is credited to the partner, or to none.
    """

    type: str
    external_id: str
    attribution: str
    occurred_at: Instant
    amount: Money | None = None
    number: int = 0
    code: str | None = None
    referral: str | None = None
    terms_version: int | None = None


class RefundData(Data, frozen=True, omit_defaults=True):
    """A refund of a conversion, which is the subject; `remaining` is the rest of its amount."""

    refund: str
    external_id: str
    amount: Money
    remaining: Money


class RestoreData(Data, frozen=True, omit_defaults=True):
    """A refund of a conversion, which is the subject, was undone; `remaining` is what remains of its amount."""

    restore: str
    refund: str
    external_id: str
    amount: Money
    remaining: Money


class AmendmentData(Data, frozen=True, omit_defaults=True):
    """Another amount of a conversion, which is the subject, and the one before; `external_id` is the website's own."""

    amendment: str
    external_id: str
    amount: Money
    before: Money


class CorrectionData(Data, frozen=True, omit_defaults=True):
    """
    An admin credited a conversion, which is the subject, to another partner, to none, or voided it.

    The event's partner is credited since then; `partner_before` was credited before. `reason` is a code; `binds`
    says whether the customer is bound to that partner from then on.
    """

    correction: str
    reason: str
    partner_before: str | None = None
    binds: bool = False


class RewardData(Data, frozen=True, omit_defaults=True):
    """
    Money of a reward, which is the subject, was moved by an entry of its owner's ledger account.

    `kind` is the entry's, and `seq` its number in the account. `moved` sums to zero. `review_reason` is why an admin
    looks at the reward before it is due.
    """

    owner: str
    entry: str
    seq: int
    kind: str
    amount: int
    currency: Currency
    moved: Moved
    conversion: str | None = None
    rule: str | None = None
    to: str | None = None
    due_at: Instant | None = None
    review_reason: str | None = None


class AccountData(Data, frozen=True, omit_defaults=True):
    """Money of an account, whose owner is the subject, was moved by an entry of the ledger, for a payout."""

    entry: str
    seq: int
    kind: str
    amount: int
    currency: Currency
    moved: Moved
    payout: str


class AdjustmentData(Data, frozen=True, omit_defaults=True):
    """
    A bonus was added to an account, or a deduction taken off it, by an entry of the ledger; the partner is the subject.

    `type` is which of them, and `reason` the code that a person chose.
    """

    entry: str
    seq: int
    kind: str
    amount: int
    currency: Currency
    moved: Moved
    adjustment: str
    type: str
    reason: str


class BenefitData(Data, frozen=True, omit_defaults=True):
    """
    A benefit; its reward is the subject. `conversion` is what it is for, or what takes it back.

    `round` counts how often it was taken back before; `reference` is the giver's own, if they had one then.
    """

    owner: str
    benefit: Benefit
    conversion: str | None = None
    round: int = 0
    reference: str | None = None


class PayoutData(Data, frozen=True, omit_defaults=True):
    """A payout, which is the subject: how many accounts are in it, and how much of it was paid, or came back."""

    total: Money
    accounts: int
    paid: Money | None = None
    returned: Money | None = None


class IntroductionData(Data, frozen=True, omit_defaults=True):
    """
    A step of an introduction, which is the subject; `number` counts them. It says nothing about the introduced person.

    `by` is who made it: the partner, the business, the introduced person, a sale or time. `until` is by when an answer
    is promised, or until when protection runs: for one that is second in line, that of the first.
    """

    number: int
    state: str
    by: str
    was: str | None = None
    reason: str | None = None
    until: Instant | None = None
    conversion: str | None = None


class MaterialData(Data, frozen=True, omit_defaults=True):
    """
    A version of a material, which is the subject: a guide, an agreement, and so on.

    `digest` is of its title and its words or address: what was published is what was read. `must_read` says that
    partners are asked to read it.
    """

    version: int
    kind: str
    title: str
    digest: str | None = None
    must_read: bool = False


class EmailData(Data, frozen=True, omit_defaults=True):
    """An email that will not be retried automatically; its message is the subject. `recipient` is an id."""

    template: str
    recipient: str
    reason: str
