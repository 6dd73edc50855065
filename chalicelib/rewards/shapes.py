"""What the API takes and gives for decisions, rewards, dry runs and what is liability."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.money import Currency, Money
from chalicelib.kit.shapes import Cursor, Instant, Reference, SpanQuery, Words
from chalicelib.ledger.entries import ReviewReason
from chalicelib.notes.note import NoteView
from chalicelib.programs.shapes import TermsView
from chalicelib.programs.terms import Benefit, Level, Side, TermsBody
from chalicelib.rewards.codes import BenefitCode, Instructions, handed_out
from chalicelib.rewards.dry_run import DryRunResult
from chalicelib.rewards.find import RewardState
from chalicelib.rewards.impact_preview import ImpactPreview
from chalicelib.rewards.liability import Liability

_MOST_PARTNERS = 100
RewardKind = Literal["money", "coupon", "credit", "access", "gift"]
State = Literal["held", "due", "in_payout", "paid", "fulfilled", "reversed", "refused"]


class Review(Struct, forbid_unknown_fields=True):
    """Why a reward is held, released or refused, for the record."""

    note: Words


class FulfillmentReport(Struct, forbid_unknown_fields=True):
    """
    A benefit was given; with the giver's own *reference*, which is kept on record and sent to no one.

    *code* and *instructions* are for its owner, who gets an email: they are shown to them, and in no list. A code that
    *replaces* the first one needs a benefit that was given before.
    """

    reference: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    code: BenefitCode | None = None
    instructions: Instructions | None = None
    replaces: bool = False


class RewardView(Struct):
    """
    A reward and its state: held, due, in_payout, paid, fulfilled, reversed or refused.

    *late* says that its promised due date has passed and it is still held; *code* is that of the link that referred the
    customer. *review_reason* is why it was held for review when it was decided. *has_code* says whether its owner was
    given something to use a benefit by, which only they see.
    """

    id: str
    object: Literal["reward"]
    conversion: str
    program: str
    code: str | None
    owner: str
    to: Side
    rule: str
    level: Level
    terms_version: int
    granted: Money | None
    remaining: Money | None
    benefit: Benefit | None
    state: State
    for_review: bool
    review_reason: ReviewReason | None
    note: NoteView | None
    due_at: Instant
    promised_by: Instant | None
    late: bool
    fulfilled_at: Instant | None
    reference: str | None
    has_code: bool
    created_at: Instant

    @classmethod
    def of(cls, state: RewardState, *, note: NoteView | None, now: str) -> "RewardView":
        reward, fulfillment = state.reward, state.fulfillment
        promised_by = instants.text(reward.promised_by) if reward.promised_by else None
        money = reward.benefit is None
        return cls(
            id=reward.pk,
            object="reward",
            conversion=reward.decision_id,
            program=reward.program_id,
            code=reward.code_key,
            owner=reward.owner_id,
            to=reward.to,  # type: ignore[arg-type]
            rule=reward.rule,
            level=reward.level,  # type: ignore[arg-type]
            terms_version=reward.terms_version,
            granted=Money(reward.granted, reward.currency) if money else None,
            remaining=Money(reward.remaining, reward.currency) if money else None,
            benefit=reward.benefit,
            state=state.state,  # type: ignore[arg-type]
            for_review=state.for_review,
            review_reason=reward.review_reason,  # type: ignore[arg-type]
            note=note,
            due_at=instants.text(reward.due_at),
            promised_by=promised_by,
            late=state.state == "held" and promised_by is not None and promised_by < now,
            fulfilled_at=instants.text(fulfillment.fulfilled_at) if fulfillment and fulfillment.fulfilled_at else None,
            reference=fulfillment.reference if fulfillment else None,
            has_code=handed_out(state) is not None,
            created_at=instants.text(reward.created_at),
        )


class RewardsQuery(SpanQuery, forbid_unknown_fields=True):
    """
    Which rewards: in a program, for a partner's customers, a customer's conversions, by a link; of a side, kind, state.

    The span is of when what earned them was recorded. Those that wait are in lists of their own, in no order of time:
    `waits` for `review`, or until a benefit is given (`give`); or those held until a UTC day, `due_on`.
    """

    program: Reference | None = None
    partner: Reference | None = None
    customer: Reference | None = None
    link: Reference | None = None
    side: Annotated[Side, Meta(description="whose they are: the partner's, or their friend's")] | None = None
    kind: Annotated[RewardKind, Meta(description="money, or the kind of the benefit")] | None = None
    state: State | None = None
    waits: Annotated[Literal["review", "give"], Meta(description="what they wait for")] | None = None
    due_on: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$(?!\n)")] | None = None


class AffectedView(Struct):
    """
    The impact of new terms: how many partners' touches get them, from when on.

    Customers referred by an earlier touch keep that version; an earlier touch may still bind until then.
    """

    partners: int
    more_partners: bool
    touches_from: Instant
    earlier_touches_keep_version: int
    earlier_touches_count_until: Instant
    changed: list[str]

    @classmethod
    def of(cls, preview: ImpactPreview) -> "AffectedView":
        return cls(
            partners=preview.partners,
            more_partners=preview.more_partners,
            touches_from=instants.text(preview.touches_from),
            earlier_touches_keep_version=preview.kept_version,
            earlier_touches_count_until=instants.text(preview.earlier_until),
            changed=preview.changed,
        )


class NewTermsView(TermsView, kw_only=True):
    """A new version of a program's terms, and who is affected by it."""

    affected: AffectedView


