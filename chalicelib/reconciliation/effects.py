"""Checks that what was received, entered or changed has had all its effects, and reports what is missing or differs."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from chalicelib.adjustments.table import ADJUSTMENT, Adjustment
from chalicelib.conversions.credit_late import referred
from chalicelib.conversions.table import Conversion, ConversionRow, Credit
from chalicelib.emails.triggers import emails_for
from chalicelib.events.benefit_events import events_for_benefits
from chalicelib.events.conversion_events import events_for_conversions
from chalicelib.events.link_events import events_for_links
from chalicelib.events.money_events import entry_event
from chalicelib.events.partner_events import events_for_partner
from chalicelib.events.record import RETENTION, record
from chalicelib.events.table import EventRow
from chalicelib.kit.dynamo import rows, writes
from chalicelib.ledger.table import Entry
from chalicelib.links.table import Link
from chalicelib.outbox.message import FAILED, WEBHOOK
from chalicelib.outbox.queue import is_stuck, requeue
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.joining_table import Application
from chalicelib.partners.merge_table import find_merges
from chalicelib.partners.table import PartnerRow
from chalicelib.payouts.table import Item, item_key
from chalicelib.reconciliation.entry_invariants import (
    PAYOUT_STATUSES,
    check_adjustment,
    check_change_entry,
    check_last_entry,
    check_payout_item,
)
from chalicelib.reconciliation.findings import DECIDE, PUT, REQUEUE, Findings
from chalicelib.reconciliation.history import ConversionHistory, fact_id, fact_ids, read_histories
from chalicelib.reconciliation.invariants import CHANGES, check_history, check_hold_queue
from chalicelib.reconciliation.measure import (
    BECOMES_DUE,
    measure_decisions,
    measure_emails,
    measure_entries,
    measure_payments,
)
from chalicelib.rewards.decide import decide
from chalicelib.rewards.outcomes import outcomes
from chalicelib.rewards.review import put_into_hold_queue
from chalicelib.rewards.table import DECISION, DUE, HELD, REWARD, Decision, Outcome, Reward
from chalicelib.webhooks.triggers import calls_for

# Partners who were enrolled longer ago no longer get a welcome email.
_GREETED_WITHIN = timedelta(days=2)


def check_facts(keys: list[tuple[str, str]], findings: Findings) -> list[Outcome]:
    """
    Compare conversions and refunds with their decisions, and check the invariants of all that is stored of them.

    Returns: by what their decisions are counted.
    """
    facts = {fact_id(fact): fact for fact in rows.find_all(ConversionRow, keys).values()}
    findings.count("conversions and refunds", len(facts))
    histories = read_histories(sorted({fact.id for fact in facts.values()}))
    for name, fact in facts.items():
        if fact.id not in histories:
            findings.differ("conversion_missing", fact.id, f"there is a change of it, {name}", "none", None)
            continue
        for own_id in fact_ids(fact):
            if own_id not in histories[fact.id].decisions and _check_decided(own_id, fact, findings):
                histories |= read_histories([fact.id])
    for one in _check_credited(facts.values(), histories, findings):
        histories |= read_histories([one.id])
    for identifier, history in histories.items():
        _check_invariants(identifier, history, findings)
    decisions = [
        decision
        for fact in facts.values()
        for name in fact_ids(fact)
        if fact.id in histories and (decision := histories[fact.id].decisions.get(name)) is not None
    ]
    findings.count("decisions", len(decisions))
    measure_decisions(decisions, findings.durations)
    names = [name for fact in facts.values() for name in fact_ids(fact)]
    own = [histories[name] for name in names if name in histories]
    findings.count("rewards", sum(len(history.own_rewards) for history in own))
    _check_outcomes([one for decision in decisions for one in outcomes(decision)], findings)
    events = events_for_conversions(list(facts.values()))
    events += events_for_benefits([row for history in own for row in history.own_fulfillments])
    # What was received, decided, or became due, just now may not have been written or sent yet.
    settled = findings.at - findings.grace
    _check_events([event for event in events if event.occurred_at <= settled], findings)
    counted = [decision for decision in decisions if decision.decided_at <= settled]
    return [one for decision in counted for one in outcomes(decision)]


def _check_decided(name: str, fact: ConversionRow, findings: Findings) -> bool:
    """Report that a fact is not decided, unless it is by now; return whether a decision exists."""
    if rows.find(Decision, name, DECISION) is None:
        detail = "its stream record was lost"
        findings.differ("undecided", name, detail, DECIDE, partial(decide, [fact], at=findings.at))
    return rows.find(Decision, name, DECISION) is not None


def _check_credited(
    facts: Iterable[ConversionRow], histories: dict[str, ConversionHistory], findings: Findings
) -> list[Conversion]:
    """Report conversions without credit whose customer had been referred before; return them."""
    credited = {history.conversion.id for history in histories.values() if isinstance(history.conversion, Credit)}
    reported = [fact for fact in facts if isinstance(fact, Conversion) and not isinstance(fact, Credit)]
    unattributed = [one for one in reported if one.partner_id is None and one.id not in credited]
    settled = findings.at - findings.grace
    missed = [one for one in referred(unattributed) if one.referral.bound_at <= settled]
    for one, referral, _ in missed:
        detail = f"its customer had been sent before it, by {referral.partner_id}"
        findings.differ("uncredited", one.id, detail, DECIDE, partial(decide, [one], at=findings.at))
    return [one.conversion for one in missed]


def _check_invariants(identifier: str, history: ConversionHistory, findings: Findings) -> None:
    """Report violations in a history; it is read again first, as it may have changed while it was read."""
    if list(check_history(history)) or _misplaced(history, findings):
        history = read_histories([history.conversion.id])[identifier]
    violations = list(check_history(history))
    for violation in violations:
        findings.differ(violation.kind, violation.subject, violation.detail, "none", None)
    violated = {violation.subject for violation in violations}
    for reward, detail in _misplaced(history, findings):
        # In the hold queue it becomes due, or is given: only what the ledger holds, too, may be put back.
        waits = reward.state == HELD or (reward.state == DUE and reward.benefit is not None)
        safe = waits and reward.pk not in violated
        repair = partial(put_into_hold_queue, reward, at=findings.at) if safe else None
        findings.differ("missing_from_hold_queue", reward.pk, detail, PUT if safe else "none", repair)


def _misplaced(history: ConversionHistory, findings: Findings) -> list[tuple[Reward, str]]:
    checked = [(reward, check_hold_queue(reward, at=findings.at)) for reward in history.own_rewards]
    return [(reward, detail) for reward, detail in checked if detail is not None]


def _check_outcomes(expected: list[Outcome], findings: Findings) -> None:
    """Compare decisions with the rows statistics count them by."""
    stored = rows.find_all(Outcome, [rows.key_of(one) for one in expected])
    for one in expected:
        row = stored.get(rows.key_of(one))
        name = one.sk.partition("#")[2]
        if row is None:
            findings.differ(
                "outcome_missing",
                name,
                "the row statistics count it by is not there",
                PUT,
                partial(writes.add_once, one),
            )
            continue
        differences = [
            f"{part} is {getattr(row, part)}, not {getattr(one, part)}"
            for part in ("what", "amount", "referrer", "referee", "code_key")
            if getattr(row, part) != getattr(one, part)
        ]
        if differences:
            findings.differ("outcome_differs", name, "; ".join(differences), "none", None)


def check_entries(entries: list[Entry], findings: Findings) -> list[tuple[str, datetime]]:
    """
    Compare ledger entries with the rewards, refunds, payouts, adjustments and emails they belong to.

    Returns the partner, the program and the time of each refusal that is counted.
    """
    findings.count("ledger entries", len(entries))
    names = {entry.reward_id for entry in entries if entry.reward_id}
    rewards = rows.find_all(Reward, [(name, REWARD) for name in names])
    for name in sorted(names - {key[0] for key in rewards}):
        findings.differ("reward_missing", name, "the ledger moved money for it", "none", None)
    changes = {entry.source_id for entry in entries if entry.kind in CHANGES}
    changes |= {
        reward.decision_id
        for entry in entries
        if entry.kind in BECOMES_DUE and (reward := rewards.get((entry.reward_id, REWARD))) is not None
    }
    decisions = rows.find_all(Decision, [(name, DECISION) for name in changes])
    keys = {(entry.source_id, item_key(entry.owner_id)) for entry in entries if entry.kind in PAYOUT_STATUSES}
    items = rows.find_all(Item, sorted(keys))
    posted = [(entry.source_id, ADJUSTMENT) for entry in entries if entry.kind == "adjustment"]
    adjustments = rows.find_all(Adjustment, posted)
    for entry in entries:
        for violation in (
            check_last_entry(entry, rewards.get((entry.reward_id, REWARD))),
            check_change_entry(entry, decisions.get((entry.source_id, DECISION))),
            check_payout_item(entry, items.get((entry.source_id, item_key(entry.owner_id)))),
            check_adjustment(entry, adjustments.get((entry.source_id, ADJUSTMENT))),
        ):
            if violation is not None:
                findings.differ(violation.kind, violation.subject, violation.detail, "none", None)
    events = [entry_event(entry, rewards.get((entry.reward_id, REWARD))) for entry in entries]
    messages = _check_events(events, findings)
    measure_entries(entries, rewards, decisions, findings.durations)
    measure_payments(entries, items, findings.durations)
    measure_emails(messages, entries, rewards, decisions, findings.durations)
    refused = [(rewards.get((entry.reward_id, REWARD)), entry.at) for entry in entries if entry.kind == "refusal"]
    return [(f"{reward.partner_id}#{reward.program_id}", at) for reward, at in refused if reward is not None]


def check_partner(
    profile: PartnerProfile, own_links: list[Link], findings: Findings, *, begin: datetime, end: datetime
) -> None:
    """Compare a partner's links, enrollments, tiers, payees and addresses of a span with their events, and emails."""
    check_events(events_for_links(own_links), findings, begin=begin, end=end)
    changed: list[PartnerRow] = [*profile.enrollments]
    recent = max(begin, findings.at - _GREETED_WITHIN)
    if recent < end:
        changed += partners.list_standing_changes(profile, since=recent)
        changed += partners.list_payee_changes(profile.partner.id, begin=recent, end=end)
        changed += partners.list_email_changes(profile.partner.id, begin=recent, end=end)
        changed += find_merges(profile.partner)
    events = [event for row in changed for event in events_for_partner(row)]
    check_events(events, findings, begin=recent, end=end)


