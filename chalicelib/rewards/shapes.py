"""What the API gives for decisions."""

from msgspec import Struct

from chalicelib.conversions.table import Conversion
from chalicelib.kit import instants
from chalicelib.kit.shapes import Instant
from chalicelib.rewards.table import Check, Decision, Reward


class ExplanationView(Struct):
    """Why a conversion paid, or did not: each condition, and the arithmetic. Before the decision: no outcome."""

    object: str
    conversion: str
    attribution: str
    outcome: str | None
    reason: str | None
    terms_version: int | None
    checks: list[Check]
    rewards: list[Reward]
    decided_at: Instant | None

    @classmethod
    def of(cls, conversion: Conversion, decision: Decision | None) -> "ExplanationView":
        return cls(
            object="explanation",
            conversion=conversion.id,
            attribution=conversion.attribution,
            outcome=decision.outcome if decision else None,
            reason=decision.reason if decision else None,
            terms_version=decision.terms_version if decision else None,
            checks=decision.checks if decision else [],
            rewards=decision.rewards if decision else [],
            decided_at=instants.text(decision.decided_at) if decision else None,
        )
