"""The explanation of a conversion in the API: its attribution, and what it paid."""

from typing import Any, Literal

from msgspec import Struct

from chalicelib.conversions.attribution import CreditReason
from chalicelib.conversions.shapes import TouchView, touches_of
from chalicelib.conversions.table import (
    Amendment,
    Change,
    Conversion,
    CorrectedCredit,
    Credit,
    Refund,
    Restore,
)
from chalicelib.kit import instants
from chalicelib.kit.money import Money
from chalicelib.kit.shapes import Instant
from chalicelib.notes.note import NoteView
from chalicelib.programs.table import TermsVersion
from chalicelib.programs.terms import Category
from chalicelib.referrals.table import Referral
from chalicelib.rewards.changes_explained import (
    AmendmentExplained,
    CorrectionExplained,
    DecisionReason,
    Outcome,
    RefundExplained,
    RestoreExplained,
    RewardExplained,
)
from chalicelib.rewards.conditions import Check
from chalicelib.rewards.table import Decision


class ReferralExplained(Struct):
    """
    Why the customer belongs to this partner: the conversion, the touch, and the terms.

    *conversion* and *touch* are null for customers who were bound before these were stored.
    """

    id: str
    partner: str
    bound_at: Instant
    conversion: str | None
    code: str | None
    introduction: str | None
    touched_at: Instant
    terms_version: int
    touch: TouchView | None

    @classmethod
    def of(cls, referral: Referral, binding: Conversion | None) -> "ReferralExplained":
        touches = touches_of(binding) if binding else []
        return cls(
            id=referral.id,
            partner=referral.partner_id,
            bound_at=instants.text(referral.bound_at),
            conversion=binding.id if binding else None,
            code=referral.code_key,
            introduction=referral.introduction_id,
            touched_at=instants.text(referral.touched_at),
            terms_version=referral.terms_version,
            touch=_winner(touches),
        )


class ExplanationView(Struct):
    """
    Why a conversion paid, or did not: who is credited and why, each condition, and the arithmetic.

    *why* says in a sentence why this partner, or none, is credited; *referral* credits all later conversions of the
    customer. Before the decision there is no outcome. If a sale has more than a hundred changes, a hundred are listed,
    in the order of their ids and not of time, and *has_more_changes* is true.
    """

    object: Literal["explanation"]
    conversion: str
    attribution: CreditReason
    partner: str | None
    why: str
    referral: ReferralExplained | None
    touches: list[TouchView]
    window_days: int
    terms_version: int
    terms_effective_from: Instant
    outcome: Outcome | None
    reason: DecisionReason | None
    base: Money | None
    category: Category | None
    tier: str | None
    checks: list[Check]
    rewards: list[RewardExplained]
    refunds: list[RefundExplained]
    restores: list[RestoreExplained]
    amendments: list[AmendmentExplained]
    corrections: list[CorrectionExplained]
    has_more_changes: bool
    decided_at: Instant | None

    @classmethod
    def of(
        cls,
        conversion: Conversion,
        referral: ReferralExplained | None,
        decision: Decision | None,
        terms: TermsVersion,
        changes: list[tuple[Change, NoteView | None, Decision | None]],
        corrections: list[CorrectionExplained],
        *,
        has_more_changes: bool,
    ) -> "ExplanationView":
        priced = decision is not None and conversion.priced
        return cls(
            object="explanation",
            conversion=conversion.id,
            attribution=conversion.attribution,  # type: ignore[arg-type]
            partner=conversion.partner_id,
            why=why(conversion, referral),
            referral=referral,
            touches=touches_of(conversion),
            window_days=terms.window_days,
            terms_version=terms.version,
            terms_effective_from=instants.text(terms.effective_from),
            outcome=decision.outcome if decision else None,  # type: ignore[arg-type]
            reason=decision.reason if decision else None,  # type: ignore[arg-type]
            base=Money(decision.base, conversion.currency) if decision and priced else None,
            category=decision.category if decision else None,  # type: ignore[arg-type]
            tier=decision.tier if decision else None,
            checks=decision.checks if decision else [],
            rewards=[RewardExplained.of(grant) for grant in decision.rewards] if decision else [],
            refunds=[
                RefundExplained(
                    refund=one.external_id,
                    amount=Money(one.amount, one.currency),
                    breakdown=one.breakdown,
                    reason_given=one.reason,
                    note=note,
                    **_decided(decided),
                )
                for one, note, decided in changes
                if isinstance(one, Refund)
            ],
            restores=[
                RestoreExplained(
                    refund=one.external_id,
                    reason_given=one.reason,
                    note=note,
                    amount=Money(one.amount, one.currency),
                    **_decided(decided),
                )
                for one, note, decided in changes
                if isinstance(one, Restore)
            ],
            amendments=[
                AmendmentExplained(
                    amendment=one.external_id,
                    amount_before=Money(one.before.total, one.currency),
                    amount=Money(one.amount, one.currency),
                    reason_given=one.reason,
                    note=note,
                    **_decided(decided),
                )
                for one, note, decided in changes
                if isinstance(one, Amendment)
            ],
            corrections=corrections,
            has_more_changes=has_more_changes,
            decided_at=instants.text(decision.decided_at) if decision else None,
        )