class DryRun(TermsBody, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Terms to try out on what was received from a moment up to before another one."""

    from_: Instant
    to: Instant


class PartnerDryRun(Struct):
    """What a partner earned, and would have earned by other terms."""

    partner: str
    paid: int
    would_pay: int


class DryRunView(Struct, rename={"from_": "from"}):
    """
    What other terms would have paid for what was really received, beside what was paid; net of refunds to date.

    If *complete* is false, ask again from *until* on: a dry run works for some seconds. Its caps begin empty.
    """

    object: Literal["dry_run"]
    program: str
    from_: Instant
    until: Instant
    complete: bool
    conversions: int
    paid: Money
    would_pay: Money
    difference: int
    conversions_better: int
    conversions_worse: int
    benefits: int
    cut_by_caps: int
    by_rule: dict[str, int]
    partners: list[PartnerDryRun]

    @classmethod
    def of(cls, result: DryRunResult, *, program: str, currency: str, begin: Instant, complete: bool) -> "DryRunView":
        by_difference = sorted(result.by_partner.items(), key=lambda one: (-abs(one[1][1] - one[1][0]), one[0]))
        return cls(
            object="dry_run",
            program=program,
            from_=begin,
            until=instants.text(result.until),
            complete=complete,
            conversions=result.conversions,
            paid=Money(result.paid, currency),
            would_pay=Money(result.would_pay, currency),
            difference=result.would_pay - result.paid,
            conversions_better=result.better,
            conversions_worse=result.worse,
            benefits=result.benefits,
            cut_by_caps=result.cut_by_caps,
            by_rule=dict(result.by_rule),
            partners=[PartnerDryRun(name, *both) for name, both in by_difference[:_MOST_PARTNERS]],
        )


class LiabilityQuery(Struct, forbid_unknown_fields=True):
    """The currency, and where summing continues."""

    currency: Currency
    cursor: Cursor | None = None


class LiabilityView(Struct):
    """
    What is owed in a currency. While there is more, the sums are of what was read so far.

    *held_by_day* says when what is held will be due; under `review` is what is held for review.
    *overpaid* is what was paid and has been refunded since: it is carried over, not netted here.
    """

    object: Literal["liability"]
    currency: str
    held: int
    due: int
    frozen: int
    paid: int
    overpaid: int
    held_by_day: dict[str, int]
    held_past_promise: int
    accounts: int
    has_more: bool
    next_cursor: str | None

    @classmethod
    def of(cls, liability: Liability, *, currency: str, cursor: str | None) -> "LiabilityView":
        return cls(
            object="liability",
            currency=currency,
            held=liability.held,
            due=liability.due,
            frozen=liability.frozen,
            paid=liability.paid,
            overpaid=liability.overpaid,
            held_by_day=liability.by_day,
            held_past_promise=liability.past_promise,
            accounts=liability.accounts,
            has_more=cursor is not None,
            next_cursor=cursor,
        )
