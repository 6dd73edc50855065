"""Compares a day's facts with their consequences, some seconds at a time, and repairs what differs on request."""

import logging
import time
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from msgspec import Struct, convert, to_builtins

from chalicelib.conversions.find import received_on
from chalicelib.conversions.table import RECEIVED_SHARDS, ConversionRow
from chalicelib.kit import config, rows, writes
from chalicelib.ledger import find as ledger
from chalicelib.ledger.table import SHARDS, Entry
from chalicelib.links import find as links
from chalicelib.messages.accompany import expected_of_partner
from chalicelib.messages.table import FAILED, WEBHOOK, Message
from chalicelib.messages.thank import expected_of, expected_of_entry
from chalicelib.messages.wake import is_stuck, wake
from chalicelib.partners import find as partners
from chalicelib.partners.find import Member
from chalicelib.partners.table import PartnerRow
from chalicelib.programs import find as programs
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
from chalicelib.stats import correct as stats

MOST_SECONDS = 8.0
_DAY = timedelta(days=1)
# Who was enrolled longer ago is greeted no more.
_GREETED_WITHIN = timedelta(days=2)
_NOBODYS_SHARDS = 8
_LINKS = 100
_TOGETHER = 25
_READS = 100
SECTIONS = ("conversions", "accounts", "partners", "nobody")
# What can be put right, each by the very write the lost reaction would have made.
DECIDE, PUT, RECOUNT, WAKE = "decide", "put", "recount", "wake"
EVERY_REPAIR = (DECIDE, PUT, RECOUNT, WAKE)


log = logging.getLogger(__name__)


class Difference(Struct, frozen=True):
    """Something that does not follow: what, of which thing, and how it is put right; `none` needs a person."""

    kind: str
    subject: str
    detail: str
    repair: str
    repaired: bool


class AccountPosition(Struct):
    """The last account that was looked at; and in the next one, which entries are left."""

    last: str | None = None
    account: str | None = None
    first: int = 1
    final: int = 0


class Progress(Struct):
    """How far a comparison has got: in which section, in which part of it, and after what."""

    section: int = 0
    part: int = 0
    position: Any = None
    checked: dict[str, int] = {}


