"""Follows what was received, entered or changed to all that should have come of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from chalicelib.conversions.credit_late import referred
from chalicelib.conversions.table import Conversion, ConversionRow, Credit
from chalicelib.emails.triggers import emails_for_entry, emails_for_partner, emails_for_reward
from chalicelib.kit.dynamo import rows, writes
from chalicelib.ledger.table import Entry
from chalicelib.outbox.message import FAILED, WEBHOOK
from chalicelib.outbox.queue import is_stuck, requeue
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners.find import Member
from chalicelib.partners.table import PartnerRow
from chalicelib.payouts.table import Item, item_key
from chalicelib.reconciliation.contradictions import (
    PAYING,
    does_not_wait,
    of_story,
    overtaken,
    paid_out,
    taken_back,
)
from chalicelib.reconciliation.findings import DECIDE, PUT, WAKE, Findings
from chalicelib.reconciliation.gather import Story, fact_id, gather
from chalicelib.rewards import consequences
from chalicelib.rewards.decide import decide
from chalicelib.rewards.review import wait
from chalicelib.rewards.table import DECISION, HELD, REWARD, Decision, Outcome, Reward
from chalicelib.webhooks.call import calls_for_reward

# Who was enrolled longer ago is greeted no more.
_GREETED_WITHIN = timedelta(days=2)


def received(keys: list[tuple[str, str]], findings: Findings) -> list[Outcome]:
    """
    Compare conversions and refunds with their decisions, and all that is stored of them with each other.

    Returns: by what their decisions are counted.
    """
    facts = {fact_id(fact): fact for fact in rows.find_all(ConversionRow, keys).values()}
    findings.count("conversions and refunds", len(facts))
    stories = gather(sorted({fact.id for fact in facts.values()}))
    for name, fact in facts.items():
        if fact.id not in stories:
            findings.differ("conversion_missing", fact.id, f"there is a refund of it, {name}", "none", None)
        elif name not in stories[fact.id].decisions and _decided(name, fact, findings):
            stories |= gather([fact.id])
    for one in _uncredited(facts.values(), stories, findings):
        stories |= gather([one.id])
    for identifier, story in stories.items():
        _agree(identifier, story, findings)
    decisions = [
        decision
        for name, fact in facts.items()
        if fact.id in stories and (decision := stories[fact.id].decisions.get(name)) is not None
    ]
    findings.count("decisions", len(decisions))
    sold = [stories[name] for name in facts if name in stories]
    findings.count("rewards", sum(len(story.given) for story in sold))
    _counted([one for decision in decisions for one in consequences.outcomes(decision)], findings)
    messages = [message for decision in decisions for message in emails_for_reward(decision, at=decision.decided_at)]
    messages += [
        message
        for story in sold
        for row in story.asked
        for message in (*calls_for_reward(row, at=row.created_at), *emails_for_reward(row, at=row.created_at))
    ]
    # What was decided, or became due, just now may not have been told yet.
    settled = findings.at - findings.grace
    _told([message for message in messages if message.created_at <= settled], findings)
    late = [decision for decision in decisions if decision.decided_at <= settled]
    return [one for decision in late for one in consequences.outcomes(decision)]


def _decided(name: str, fact: ConversionRow, findings: Findings) -> bool:
    """Note that a fact is not decided, unless it is by now; say whether there is something new to be read."""
    if rows.find(Decision, name, DECISION) is None:
        lost = "its stream record was lost"
        findings.differ("undecided", name, lost, DECIDE, partial(decide, [fact], at=findings.at))
    return rows.find(Decision, name, DECISION) is not None


def _uncredited(facts: Iterable[ConversionRow], stories: dict[str, Story], findings: Findings) -> list[Conversion]:
    """Note what is nobody's, though its customer had been sent before it happened; return what is credited by now."""
    credited = {story.conversion.id for story in stories.values() if isinstance(story.conversion, Credit)}
    told = [fact for fact in facts if isinstance(fact, Conversion) and not isinstance(fact, Credit)]
    nobodys = [one for one in told if one.partner_id is None and one.id not in credited]
    settled = findings.at - findings.grace
    found = [(one, known) for one, known in referred(nobodys) if known.bound_at <= settled]
    for one, known in found:
        detail = f"its customer had been sent before it, by {known.partner_id}"
        findings.differ("uncredited", one.id, detail, DECIDE, partial(decide, [one], at=findings.at))
    return [one for one, _ in found]


