"""
Reads what outcomes were decided with: the partner's tier, the terms version, the customer's place and their referral.

A later report has these of its conversion, as that was credited then. The tier is the partner's at the moment the
conversion was received, which never changes, whether or not the terms depend on it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from chalicelib.conversions.credits import changes_of
from chalicelib.conversions.table import Correction, credited_late_as
from chalicelib.kit.dynamo import rows
from chalicelib.partners import find as partners
from chalicelib.rewards.find import decisions_of
from chalicelib.rewards.table import CORRECTION, REFUND, RESTORE, REWARD, TAKEN_OUT, Decision, Outcome, Reward
from chalicelib.stats.counts import Newness


class DecidedWith(Struct, frozen=True):
    """What an outcome was decided with; *received_at* is when its conversion was received."""

    partner_id: str | None
    terms_version: int
    number: int
    referral_id: str | None
    received_at: datetime

    @property
    def customer(self) -> Newness | None:
        """
        Return whether it was the customer's first conversion of its type since they were referred.

        None without a partner, and of what has no place among those: a sale of nothing.
        """
        if self.number == 0 or self.partner_id is None:
            return None
        return "new" if self.number == 1 else "known"

    def tier(self, program_id: str) -> str | None:
        if self.partner_id is None:
            return None
        return partners.recall_standing(self.partner_id, program_id, self.received_at).tier


def decided_with(
    outcomes: Iterable[Outcome], find_decisions: Callable[[Iterable[str]], dict[str, Decision]]
) -> dict[tuple[str, str], DecidedWith]:
    """
    Return what some outcomes were decided with, by their keys.

    Reads: their decisions, and those of the conversions that later reports are of, a hundred a call; after a correction
    to another partner, the conversion's later reports, a query each.
    """
    listed = list(outcomes)
    by_cause = {_cause(one): one for one in listed}
    decisions = find_decisions(by_cause)
    refused = [one for one in by_cause if one not in decisions]
    rewards = {pk: row for (pk, _), row in rows.find_all(Reward, [(one, REWARD) for one in refused]).items()}
    later = {one.conversion_id for one in decisions.values() if one.pk != one.conversion_id}
    of_conversions = _Conversions(later | {one.decision_id for one in rewards.values()}, decisions)
    by_key = {}
    for outcome in listed:
        cause = _cause(outcome)
        if cause in decisions:
            by_key[rows.key_of(outcome)] = _of_decision(outcome, decisions[cause], of_conversions)
        elif cause in rewards:
            # The reward itself may have gone along with a later correction.
            owner = outcome.pk.partition("#")[0]
            partner_id = owner if owner.startswith("ptr_") else None
            credited = of_conversions.credited(rewards[cause].decision_id, partner_id)
            by_key[rows.key_of(outcome)] = _as_decided(credited)
    return by_key


class _Conversions:
    """The decisions about conversions, as they were first credited, and since."""

    def __init__(self, identifiers: Iterable[str], decisions: Mapping[str, Decision]) -> None:
        names = {one: credited_late_as(one) for one in identifiers}
        self._late = names
        missing = [one for pair in names.items() for one in pair if one not in decisions]
        self._decisions = {**decisions, **decisions_of(missing)}

    def first(self, identifier: str) -> Decision:
        """Return the decision about a conversion as it was first answered."""
        return self._decisions[identifier]

    def credited(self, identifier: str, partner_id: str | None) -> Decision:
        """
        Return a decision that credited a conversion to a partner, or to none.

        If there are several, all have the same tier and, with a partner, the same number.
        """
        first, late = self._decisions[identifier], self._decisions.get(self._late[identifier])
        own = next((one for one in (first, late) if one is not None and one.partner_id == partner_id), None)
        if own is not None:
            return own
        corrections = [one for one in changes_of(identifier) if isinstance(one, Correction)]
        corrected = decisions_of(one.credited_as for one in corrections)
        return next((one for one in corrected.values() if one.partner_id == partner_id), first)


def _cause(outcome: Outcome) -> str:
    """Return the id of the decision, or of the refused reward, that an outcome counts."""
    return outcome.sk.partition("#")[2]


def _of_decision(outcome: Outcome, decision: Decision, of_conversions: _Conversions) -> DecidedWith:
    if decision.late and outcome.what.startswith(TAKEN_OUT):
        # It is subtracted where it was counted without a partner.
        return _as_decided(of_conversions.first(decision.conversion_id))
    number = decision.number
    if decision.what in (REFUND, RESTORE):
        number = of_conversions.credited(decision.conversion_id, decision.partner_id).number
    received_at = decision.received_at
    if decision.what != CORRECTION and decision.pk != decision.conversion_id:
        received_at = of_conversions.first(decision.conversion_id).received_at
    return DecidedWith(decision.partner_id, decision.terms_version, number, decision.referral_id, received_at)


def _as_decided(decision: Decision) -> DecidedWith:
    return DecidedWith(
        decision.partner_id, decision.terms_version, decision.number, decision.referral_id, decision.received_at
    )