def check_applications(applications: list[Application], findings: Findings, *, begin: datetime, end: datetime) -> None:
    """Compare applications that were sent, or refused, in a span with their events, and the emails."""
    recent = max(begin, findings.at - _GREETED_WITHIN)
    check_events([event for one in applications for event in events_for_partner(one)], findings, begin=recent, end=end)


def check_events(events: list[EventRow], findings: Findings, *, begin: datetime, end: datetime) -> None:
    """Compare the events of facts that happened in a span with those there are."""
    _check_events([event for event in events if begin <= event.occurred_at < end], findings)


def _check_events(expected: list[EventRow], findings: Findings) -> list[Message]:
    """Compare the events that are expected with those there are, and with the messages they cause; return these."""
    retained = [event for event in expected if event.occurred_at > findings.at - RETENTION]
    findings.count("events", len(retained))
    stored = rows.find_all(EventRow, [(event.id, "event") for event in retained])
    for event in retained:
        if (event.id, "event") not in stored:
            detail = f"{event.type} of {event.subject_id} was not written"
            findings.differ("event_missing", event.id, detail, PUT, partial(record, [event], now=lambda: findings.at))
    return _check_messages(
        [
            message
            for event in retained
            for message in (*calls_for(event, at=event.occurred_at), *emails_for(event, at=event.occurred_at))
        ],
        findings,
    )


def _check_messages(expected: list[Message], findings: Findings) -> list[Message]:
    """Compare the messages that are expected with those there are; return these."""
    if not expected:
        return []
    findings.count("messages", len(expected))
    stored = rows.find_all(Message, [(message.key, "message") for message in expected])
    for message in expected:
        row = stored.get((message.key, "message"))
        if row is None:
            findings.differ(
                "message_missing",
                message.key,
                f"no message {message.template} was enqueued",
                PUT,
                partial(writes.add_once, message),
            )
        elif row.status == FAILED and row.channel == WEBHOOK:
            findings.differ("webhook_failed", row.key, str(row.reason), REQUEUE, partial(requeue, row, at=findings.at))
        elif is_stuck(row, at=findings.at, patience=findings.grace):
            findings.differ("message_stuck", row.key, f"{row.status}", REQUEUE, partial(requeue, row, at=findings.at))
    return list(stored.values())