def _agree(identifier: str, story: Story, findings: Findings) -> None:
    """Note what contradicts itself in a story; it is read once more first, as it may have moved on while it was read."""
    if list(of_story(story)) or _astray(story, findings):
        story = gather([story.conversion.id])[identifier]
    found = list(of_story(story))
    for one in found:
        findings.differ(one.kind, one.subject, one.detail, "none", None)
    contradicted = {one.subject for one in found}
    for reward, detail in _astray(story, findings):
        # Once it waits, it becomes due: only what the ledger holds, too, may be put back.
        safe = reward.state == HELD and reward.pk not in contradicted
        mend = partial(wait, reward, at=findings.at) if safe else None
        findings.differ("waits_nowhere", reward.pk, detail, PUT if safe else "none", mend)


def _astray(story: Story, findings: Findings) -> list[tuple[Reward, str]]:
    found = [(reward, does_not_wait(reward, at=findings.at)) for reward in story.given]
    return [(reward, detail) for reward, detail in found if detail is not None]


def _counted(outcomes: list[Outcome], findings: Findings) -> None:
    """Compare decisions with the rows statistics count them by."""
    stored = rows.find_all(Outcome, [rows.key_of(one) for one in outcomes])
    for one in outcomes:
        there = stored.get(rows.key_of(one))
        name = one.sk.partition("#")[2]
        if there is None:
            findings.differ(
                "outcome_missing",
                name,
                "the row statistics count it by is not there",
                PUT,
                partial(writes.add_once, one),
            )
            continue
        wrong = [
            f"{part} is {getattr(there, part)}, not {getattr(one, part)}"
            for part in ("what", "amount", "referrer", "referee")
            if getattr(there, part) != getattr(one, part)
        ]
        if wrong:
            findings.differ("outcome_differs", name, "; ".join(wrong), "none", None)


def entered(entries: list[Entry], findings: Findings) -> list[tuple[str, datetime]]:
    """
    Compare entries of the ledger with the rewards, refunds, payouts and emails they belong to.

    Returns: for whom refusals are counted, as partner and program, and when.
    """
    findings.count("ledger entries", len(entries))
    names = {entry.reward_id for entry in entries if entry.reward_id}
    found = rows.find_all(Reward, [(name, REWARD) for name in names])
    for name in sorted(names - {key[0] for key in found}):
        findings.differ("reward_missing", name, "the ledger moved money for it", "none", None)
    reversals = {entry.source_id for entry in entries if entry.kind == "reversal"}
    refunds = rows.find_all(Decision, [(name, DECISION) for name in reversals])
    paid = {(entry.source_id, item_key(entry.owner_id)) for entry in entries if entry.kind in PAYING}
    items = rows.find_all(Item, sorted(paid))
    for entry in entries:
        reward = found.get((entry.reward_id, REWARD))
        for one in (
            overtaken(entry, reward),
            taken_back(entry, refunds.get((entry.source_id, DECISION))),
            paid_out(entry, items.get((entry.source_id, item_key(entry.owner_id)))),
        ):
            if one is not None:
                findings.differ(one.kind, one.subject, one.detail, "none", None)
    _told([message for entry in entries for message in emails_for_entry(entry, at=entry.at)], findings)
    refused = [(found.get((entry.reward_id, REWARD)), entry.at) for entry in entries if entry.kind == "refusal"]
    return [(f"{reward.partner_id}#{reward.program_id}", at) for reward, at in refused if reward is not None]


def accompanied(member: Member, findings: Findings, *, begin: datetime, end: datetime) -> None:
    """Compare a partner's enrollments, tiers and payees of a span of time with the emails about them."""
    dated: list[tuple[PartnerRow, datetime]] = [(row, row.enrolled_at) for row in member.enrollments]
    dated += [(row, row.created_at) for row in member.changes]
    recent = max(begin, findings.at - _GREETED_WITHIN)
    if recent < end:
        payees = partners.payee_changes(member.partner.id, begin=recent, end=end)
        dated += [(row, row.created_at) for row in payees]
    told = [message for row, at in dated if recent <= at < end for message in emails_for_partner(row, at=at)]
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
                f"nobody was told by {message.template}",
                PUT,
                partial(writes.add_once, message),
            )
        elif there.status == FAILED and there.channel == WEBHOOK:
            findings.differ(
                "webhook_failed", there.key, str(there.reason), WAKE, partial(requeue, there, at=findings.at)
            )
        elif is_stuck(there, at=findings.at, patience=findings.grace):
            findings.differ(
                "message_stuck", there.key, f"{there.status}", WAKE, partial(requeue, there, at=findings.at)
            )
