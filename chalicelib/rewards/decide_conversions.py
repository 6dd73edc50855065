"""Decides conversions as they are credited: what they earn within the caps, and the ledger entries for it."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from chalicelib.conversions.table import Conversion, CorrectedCredit
from chalicelib.kit.dynamo import rows, writes
from chalicelib.ledger.append import append
from chalicelib.ledger.entries import Movement
from chalicelib.partners import find as partners
from chalicelib.partners.standing import PartnerStanding
from chalicelib.programs import find as programs
from chalicelib.programs.table import TermsVersion
from chalicelib.rewards import cap_usage, conditions, consequences, plan
from chalicelib.rewards.caps import Key
from chalicelib.rewards.find import decision_of
from chalicelib.rewards.plan import Proposal
from chalicelib.rewards.table import DECISION, Decision

log = logging.getLogger(__name__)

# How often one conversion or change is tried, while others change its accounts and caps.
MOST_ATTEMPTS = 10


def decide_conversions(conversions: list[Conversion], *, at: datetime) -> None:
    """Decide those that are not decided yet, many a transaction."""
    _commit_all([_propose(one) for one in _undecided(conversions)], at=at)


def _undecided(conversions: list[Conversion]) -> list[Conversion]:
    decided = rows.find_all(Decision, [(one.decided_as, DECISION) for one in conversions])
    return list({one.decided_as: one for one in conversions if (one.decided_as, DECISION) not in decided}.values())


def _propose(conversion: Conversion) -> Proposal:
    program = programs.find_with_version(conversion.program_id, conversion.terms_version)
    terms = program.version(conversion.terms_version)
    standing = standing_for(conversion, terms)
    if not isinstance(conversion, CorrectedCredit):
        return plan.propose(conversion, program.program, terms, standing)
    taken_back = decision_of(conversion.correction_id)
    assert taken_back is not None, "what was given before is taken back first"
    friend_grants, carried = taken_back.stands or (), taken_back.carried or 0
    return plan.propose(conversion, program.program, terms, standing, friend_grants=friend_grants, carried=carried)


def standing_for(conversion: Conversion, terms: TermsVersion) -> PartnerStanding:
    """
    Return the partner's standing when a conversion was received, as far as it matters for rewards.

    The answer never changes: a change of standing begins later than it is written.
    """
    if conversion.partner_id is None:
        return PartnerStanding()
    standing = partners.recall_standing(conversion.partner_id, conversion.program_id, conversion.received_at)
    asks = conditions.asks_about_partner(terms.rules)
    return standing if asks else PartnerStanding(state=standing.state, reason=standing.reason)


def _commit_all(proposals: list[Proposal], *, at: datetime) -> None:
    """Write decisions, many a transaction; where a condition fails, one by one."""
    for batch in _batches(proposals):
        if len(batch) > 1 and _commit(batch, at=at):
            continue
        for proposal in batch:
            _commit_one(proposal, at=at)


def _commit_one(proposal: Proposal, *, at: datetime) -> None:
    conversion = proposal.conversion
    for _ in writes.attempts(MOST_ATTEMPTS):
        if _commit([proposal], at=at):
            return
        if decision_of(conversion.decided_as) is not None:
            log.info("%s: decided before", conversion.decided_as)
            return
    raise RuntimeError(f"{conversion.id}: its accounts are too busy")


def _commit(proposals: list[Proposal], *, at: datetime) -> bool:
    """Decide, and write it all or nothing; returns whether it is written."""
    caps = {cap.key: cap for proposal in proposals for cap in proposal.caps if cap.stored}
    usage = cap_usage.read_usage(caps, _amounts(proposals)) if caps else {}
    headroom = cap_usage.headroom_of(caps, usage)
    decided = [plan.conclude_within(proposal, headroom) for proposal in proposals]
    movements = [movement for one in decided for movement in consequences.movements(one)]
    entries = append(movements, at=at)
    seqs = by_reward(movements, entries.seqs)
    new = [writes.insert(row) for one in decided for row in consequences.rows(one, seqs=seqs, at=at)]
    consumed = [cap_usage.consume(one, usage.get(one.cap.key)) for one in headroom.consumptions()]
    return not writes.commit(*new, *consumed, *entries.writes)


def _amounts(proposals: list[Proposal]) -> dict[Key, int]:
    """Return how much would be consumed of each cap if there were enough of it."""
    amounts: dict[Key, int] = defaultdict(int)
    for proposal in proposals:
        for cap in proposal.caps:
            amounts[cap.key] += sum(grant.amount for grant in proposal.grants if grant.to in cap.sides)
    return amounts


def by_reward(movements: Sequence[Movement], seqs: Sequence[int]) -> dict[str, int]:
    """Return the number of the entry of each reward's movement."""
    return {movement.reward_id: seq for movement, seq in zip(movements, seqs, strict=True)}


def _batches(proposals: list[Proposal]) -> Iterator[list[Proposal]]:
    """Cut proposals into batches of at most a hundred items, the most one transaction takes."""
    batch: list[Proposal] = []
    items, shared = 0, set[object]()
    for proposal in proposals:
        size = 3 + 2 * len(proposal.grants)
        common = {cap.key for cap in proposal.caps if cap.stored} | {
            (grant.owner_id, proposal.conversion.currency) for grant in proposal.grants
        }
        if batch and items + size + len(shared | common) > writes.MOST_WRITES:
            yield batch
            batch, items, shared = [], 0, set()
        batch.append(proposal)
        items += size
        shared |= common
    if batch:
        yield batch
