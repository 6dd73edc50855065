"""What a rule gave, and what later changes of a conversion moved of it, as an explanation in the API says it."""

from typing import Literal

from msgspec import Struct

from chalicelib.conversions.attribution import CreditReason
from chalicelib.conversions.table import Correction
from chalicelib.kit import instants
from chalicelib.kit.money import Money
from chalicelib.kit.shapes import Instant
from chalicelib.notes.note import NoteView
from chalicelib.programs.terms import Benefit, Side
from chalicelib.rewards.table import Decision, Grant

Outcome = Literal["rewarded", "reversed", "restored", "amended", "nothing_due"]
DecisionReason = Literal[
    "rewarded",
    "refunded",
    "restored",
    "amended",
    "cap_reached",
    "amount_zero",
    "not_first",
    "no_rule",
    "conditions_not_met",
    "nothing_to_take_back",
    "nothing_to_give_back",
    "nothing_changed",
    "credit_moved",
    "voided",
    "friend_keeps",
    "partner_suspended",
    "partner_banned",
    CreditReason,
]


class RewardExplained(Struct):
    """
    What a rule gave to one side, and the arithmetic; *cut_by* is the cap that cut it.

    A result of zero is not a reward: it has no `id` and no due date.
    """

    id: str | None
    rule: str
    to: Side
    owner_id: str
    amount: int
    arithmetic: str
    level: str
    benefit: Benefit | None
    due_at: Instant | None
    cut_by: str | None

    @classmethod
    def of(cls, grant: Grant) -> "RewardExplained":
        exists = grant.amount > 0 or grant.benefit is not None
        return cls(
            id=grant.id if exists else None,
            rule=grant.rule,
            to=grant.to,
            owner_id=grant.owner_id,
            amount=grant.amount,
            arithmetic=grant.arithmetic,
            level=grant.level,
            benefit=grant.benefit,
            due_at=grant.due_at if exists else None,
            cut_by=grant.cut_by,
        )


class RefundExplained(Struct):
    """What a refund took back of its sale's rewards, and the arithmetic. Before the decision there is no outcome."""

    refund: str
    amount: Money
    breakdown: dict[str, int] | None
    reason_given: str | None
    note: NoteView | None
    outcome: Outcome | None
    reason: DecisionReason | None
    rewards: list[Grant]


class RestoreExplained(Struct):
    """What an undone refund restored of its sale's rewards, and the calculation."""

    refund: str
    reason_given: str | None
    note: NoteView | None
    amount: Money
    outcome: Outcome | None
    reason: DecisionReason | None
    rewards: list[Grant]


class AmendmentExplained(Struct):
    """What an amendment changed of its sale's rewards: the differences, and the arithmetic."""

    amendment: str
    amount_before: Money
    amount: Money
    reason_given: str | None
    note: NoteView | None
    outcome: Outcome | None
    reason: DecisionReason | None
    rewards: list[Grant]


class CorrectionExplained(Struct):
    """
    An admin credited a conversion to another partner or to none, or voided it: who did, when, and why.

    *given_before* was decided before, *taken_back* was left of it. What is given since then is
    the next correction's *given_before*, or the explanation's `rewards`.
    """

    correction: str
    what: Literal["credit", "void"]
    partner_before: str | None
    partner: str | None
    reason_given: str
    note: NoteView | None
    by: str
    corrected_at: Instant
    outcome: Outcome | None
    given_before: list[RewardExplained]
    taken_back: list[Grant]

    @classmethod
    def of(
        cls, correction: Correction, note: NoteView | None, before: Decision | None, decision: Decision | None
    ) -> "CorrectionExplained":
        return cls(
            correction=correction.correction_id,
            what="void" if correction.voids else "credit",
            partner_before=correction.partner_before,
            partner=correction.partner_id,
            reason_given=correction.reason,
            note=note,
            by=correction.by,
            corrected_at=instants.text(correction.received_at),
            outcome=decision.outcome if decision else None,  # type: ignore[arg-type]
            given_before=[RewardExplained.of(grant) for grant in before.rewards] if before else [],
            taken_back=decision.rewards if decision else [],
        )