class Comparison:
    """A walk through one UTC day, which makes the repairs it is told to."""

    def __init__(
        self, day: date, progress: Progress, *, repairs: Collection[str], grace: timedelta, at: datetime
    ) -> None:
        self.day = day
        self.progress = progress
        self.repairs = repairs
        self.at = at
        self.begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
        # What is younger may still be on its way.
        self.end = min(self.begin + _DAY, at - grace)
        self.ripe = at - grace
        self.grace = grace
        self.found: list[Difference] = []
        self.done = False

    def go_on(self, *, most_seconds: float = MOST_SECONDS) -> None:
        """Walk on for some seconds, step by step; a step is a few reads, and never left half done."""
        until = time.monotonic() + most_seconds
        steps: list[Callable[[], bool]] = [self._conversions, self._accounts, self._partners, self._nobody]
        if self.end <= self.begin:
            # Nothing of the day is old enough to be looked at.
            self.progress.section = len(SECTIONS)
        while self.progress.section < len(SECTIONS):
            if steps[self.progress.section]():
                self.progress.section, self.progress.part, self.progress.position = self.progress.section + 1, 0, None
            if time.monotonic() > until:
                break
        self.done = self.progress.section == len(SECTIONS)

    def _conversions(self) -> bool:
        """Compare some of what one shard received with decisions and all that came of them."""
        listed, self.progress.position = received_on(
            self.day,
            self.progress.part,
            begin=self.begin,
            end=self.end,
            limit=_TOGETHER,
            position=self.progress.position,
        )
        if listed:
            self._received([(one.id, one.sort) for one in listed])
        self.progress.part += self.progress.position is None
        return self.progress.part == RECEIVED_SHARDS

    def _received(self, keys: list[tuple[str, str]]) -> None:
        facts = rows.find_all(ConversionRow, keys)
        named = {getattr(fact, "refund_id", fact.id): fact for fact in facts.values()}
        decisions = rows.find_all(Decision, [(name, DECISION) for name in named])
        self._count("conversions and refunds", len(named))
        for name, fact in named.items():
            decision = decisions.get((name, DECISION))
            if decision is None:
                self._differ(
                    "undecided", name, "its stream record was lost", DECIDE, partial(decide, [fact], at=self.at)
                )
                decision = rows.find(Decision, name, DECISION)
            if decision is not None:
                self._decision(decision)

    def _decision(self, decision: Decision) -> None:
        self._count("decisions", 1)
        counted = consequences.outcome(decision)
        if rows.find(Outcome, counted.pk, counted.sk) is None:
            self._differ(
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
                    self._differ("reward_differs", name, f"decision {decision.pk} gave {grant.amount}", "none", None)
                elif reward.benefit is not None:
                    messages += [
                        message for row in _fulfilments(name) for message in expected_of(row, at=row.created_at)
                    ]
                else:
                    self._granted(reward)
            self._count("rewards", len(grants))
        # What was decided, or became due, just now may not have been told yet.
        self._messages([message for message in messages if message.created_at <= self.ripe])

    def _granted(self, reward: Reward) -> None:
        """Compare a reward with the entry that granted it, and with the one that made it due."""
        account = f"{reward.owner_id}#{reward.currency}"
        granted = ledger.entry(account, reward.granted_seq)
        if granted is None or (granted.reward_id, granted.kind, -granted.expense) != (
            reward.pk,
            "reward",
            reward.granted,
        ):
            self._differ("entry_differs", reward.pk, f"entry {reward.granted_seq} of {account}", "none", None)
        due = ledger.entry(account, reward.seq) if reward.state == DUE else granted
        if due is None or due.reward_id != reward.pk:
            self._differ("entry_differs", reward.pk, f"entry {reward.seq} of {account}", "none", None)

    def _accounts(self) -> bool:
        """Compare some of the day's entries of an account with their rewards and letters."""
        at: AccountPosition = convert(self.progress.position or {}, AccountPosition)
        if at.account is None:
            accounts, _ = ledger.accounts(self.progress.part, after=at.last, limit=1)
            if not accounts:
                self.progress.part, self.progress.position = self.progress.part + 1, None
                return self.progress.part == SHARDS
            last = ledger.standing(accounts[0]).seq
            at.account = accounts[0]
            at.first = ledger.seq_before(at.account, self.begin, last=last) + 1
            at.final = ledger.seq_before(at.account, self.end, last=last)
        owner_id, _, currency = at.account.partition("#")
        until = min(at.first + _TOGETHER - 1, at.final)
        if at.first <= until:
            entries, _ = ledger.page(owner_id, currency, limit=_TOGETHER, first=at.first, last=until)
            self._entries(entries)
        at.first = until + 1
        if at.first > at.final:
            at = AccountPosition(last=at.account)
        self.progress.position = to_builtins(at)
        return False

    def _entries(self, entries: list[Entry]) -> None:
        self._count("ledger entries", len(entries))
        names = {entry.reward_id for entry in entries if entry.reward_id}
        found = rows.find_all(Reward, [(name, REWARD) for name in names]) if names else {}
        for name in sorted(names - {key[0] for key in found}):
            self._differ("reward_missing", name, "the ledger moved money for it", "none", None)
        self._messages([message for entry in entries for message in expected_of_entry(entry, at=entry.at)])

    def _messages(self, expected: list[Message]) -> None:
        if not expected:
            return
        self._count("messages", len(expected))
        stored = rows.find_all(Message, [(message.key, "message") for message in expected])
        for message in expected:
            there = stored.get((message.key, "message"))
            if there is None:
                self._differ(
                    "message_missing",
                    message.key,
                    f"nobody was told by {message.letter}",
                    PUT,
                    partial(writes.add_once, message),
                )
            elif there.status == FAILED and there.channel == WEBHOOK:
                self._differ("webhook_failed", there.key, str(there.reason), WAKE, partial(wake, there, at=self.at))
            elif is_stuck(there, at=self.at, patience=self.grace):
                self._differ("message_stuck", there.key, f"{there.status}", WAKE, partial(wake, there, at=self.at))

    def _partners(self) -> bool:
        """Compare some hours of a partner's statistics with the clicks and outcomes they count."""
        found, position = partners.page(limit=1, position=self.progress.position)
        for partner in found:
            member = partners.find(partner.id)
            if self.progress.part == 0:
                self._accompanied(member)
            own = links.page(partner.id, limit=_LINKS)[0] if self._clicks_are_kept() else []
            hours = self._hours(len(member.enrolments) + len(own))
            if hours:
                for enrolment in member.enrolments:
                    self._drifts(stats.of_outcomes(partner.id, enrolment.program_id, hours))
                for link in own:
                    self._drifts(stats.of_clicks(link.key, link.program_id, hours))
                self._count("hours of partners' statistics", len(hours))
        return self._through(position, any_left=bool(found))

    def _accompanied(self, member: Member) -> None:
        """Compare a partner's enrolments and tiers of the day with the letters about them."""
        dated: list[tuple[PartnerRow, datetime]] = [(row, row.enrolled_at) for row in member.enrolments]
        dated += [(row, row.created_at) for row in member.changes]
        recent = max(self.begin, self.at - _GREETED_WITHIN)
        told = [message for row, at in dated if recent <= at < self.end for message in expected_of_partner(row, at=at)]
        self._messages(told)

    def _nobody(self) -> bool:
        """Compare some hours of what nobody is credited with, programme by programme."""
        found, position = programs.page(limit=1, position=self.progress.position)
        for program in found:
            hours = self._hours(_NOBODYS_SHARDS)
            for shard in range(_NOBODYS_SHARDS if hours else 0):
                self._drifts(stats.of_outcomes(f"none{shard}", program.id, hours))
        return self._through(position, any_left=bool(found))

    def _hours(self, subjects: int) -> list[str]:
        """
        Return the next hours to look at, of so many subjects; few enough for a step.

        Only hours that are over, grace and all: in a running one, counting is under way.
        """
        first = self.progress.part
        over = [hour for hour in range(first, 24) if self.begin + timedelta(hours=hour + 1) <= self.end]
        taken = over[: max(1, _READS // max(1, subjects))]
        self.progress.part = taken[-1] + 1 if taken else 24
        if len(taken) == len(over):
            self.progress.part = 24
        return [f"{self.day.isoformat()}T{hour:02}" for hour in taken]

    def _through(self, position: Any, *, any_left: bool) -> bool:
        """Go on to the next partner (or programme) once a day of this one was looked at; say whether it was the last."""
        if any_left and self.progress.part < 24:
            return False
        self.progress.part, self.progress.position = 0, position
        return position is None

    def _clicks_are_kept(self) -> bool:
        return self.at - self.begin < timedelta(days=config.click_retention_days())

    def _drifts(self, drifts: Iterable[stats.Drift]) -> None:
        for drift in list(drifts):
            self._differ(
                f"{drift.kind}_miscounted",
                f"{drift.pk} {drift.sk} range {drift.slot}",
                f"stored {drift.stored}, counted {drift.counted}",
                RECOUNT,
                partial(stats.correct, drift, at=self.at),
            )

    def _differ(self, kind: str, subject: str, detail: str, repair: str, mend: Callable[[], Any] | None) -> None:
        repaired = False
        if repair in self.repairs and mend is not None:
            try:
                mend()
                repaired = True
            except Exception as failure:
                # What cannot be put right must not keep the rest from it.
                log.exception("%s %s could not be repaired", kind, subject)
                detail = f"{detail}; the repair failed: {type(failure).__name__}"
        self.found.append(Difference(kind, subject, detail, repair, repaired))

    def _count(self, what: str, number: int) -> None:
        self.progress.checked[what] = self.progress.checked.get(what, 0) + number


def _fulfilments(reward_id: str) -> list[Fulfilment]:
    found = rows.find_all(Fulfilment, [(reward_id, FULFILMENT), (reward_id, REVOCATION)])
    return list(found.values())
