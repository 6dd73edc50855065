"""
Reads all that came of a conversion, for its page: by few calls, however much that is.

What is not read is on other pages: of a busy account, entries far behind the reward; of many rewards, the oldest.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from chalicelib.access import api_keys
from chalicelib.admin.names import names_of
from chalicelib.audit.find import latest
from chalicelib.audit.table import AuditEntry
from chalicelib.clicks.find import find_row, read_id
from chalicelib.clicks.shapes import ClickView
from chalicelib.conversions.attribution import EvaluatedTouch
from chalicelib.conversions.table import Conversion, Correction
from chalicelib.emails.triggers import emails_for
from chalicelib.events.benefit_events import fulfillment_events
from chalicelib.events.conversion_events import conversion_events, correction_events
from chalicelib.events.money_events import entry_event
from chalicelib.events.table import EventRow
from chalicelib.kit.chains import sort_of
from chalicelib.kit.dynamo import rows
from chalicelib.ledger import find as ledger
from chalicelib.ledger.table import Entry
from chalicelib.notes.note import NoteView, view_notes
from chalicelib.outbox.table import Message
from chalicelib.rewards.explain import Evidence, gather
from chalicelib.rewards.find import RewardState, states_of
from chalicelib.rewards.table import DUE, REWARD, Decision, Grant, Reward
from chalicelib.users.find import find_names

# As many as a read takes.
_MOST_REWARDS, _MOST_EMAILS, _MOST_AUDIT = 90, 100, 100
# Whose accounts are looked at, how far behind the reward, and how many keys are named.
_MOST_ACCOUNTS, _MOST_ENTRIES, _MOST_KEYS = 3, 200, 3


class Course(Struct, frozen=True):
    """
    All that came of a conversion: *entries* of its rewards, *payments* of them, *emails* about both, and who did what.

    *click* is the one that counts, as far as it is kept. *names* are those of people and keys, by id.
    """

    evidence: Evidence
    rewards: dict[str, RewardState]
    entries: list[Entry]
    payments: list[Entry]
    notes: dict[str, NoteView | None]
    emails: list[Message]
    audit: list[AuditEntry]
    click: ClickView | None
    names: dict[str, str]

    def name(self, identifier: str | None) -> str:
        """Return a name, or the id if there is none."""
        return self.names.get(identifier or "", identifier or "no one")

    def by(self, part: str) -> str:
        """Return who reported or decided something about the conversion; empty where that was not kept."""
        entry = next((one for one in self.audit if part in (one.part, one.action)), None)
        return self.name(entry.actor) if entry is not None else ""


def follow(reported: Conversion, *, at: datetime) -> Course:
    """Read all that came of a conversion."""
    evidence = gather(reported)
    states = states_of(_rewards(evidence))
    rewards = {one.reward.pk: one for one in states}
    entries, payments = _entries(states)
    audit = latest(reported.id, limit=_MOST_AUDIT)
    return Course(
        evidence=evidence,
        rewards=rewards,
        entries=entries,
        payments=payments,
        notes=dict(zip([one.id for one in entries], view_notes(entries), strict=True)),
        emails=_emails(evidence, states, [*entries, *payments], at=at),
        audit=audit,
        click=_click([*reported.considered, *(evidence.binding.considered if evidence.binding else [])]),
        names=_names(evidence, states, audit),
    )


def grants_of(decision: Decision) -> list[Grant]:
    """Return what a decision is about: what it gave or took back, and what stands since then."""
    return [one for one in (*decision.rewards, *(decision.stands or [])) if one.amount or one.benefit is not None]


def _rewards(evidence: Evidence) -> list[Reward]:
    """Return the rewards that a conversion gave, those of now first."""
    now = evidence.decisions.get(evidence.conversion.decided_as)
    decisions = [*([now] if now is not None else []), *reversed(evidence.decisions.values())]
    identifiers = list(dict.fromkeys(grant.id for one in decisions for grant in grants_of(one)))[:_MOST_REWARDS]
    stored = rows.find_all(Reward, [(one, REWARD) for one in identifiers])
    return [stored[one, REWARD] for one in identifiers if (one, REWARD) in stored]


def _entries(states: Sequence[RewardState]) -> tuple[list[Entry], list[Entry]]:
    """Return the entries about rewards, and those of the payouts that took them; of each account by one query."""
    money = [one.reward for one in states if one.reward.benefit is None]
    by_id = {one.pk: one for one in money}
    first: dict[str, int] = {}
    for reward in money:
        first[reward.account] = min(first.get(reward.account, reward.granted_seq), reward.granted_seq)
    read: dict[tuple[str, int], Entry] = {}
    for account in list(first)[:_MOST_ACCOUNTS]:
        owner, _, currency = account.partition("#")
        page, _ = ledger.page(owner, currency, limit=_MOST_ENTRIES, first=max(1, first[account]))
        read |= {(account, one.seq): one for one in page}
    # Of a busy account, at least what the rewards themselves name.
    keys = {(one.account, seq) for one in money for seq in (one.granted_seq, one.seq, one.moved_seq) if seq}
    further = rows.find_all(Entry, [(account, sort_of(seq)) for account, seq in sorted(keys - read.keys())])
    entries = [*read.values(), *further.values()]
    moved = [one for one in entries if one.reward_id in by_id]
    return sorted(moved, key=lambda one: (one.at, one.seq)), _payments(money, entries)


def _payments(rewards: Sequence[Reward], entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries of the payouts that took what was due: of each account, the first one after that."""
    payouts = [one for one in entries if one.kind.startswith("payout_")]
    taken = set()
    for reward in rewards:
        if reward.state == DUE and reward.seq:
            later = (one for one in payouts if one.account == reward.account and one.seq > reward.seq)
            prepared = min((one for one in later if one.kind == "payout_prepared"), key=_seq, default=None)
            taken |= {(reward.account, prepared.source_id)} if prepared is not None else set()
    return [one for one in payouts if (one.account, one.source_id) in taken]