def _decided(decision: Decision | None) -> dict[str, Any]:
    """Return the result of a change of a sale, as far as it is decided."""
    if decision is None:
        return {"outcome": None, "reason": None, "rewards": []}
    return {"outcome": decision.outcome, "reason": decision.reason, "rewards": decision.rewards}


def why(conversion: Conversion, referral: ReferralExplained | None) -> str:
    """Return a sentence that says why a conversion is credited to this partner, or to none."""
    touches = touches_of(conversion)
    if isinstance(conversion, CorrectedCredit):
        return f"An admin decided so on {instants.text(conversion.credited_at)}; the correction has the reason."
    if conversion.binds and referral is not None:
        return _why_bound(conversion, referral, touches)
    if referral is not None and isinstance(conversion, Credit):
        binding = f"The referral was reported later, by {_binder(referral)}"
        return f"{binding}; everything from {referral.touched_at} on is credited nevertheless."
    if referral is not None and conversion.partner_id is not None:
        binding = (
            f"The customer has been this partner's referral since {referral.bound_at[:10]}, by {_binder(referral)}"
        )
        return f"{binding}; only an admin changes that, by crediting the conversion that brought them, or a sign-up."
    if referral is not None:
        return f"It happened before {referral.touched_at}, when the customer was referred, so no partner is credited."
    if not touches:
        return "No touch was reported, and the customer had not been referred before."
    return f"No reported touch was eligible ({len(touches)} in all); the last one: {touches[-1].result}."


def _why_bound(conversion: Conversion, referral: ReferralExplained, touches: list[TouchView]) -> str:
    if conversion.attribution == "credited_by_hand":
        return "It was credited by hand: the report names the partner, and no link."
    eligible = sum(touch.eligibility == "eligible" for touch in conversion.considered)
    winner = _winner(touches)
    article = "an" if winner and winner.by == "introduction" else "a"
    by = (
        f"{article} {winner.by} of {winner.ordered_at or winner.received_at}" if winner else f"the code {referral.code}"
    )
    if eligible == 1:
        return f"The only eligible touch of {len(touches)} reported: {by}."
    if eligible == 0:
        own = "introduced themselves" if winner and winner.by == "introduction" else "used their own link"
        return f"No other partner's touch counts; the customer is the partner and {own}: {by}."
    place = "first" if conversion.attribution == "first_touch" else "last"
    return f"The terms count the {place} touch; of {eligible} eligible ones, that was {by}."


def _winner(touches: list[TouchView]) -> TouchView | None:
    return next((touch for touch in touches if touch.result == "won"), None)


def _binder(referral: ReferralExplained) -> str:
    return f"conversion {referral.conversion}" if referral.conversion else f"a touch of {referral.touched_at}"
