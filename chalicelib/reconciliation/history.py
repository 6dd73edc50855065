"""Reads all that is stored of some conversions: their refunds, decisions, rewards and entries, in few calls."""

from msgspec import Struct

from chalicelib.conversions.table import Conversion, ConversionRow, Credit, Refund
from chalicelib.kit.chains import sort_of
from chalicelib.kit.dynamo import rows
from chalicelib.ledger.table import Entry
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramNotFound, ProgramTerms
from chalicelib.rewards.table import (
    DECISION,
    FULFILLMENT,
    REVOCATION,
    REWARD,
    Decision,
    Fulfillment,
    Reward,
)

# Of a sale with more refunds than this, only the first ones are compared.
_MOST_REFUNDS = 200


class ConversionHistory(Struct):
    """
    A conversion, or its credit, and everything that followed, as stored; *whole* says whether all refunds were read.

    Its refunds are those that are decided by it: if it was credited later, those since then are the credit's.
    """

    conversion: Conversion
    program_terms: ProgramTerms | None
    refunds: list[Refund]
    # What the refunds must come to.
    refunded: int
    whole: bool
    # By the fact they decide; by the reward; by account and number; by the reward and what is asked.
    decisions: dict[str, Decision]
    rewards: dict[str, Reward]
    entries: dict[tuple[str, int], Entry]
    fulfillments: dict[tuple[str, str], Fulfillment]

    @property
    def own_rewards(self) -> list[Reward]:
        """Return the conversion's own rewards."""
        decision = self.decisions.get(self.conversion.decided_as)
        rewards = [self.rewards.get(grant.id) for grant in decision.rewards] if decision else []
        return [reward for reward in rewards if reward is not None]

    @property
    def own_fulfillments(self) -> list[Fulfillment]:
        """Return what was asked to be given, or taken back, of its benefits."""
        keys = [(reward.pk, what) for reward in self.own_rewards for what in (FULFILLMENT, REVOCATION)]
        return [row for key in keys if (row := self.fulfillments.get(key)) is not None]


def read_histories(identifiers: list[str]) -> dict[str, ConversionHistory]:
    """
    Return the histories of those conversions that exist, and of their credits, by the ids they are decided by.

    A query each, and a few calls for all.
    """
    facts = {identifier: _facts(identifier) for identifier in identifiers}
    decided = rows.find_all(Decision, [(fact_id(row), DECISION) for several in facts.values() for row in several])
    granted = [grant.id for decision in decided.values() for grant in decision.rewards]
    rewards = rows.find_all(Reward, [(name, REWARD) for name in granted])
    benefits = [reward.pk for reward in rewards.values() if reward.benefit is not None]
    fulfillments = rows.find_all(Fulfillment, [(name, what) for name in benefits for what in (FULFILLMENT, REVOCATION)])
    keys = [(one.account, sort_of(seq)) for one in rewards.values() for seq in _seqs(one)]
    entries = rows.find_all(Entry, keys)
    decisions = {pk: decision for (pk, _), decision in decided.items()}
    by_id = {pk: reward for (pk, _), reward in rewards.items()}
    by_seq = {(entry.account, entry.seq): entry for entry in entries.values()}
    histories = {}
    for several in facts.values():
        conversions = [row for row in several if isinstance(row, Conversion)]
        credit = next((row for row in conversions if isinstance(row, Credit)), None)
        for conversion in conversions:
            histories[conversion.decided_as] = ConversionHistory(
                conversion=conversion,
                program_terms=_find_program_terms(conversion),
                refunds=[row for row in several if isinstance(row, Refund) and _decides(conversion, credit, row)],
                refunded=_refunded(conversion, credit, several),
                whole=len(several) <= _MOST_REFUNDS,
                decisions=decisions,
                rewards=by_id,
                entries=by_seq,
                fulfillments=fulfillments,
            )
    return histories


def _refunded(conversion: Conversion, credit: Credit | None, facts: list[ConversionRow]) -> int:
    """Return how much of a conversion was refunded according to its rows: before it was credited, or since."""
    if credit is None:
        return conversion.refunded
    if conversion is not credit:
        return credit.given_back
    return sum(row.refunded for row in facts if isinstance(row, Conversion) and row is not credit) - credit.given_back


def _decides(conversion: Conversion, credit: Credit | None, refund: Refund) -> bool:
    """Say whether a refund is decided by a conversion as it was reported, or by its credit."""
    return credit is None or (refund.remaining_before <= credit.left) == (conversion is credit)


def _find_program_terms(conversion: Conversion) -> ProgramTerms | None:
    try:
        return programs.find_with_version(conversion.program_id, conversion.terms_version)
    except ProgramNotFound:
        return None


def fact_id(fact: ConversionRow) -> str:
    """Return the id by which a conversion, its credit or a refund is decided."""
    if isinstance(fact, Refund):
        return fact.refund_id
    return fact.decided_as if isinstance(fact, Conversion) else fact.id


def _seqs(reward: Reward) -> set[int]:
    """Return the numbers of the entries a reward names: the one that granted it, made it due, moved it last."""
    return {reward.granted_seq, reward.seq, reward.moved_seq} - {0} if reward.benefit is None else set()


def _facts(identifier: str) -> list[ConversionRow]:
    return list(ConversionRow.query(identifier, consistent_read=True, limit=_MOST_REFUNDS + 1))
