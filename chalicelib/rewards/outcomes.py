"""Makes the rows that statistics count decisions by."""

from datetime import datetime

from chalicelib.kit import ids
from chalicelib.kit.instants import hour_of
from chalicelib.rewards.table import (
    AMENDED,
    AMENDMENT,
    CORRECTION,
    FREE_SALE,
    REFUND,
    RESTORE,
    TAKEN_OUT,
    Decision,
    Outcome,
)

_UNATTRIBUTED_SHARDS = 8


def outcomes(decision: Decision) -> list[Outcome]:
    """
    Return the rows that count a decision; a credit is subtracted where its conversion was counted.

    A correction is subtracted where the conversion was counted, in the same minute.
    """
    own = _outcome(decision)
    if not decision.late:
        return [own]
    before = outcome_row(
        decision.pk,
        decision.received_at,
        partner_id=None,
        program_id=decision.program_id,
        what=f"{TAKEN_OUT}{_counted_as(decision)}",
        amount=decision.amount,
        referrer=0,
        referee=0,
    )
    return [own, before]


def _counted_as(decision: Decision) -> str:
    """
    Return what statistics count a decision as: a sale of nothing is an event, and no sale.

    A sale of something has a number once it is credited, also if all of it was refunded before that; one of nothing has
    none, also if it was amended before that.
    """
    later = decision.late or decision.corrected
    is_free = decision.what == "sale" and not decision.number and (decision.amount == 0 or later)
    return FREE_SALE if is_free else decision.what


def _outcome(decision: Decision) -> Outcome:
    def side(name: str) -> int:
        return sum(grant.amount for grant in decision.rewards if grant.to == name)

    whats = {
        RESTORE: f"{TAKEN_OUT}{REFUND}",
        AMENDMENT: f"{AMENDED}{decision.amends}",
        CORRECTION: f"{TAKEN_OUT}{decision.amends}",
    }
    of_conversion = decision.amends if decision.what == CORRECTION else decision.what
    return outcome_row(
        decision.pk,
        decision.received_at,
        partner_id=decision.partner_id,
        program_id=decision.program_id,
        code_key=decision.code_key,
        what=whats.get(decision.what, _counted_as(decision)),
        first_sale=of_conversion == "sale" and decision.number == 1,
        amount=decision.amount,
        referrer=side("referrer"),
        referee=side("referee") + (decision.carried or 0),
    )


def outcome_row(
    identifier: str,
    at: datetime,
    *,
    partner_id: str | None,
    program_id: str,
    what: str,
    amount: int,
    referrer: int,
    referee: int,
    first_sale: bool = False,
    code_key: str | None = None,
) -> Outcome:
    """Return the row that counts an outcome, in the minute it is counted in; *code_key* is its link."""
    return Outcome(
        _partition(partner_id, program_id, hour_of(at), identifier),
        _sort(at.minute, identifier),
        program_id=program_id,
        code_key=code_key,
        what=what,
        first_sale=first_sale,
        amount=amount,
        referrer=referrer,
        referee=referee,
    )


def _partition(partner_id: str | None, program_id: str, hour: str, decision_id: str) -> str:
    """Return where an outcome is counted: with its partner or, without one, in one of a few shards."""
    if partner_id is not None:
        return f"{partner_id}#{program_id}#{hour}"
    return f"none{ids.shard(decision_id, of=_UNATTRIBUTED_SHARDS)}#{program_id}#{hour}"


def _sort(minute: int, decision_id: str) -> str:
    return f"{minute:02}#{decision_id}"
