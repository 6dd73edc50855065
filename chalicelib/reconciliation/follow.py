"""Follows what was received, entered or changed to all that should have come of it."""

from datetime import datetime, timedelta
from functools import partial

from chalicelib.conversions.table import ConversionRow
from chalicelib.kit import rows, writes
from chalicelib.ledger import find as ledger
from chalicelib.ledger.table import Entry
from chalicelib.messages.accompany import expected_of_partner
from chalicelib.messages.table import FAILED, WEBHOOK, Message
from chalicelib.messages.thank import expected_of, expected_of_entry
from chalicelib.messages.wake import is_stuck, wake
from chalicelib.partners import find as partners
from chalicelib.partners.find import Member
from chalicelib.partners.table import PartnerRow
from chalicelib.reconciliation.findings import DECIDE, PUT, WAKE, Findings
from chalicelib.rewards import consequences
from chalicelib.rewards.decide import decide
from chalicelib.rewards.table import (
    DECISION,
    DUE,
    FULFILMENT,
    REVOCATION,
    REWARD,
    Decision,
    Fulfilment,
    Outcome,
    Reward,
)

# Who was enrolled longer ago is greeted no more.
_GREETED_WITHIN = timedelta(days=2)


def received(keys: list[tuple[str, str]], findings: Findings) -> None:
    """Compare conversions and refunds with their decisions, and those with all that came of them."""
    facts = rows.find_all(ConversionRow, keys)
    named = {getattr(fact, "refund_id", fact.id): fact for fact in facts.values()}
    decisions = rows.find_all(Decision, [(name, DECISION) for name in named])
    findings.count("conversions and refunds", len(named))
    for name, fact in named.items():
        decision = decisions.get((name, DECISION))
        if decision is None:
            findings.differ(
                "undecided", name, "its stream record was lost", DECIDE, partial(decide, [fact], at=findings.at)
            )
            decision = rows.find(Decision, name, DECISION)
        if decision is not None:
            _decision(decision, findings)


def _decision(decision: Decision, findings: Findings) -> None:
    findings.count("decisions", 1)
    counted = consequences.outcome(decision)
    if rows.find(Outcome, counted.pk, counted.sk) is None:
        findings.differ(
            "outcome_missing",
            decision.pk,
            "the row statistics count it by is not there",
            PUT,
            partial(writes.add_once, counted),
        )
    messages = expected_of(decision, at=decision.decided_at)
    if decision.what != "refund":
        grants = {grant.id: grant for grant in decision.rewards if grant.amount or grant.benefit}
        found = rows.find_all(Reward, [(name, REWARD) for name in grants]) if grants else {}
        for name, grant in grants.items():
            reward = found.get((name, REWARD))
            if reward is None or reward.granted != grant.amount or reward.owner_id != grant.owner_id:
                findings.differ("reward_differs", name, f"decision {decision.pk} gave {grant.amount}", "none", None)
            elif reward.benefit is not None:
                messages += [message for row in _fulfilments(name) for message in expected_of(row, at=row.created_at)]
            else:
                _granted(reward, findings)
        findings.count("rewards", len(grants))
    # What was decided, or became due, just now may not have been told yet.
    _told([message for message in messages if message.created_at <= findings.at - findings.grace], findings)


def _granted(reward: Reward, findings: Findings) -> None:
    """Compare a reward with the entry that granted it, and with the one that made it due."""
    account = f"{reward.owner_id}#{reward.currency}"
    granted = ledger.entry(account, reward.granted_seq)
    if granted is None or (granted.reward_id, granted.kind, -granted.expense) != (
        reward.pk,
        "reward",
        reward.granted,
    ):
        findings.differ("entry_differs", reward.pk, f"entry {reward.granted_seq} of {account}", "none", None)
    due = ledger.entry(account, reward.seq) if reward.state == DUE else granted
    if due is None or due.reward_id != reward.pk:
        findings.differ("entry_differs", reward.pk, f"entry {reward.seq} of {account}", "none", None)


def entered(entries: list[Entry], findings: Findings) -> None:
    """Compare entries of the ledger with the rewards and the letters they belong to."""
    findings.count("ledger entries", len(entries))
    names = {entry.reward_id for entry in entries if entry.reward_id}
    found = rows.find_all(Reward, [(name, REWARD) for name in names]) if names else {}
    for name in sorted(names - {key[0] for key in found}):
        findings.differ("reward_missing", name, "the ledger moved money for it", "none", None)
    _told([message for entry in entries for message in expected_of_entry(entry, at=entry.at)], findings)


def accompanied(member: Member, findings: Findings, *, begin: datetime, end: datetime) -> None:
    """Compare a partner's enrolments, tiers and payees of a span of time with the letters about them."""
    dated: list[tuple[PartnerRow, datetime]] = [(row, row.enrolled_at) for row in member.enrolments]
    dated += [(row, row.created_at) for row in member.changes]
    recent = max(begin, findings.at - _GREETED_WITHIN)
    if recent < end:
        payees = partners.payee_changes(member.partner.id, begin=recent, end=end)
        dated += [(row, row.created_at) for row in payees]
    told = [message for row, at in dated if recent <= at < end for message in expected_of_partner(row, at=at)]
    _told(told, findings)


def _told(expected: list[Message], findings: Findings) -> None:
    """Compare what somebody was to be told with the messages there are."""
    if not expected:
        return
    findings.count("messages", len(expected))
    stored = rows.find_all(Message, [(message.key, "message") for message in expected])
    for message in expected:
        there = stored.get((message.key, "message"))
        if there is None:
            findings.differ(
                "message_missing",
                message.key,
                f"nobody was told by {message.letter}",
                PUT,
                partial(writes.add_once, message),
            )
        elif there.status == FAILED and there.channel == WEBHOOK:
            findings.differ("webhook_failed", there.key, str(there.reason), WAKE, partial(wake, there, at=findings.at))
        elif is_stuck(there, at=findings.at, patience=findings.grace):
            findings.differ("message_stuck", there.key, f"{there.status}", WAKE, partial(wake, there, at=findings.at))


def _fulfilments(reward_id: str) -> list[Fulfilment]:
    found = rows.find_all(Fulfilment, [(reward_id, FULFILMENT), (reward_id, REVOCATION)])
    return list(found.values())