def _seq(entry: Entry) -> int:
    return entry.seq


def _emails(
    evidence: Evidence, states: Sequence[RewardState], entries: Sequence[Entry], *, at: datetime
) -> list[Message]:
    """Return the emails about it: which there may be follows from what happened, as it did when they were enqueued."""
    reported, rewards = evidence.reported, {one.reward.pk: one.reward for one in states}
    events: list[EventRow] = [*conversion_events(reported)]
    for change in evidence.changes:
        if isinstance(change, Correction):
            events += correction_events(change, reported)
    events += [entry_event(one, rewards.get(one.reward_id)) for one in entries]
    events += [event for one in states if one.fulfillment for event in fulfillment_events(one.fulfillment)]
    keys = [rows.key_of(message) for event in events for message in emails_for(event, at=at)]
    # The latest ones; more there are only after many corrections.
    return list(rows.find_all(Message, list(dict.fromkeys(keys))[-_MOST_EMAILS:]).values())


def _click(touches: Iterable[EvaluatedTouch]) -> ClickView | None:
    won = next((one for one in touches if one.won and one.by == "click" and one.token), None)
    if won is None:
        return None
    click_id = read_id(won.token)
    return ClickView.of(won.token, click_id, find_row(click_id))


def _names(evidence: Evidence, states: Sequence[RewardState], audit: Sequence[AuditEntry]) -> dict[str, str]:
    reported = evidence.reported
    people = {reported.customer_id, reported.partner_id, evidence.conversion.partner_id}
    people |= {evidence.referral.partner_id} if evidence.referral is not None else set()
    people |= {touch.partner_id for touch in reported.considered}
    people |= {owner for one in states for owner in (one.reward.owner_id, one.reward.partner_id)}
    corrections = [one for one in evidence.changes if isinstance(one, Correction)]
    people |= {partner for one in corrections for partner in (one.partner_before, one.partner_id)}
    actors = {one.actor or "" for one in audit} | {one.by for one in corrections}
    names = names_of(sorted(one for one in people if one)) | find_names(actors)
    for identifier in sorted(one for one in actors if one.startswith("key_"))[:_MOST_KEYS]:
        key = api_keys.recall(identifier)
        names |= {identifier: key.name} if key is not None else {}
    return names
