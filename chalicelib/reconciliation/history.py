"""Reads all that is stored of some conversions: their changes, decisions, rewards and entries, in few calls."""

from msgspec import Struct

from chalicelib.conversions.credits import credit_in_force
from chalicelib.conversions.sale_state import SaleState
from chalicelib.conversions.table import Change, Conversion, ConversionRow, Correction, Credit, Refund, order_of
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
    round_key,
)

# If a sale has more changes than this, only the first ones are compared.
_MOST_CHANGES = 200


class ConversionHistory(Struct):
    """
    A conversion, or its credit, and everything after it, as stored; *whole* says whether all changes were read.

    Its changes (refunds, restores, amendments, corrections, in order) are those decided for this credit: after a late
    credit or a correction, they belong to the new credit. *to_come* are the changes since this credit, whichever credit
    decides them, and *last* is the conversion as it is finally credited.
    """

    conversion: Conversion
    program_terms: ProgramTerms | None
    changes: list[Change]
    to_come: list[Change]
    last: Conversion
    # The expected result of the changes.
    state: SaleState
    whole: bool
    # Keys: the fact they decide; the reward; account and number; the reward and the request.
    decisions: dict[str, Decision]
    rewards: dict[str, Reward]
    entries: dict[tuple[str, int], Entry]
    fulfillments: dict[tuple[str, str], Fulfillment]

    @property
    def own_rewards(self) -> list[Reward]:
        """Return the conversion's own rewards, those that an amendment gave included."""
        decided = [self.conversion.decided_as, *(one.change_id for one in self.changes if not isinstance(one, Refund))]
        decisions = [decision for name in decided if (decision := self.decisions.get(name)) is not None]
        names = dict.fromkeys(grant.id for decision in decisions for grant in decision.rewards)
        return [reward for name in names if (reward := self.rewards.get(name)) is not None]

    @property
    def own_fulfillments(self) -> list[Fulfillment]:
        """Return what was asked to be given, or taken back, of its benefits."""
        keys = [key for reward in self.own_rewards for key in _fulfillment_keys(reward)]
        return [row for key in keys if (row := self.fulfillments.get(key)) is not None]


def read_histories(identifiers: list[str]) -> dict[str, ConversionHistory]:
    """
    Return the histories of those conversions that exist, and of their credits, by the ids they are decided by.

    A query each, and a few calls for all.
    """
    facts = {identifier: _facts(identifier) for identifier in identifiers}
    names = [name for several in facts.values() for row in several for name in fact_ids(row)]
    decided = rows.find_all(Decision, [(name, DECISION) for name in names])
    granted = [grant.id for decision in decided.values() for grant in decision.rewards]
    rewards = rows.find_all(Reward, [(name, REWARD) for name in granted])
    benefits = [reward for reward in rewards.values() if reward.benefit is not None]
    fulfillments = rows.find_all(Fulfillment, [key for reward in benefits for key in _fulfillment_keys(reward)])
    keys = [(one.account, sort_of(seq)) for one in rewards.values() for seq in _seqs(one)]
    entries = rows.find_all(Entry, keys)
    decisions = {pk: decision for (pk, _), decision in decided.items()}
    by_id = {pk: reward for (pk, _), reward in rewards.items()}
    by_seq = {(entry.account, entry.seq): entry for entry in entries.values()}
    histories = {}
    for several in facts.values():
        changes = sorted((row for row in several if isinstance(row, Change)), key=order_of)
        credits_ = _credits(several, changes)
        for place, conversion in enumerate(credits_):
            own = [one for one in changes if _decided_by(one, credits_, changes) == conversion.decided_as]
            later = {one.decided_as for one in credits_[place:]}
            histories[conversion.decided_as] = ConversionHistory(
                conversion=conversion,
                program_terms=_find_program_terms(conversion),
                changes=own,
                to_come=[one for one in changes if _decided_by(one, credits_, changes) in later],
                last=credits_[-1],
                state=_state(credits_, place),
                whole=len(several) <= _MOST_CHANGES,
                decisions=decisions,
                rewards=by_id,
                entries=by_seq,
                fulfillments=fulfillments,
            )
    return histories


def _credits(facts: list[ConversionRow], changes: list[Change]) -> list[Conversion]:
    """Return a conversion as it was reported, and as it was credited since, in order; nothing, if it is not there."""
    conversions = [row for row in facts if isinstance(row, Conversion)]
    reported = [row for row in conversions if not isinstance(row, Credit)]
    late = [row for row in conversions if isinstance(row, Credit)]
    corrections = [one for one in changes if isinstance(one, Correction) and not one.voids]
    return [*reported, *late, *(one.credit(reported[0]) for one in corrections if reported)]


def _decided_by(change: Change, credits_: list[Conversion], changes: list[Change]) -> str:
    """Return the credit of its conversion that decides a change."""
    late = next((one for one in credits_ if type(one) is Credit), None)
    return credit_in_force(change, credits_[0], late, changes).decided_as if credits_ else ""


def _state(credits_: list[Conversion], place: int) -> SaleState:
    """Return the expected state of one of a conversion's credits: until the next credit, or now."""
    if place + 1 == len(credits_):
        return credits_[0].state
    following = credits_[place + 1]
    assert isinstance(following, Credit), "what follows is a credit"
    return following.decided_state if type(following) is Credit else following.state


def _fulfillment_keys(reward: Reward) -> list[tuple[str, str]]:
    """Return the keys of all that may have been asked of a benefit: to give it, or to take it back."""
    rounds = range((reward.rounds or 0) + 1)
    return [(reward.pk, round_key(what, number)) for number in rounds for what in (FULFILLMENT, REVOCATION)]


def _find_program_terms(conversion: Conversion) -> ProgramTerms | None:
    try:
        return programs.find_with_version(conversion.program_id, conversion.terms_version)
    except ProgramNotFound:
        return None


def fact_id(fact: ConversionRow) -> str:
    """Return the id that a conversion, its credit or a change of it is decided by."""
    if isinstance(fact, Change):
        return fact.change_id
    return fact.decided_as if isinstance(fact, Conversion) else fact.id


def fact_ids(fact: ConversionRow) -> list[str]:
    """Return the ids of a fact's decisions: a correction has one for what is taken back, and one for what is given."""
    credit = [fact.credited_as] if isinstance(fact, Correction) and not fact.voids else []
    return [fact_id(fact), *credit]


def _seqs(reward: Reward) -> set[int]:
    """Return the numbers of the entries a reward names: the one that granted it, made it due, moved it last."""
    return {reward.granted_seq, reward.seq, reward.moved_seq} - {0} if reward.benefit is None else set()


def _facts(identifier: str) -> list[ConversionRow]:
    return list(ConversionRow.query(identifier, consistent_read=True, limit=_MOST_CHANGES + 1))
