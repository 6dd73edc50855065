"""Compares a day's facts with their effects, bounded by time, and repairs differences on request."""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from msgspec import Struct, convert, to_builtins

from chalicelib.conversions.find import received_on
from chalicelib.conversions.table import TEST_SHARD as TEST_RECEIVED
from chalicelib.events.payout_events import events_for_payouts
from chalicelib.events.table import listed, lists_of, position_of
from chalicelib.kit import config, instants, walk
from chalicelib.kit.walk import Deadline
from chalicelib.ledger import find as ledger
from chalicelib.ledger.find import account_states
from chalicelib.ledger.table import TEST_SHARD as TEST_ACCOUNTS
from chalicelib.ledger.table import Entry
from chalicelib.links import find as links
from chalicelib.partners import find as partners
from chalicelib.partners.joining_table import walk_applications
from chalicelib.payouts import find as payouts
from chalicelib.programs import find as programs
from chalicelib.programs.table import DEPLOYMENT, WebhookEndpoint
from chalicelib.reconciliation import deliveries, effects, introductions, sent_emails
from chalicelib.reconciliation.deleted_tests import is_deleted_with_test, staying, without_deleted
from chalicelib.reconciliation.findings import RECOUNT, ComparisonProgress, Findings
from chalicelib.stats import correct as stats

MOST_SECONDS = 8.0
_DAY = timedelta(days=1)
_UNATTRIBUTED_SHARDS = 8
_TOGETHER = 25
_READS = 100
# New ones at the end: a walk that is under way has stored the number of its section.
# Conversions, accounts, partners, nobody, applications, payouts, deliveries, emails, introductions.
_SECTIONS = 9
# As long may an application have waited that was refused on the day.
_MOST_WAITED = timedelta(days=90)
_APPLICATIONS = {"pending": timedelta(), "approved": timedelta(), "refused": _MOST_WAITED}

# Where to resume in a section: in which part of it, and after what. A section yields one when all before it is done.
Place = tuple[int, Any]


class AccountPosition(Struct):
    """The last account that was checked; and in the next one, which entries are left."""

    last: str | None = None
    account: str | None = None
    first: int = 1
    final: int = 0


class ProgramPosition(Struct):
    """Behind which programs a walk of all is; in the next one, in which of its lists, and after what."""

    programs: Any = None
    part: int = 0
    after: Any = None


class Comparison:
    """The comparison of one UTC day. *repairs* are those it makes."""

    def __init__(
        self, day: date, progress: ComparisonProgress, *, repairs: Collection[str], grace: timedelta, at: datetime
    ) -> None:
        self.day = day
        self.progress = progress
        self.at = at
        self.begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
        # The effects of what is younger may still be missing.
        self.end = min(self.begin + _DAY, at - grace)
        self.findings = Findings(progress.checked, repairs=repairs, grace=grace, at=at)
        self.done = False

    def run(self, *, most_seconds: float = MOST_SECONDS) -> None:
        """Compare for some seconds, step by step; a step is a few reads, and never left half done."""
        deadline, progress = Deadline(most_seconds), self.progress
        sections: list[Callable[[int, Any], Iterator[Place]]] = [
            self._conversions,
            self._accounts,
            self._partners,
            self._unattributed,
            self._applications,
            self._payouts,
            self._deliveries,
            partial(sent_emails.walk, self.begin, self.end, self.findings),
            partial(introductions.walk, self.begin, self.end, self.findings),
        ]
        if self.end <= self.begin:  # nothing of the day is old enough
            progress.section = _SECTIONS
        while progress.section < _SECTIONS:
            steps = sections[progress.section](progress.part, progress.position)
            for progress.part, progress.position in steps:
                if deadline.passed or self.findings.durations.is_full:
                    return
            progress.section, progress.part, progress.position = progress.section + 1, 0, None
        self.done = True

    def _conversions(self, part: int, position: Any) -> Iterator[Place]:
        """Check the effects of what was received, shard by shard."""
        for shard in range(part, TEST_RECEIVED + 1):
            read = partial(received_on, self.day, shard, begin=self.begin, end=self.end, limit=_TOGETHER)
            for page, following in walk.steps(read, position=position):
                if page := without_deleted(page):
                    outcomes = effects.check_facts([(one.id, one.sort) for one in page], self.findings)
                    self._uncounted((one.pk.rpartition("#")[0], one.pk.rpartition("#")[2]) for one in outcomes)
                yield (shard, following) if following is not None else (shard + 1, None)
            position = None

    def _accounts(self, part: int, position: Any) -> Iterator[Place]:
        """Compare the day's entries of each account with what they belong to; those of a long one in many steps."""
        at: AccountPosition = convert(position or {}, AccountPosition)
        for shard in range(part, TEST_ACCOUNTS + 1):
            while True:
                if at.account is not None:
                    rest = self._long_account(at.account, at.first, at.final)
                    for at.first in rest:
                        yield shard, to_builtins(at)
                    at = AccountPosition(last=at.account)
                accounts, _ = ledger.accounts(shard, after=at.last, limit=_TOGETHER)
                if not accounts:
                    break
                at = self._short_accounts(accounts)
                yield shard, to_builtins(at)
            at = AccountPosition()
            yield shard + 1, None

    def _long_account(self, account: str, first: int, final: int) -> Iterator[int]:
        """Compare an account's entries from one to another; yields which is next."""
        owner_id, _, currency = account.partition("#")
        while first <= final:
            last = min(first + _TOGETHER - 1, final)
            entries, _ = ledger.page(owner_id, currency, limit=_TOGETHER, first=first, last=last)
            self._entered(entries)
            first = last + 1
            yield first

    def _short_accounts(self, accounts: list[str]) -> AccountPosition:
        """Compare short accounts with one query each, up to a long one, which is begun; return where to resume."""
        begin, states = instants.text(self.begin), account_states(accounts)
        entries: list[Entry] = []
        at = AccountPosition(last=accounts[-1])
        # Most accounts have not moved since: one read of their heads passes over them.
        for account in (account for account in accounts if states[account].at >= begin):
            if states[account].seq > _TOGETHER:
                at = self._begin(account, last=states[account].seq)
                break
            owner_id, _, currency = account.partition("#")
            page, _ = ledger.page(owner_id, currency, limit=_TOGETHER, last=states[account].seq)
            entries += [entry for entry in page if self.begin <= entry.at < self.end]
        if entries:
            self._entered(entries)
        return at

    def _begin(self, account: str, *, last: int) -> AccountPosition:
        first = ledger.seq_before(account, self.begin, last=last) + 1
        return AccountPosition(None, account, first, ledger.seq_before(account, self.end, last=last))

    def _entered(self, entries: list[Entry]) -> None:
        gone = {one for one in {entry.owner_id for entry in entries} if is_deleted_with_test(one)}
        refused = effects.check_entries([one for one in entries if one.owner_id not in gone], self.findings)
        self._uncounted((subject, instants.hour_of(moment)) for subject, moment in refused)

    def _partners(self, part: int, position: Any) -> Iterator[Place]:
        """Compare each partner's links with their events, and their statistics with the clicks and outcomes counted."""
        for page, following in walk.steps(partial(partners.walk_every_mode, limit=1), position=position):
            for partner in staying(page):
                profile = partners.find(partner.id)
                own = links.list_all(partner.id)
                if part == 0:
                    effects.check_partner(profile, own, self.findings, begin=self.begin, end=self.end)
                own = own if self._clicks_are_kept() else []
                for hours, next_hour in self._hours(part, subjects=1 + len(own)):
                    for enrollment in profile.enrollments:
                        self._drifts(stats.compare_outcomes(partner.id, enrollment.program_id, hours))
                    for link in own:
                        # A link has no clicks before it was made.
                        since = instants.hour_of(link.created_at)
                        there = [hour for hour in hours if hour >= since]
                        self._drifts(
                            stats.compare_clicks(link.key, link.program_id, partner.id, there) if there else ()
                        )
                    self.findings.count("hours of partners' statistics", len(hours))
                    if next_hour is not None:
                        yield next_hour, position
            part, position = 0, following
            if following is not None:
                yield 0, following

    def _unattributed(self, part: int, position: Any) -> Iterator[Place]:
        """Compare the counts of conversions without a partner, program by program."""
        for page, following in walk.steps(partial(programs.walk_every_mode, limit=1), position=position):
            for program in page:
                for hours, next_hour in self._hours(part, subjects=_UNATTRIBUTED_SHARDS):
                    for shard in range(_UNATTRIBUTED_SHARDS):
                        self._drifts(stats.compare_outcomes(f"none{shard}", program.id, hours))
                    if next_hour is not None:
                        yield next_hour, position
            part, position = 0, following
            if following is not None:
                yield 0, following

    def _applications(self, _part: int, position: Any) -> Iterator[Place]:
        """Compare applications, program by program, with their events."""
        at = convert(position or {}, ProgramPosition)
        for page, following in walk.steps(partial(programs.walk_every_mode, limit=1), position=at.programs):
            for program in page:
                for number, (status, waited) in list(enumerate(_APPLICATIONS.items()))[at.part :]:
                    read = partial(
                        walk_applications,
                        program.id,
                        status,
                        begin=self.begin - waited,
                        end=self.end,
                        limit=_TOGETHER,
                    )
                    for some, rest in walk.steps(read, position=at.after):
                        effects.check_applications(some, self.findings, begin=self.begin, end=self.end)
                        if rest is not None:
                            yield 0, to_builtins(ProgramPosition(at.programs, number, rest))
                    at = ProgramPosition(at.programs, number + 1)
            at = ProgramPosition(following)
            if following is not None:
                yield 0, to_builtins(at)

    def _payouts(self, _part: int, position: Any) -> Iterator[Place]:
        """Compare all payouts with their events of the day."""
        for page, following in walk.steps(partial(payouts.walk_page, limit=_TOGETHER), position=position):
            effects.check_events(events_for_payouts(page), self.findings, begin=self.begin, end=self.end)
            if following is not None:
                yield 0, following

    def _deliveries(self, part: int, position: Any) -> Iterator[Place]:
        """Compare what was written on the day with what endpoints were sent: program by program, and of no program."""
        at, of_all = convert(position or {}, ProgramPosition), deliveries.find_called(DEPLOYMENT)
        if part == 0:
            for page, following in walk.steps(partial(programs.walk_every_mode, limit=1), position=at.programs):
                for program in page:
                    called = [*deliveries.find_called(program.id), *of_all]
                    for place in self._written(program.id, called, at):
                        yield 0, to_builtins(place)
                at = ProgramPosition(following)
                if following is not None:
                    yield 0, to_builtins(at)
            yield 1, None
        for place in self._written(None, of_all, at):
            yield 1, to_builtins(place)

    def _written(
        self, program_id: str | None, called: list[WebhookEndpoint], at: ProgramPosition
    ) -> Iterator[ProgramPosition]:
        """Compare the events of a program's lists, from a position on, if anybody is called; yields where to resume."""
        lists = lists_of(program_id) if called else []
        after, until = at.after, position_of(self.end)
        for number in range(at.part, len(lists)):
            page = listed(
                "program", lists[number], after=after or position_of(self.begin), until=until, limit=_TOGETHER
            )
            deliveries.check_deliveries(page, called, self.findings)
            while len(page) == _TOGETHER:
                after = page[-1].position
                yield ProgramPosition(at.programs, number, after)
                page = listed("program", lists[number], after=after, until=until, limit=_TOGETHER)
                deliveries.check_deliveries(page, called, self.findings)
            after = None

    def _hours(self, first: int, *, subjects: int) -> Iterator[tuple[list[str], int | None]]:
        """
        Yield the hours from one on, for so many subjects few enough for a step; and the next hour, None after the last.

        Only hours that are over, grace and all: in a running one, counting is under way.
        """
        over = [hour for hour in range(first, 24) if self.begin + timedelta(hours=hour + 1) <= self.end]
        together = max(1, _READS // subjects)
        for place in range(0, len(over), together):
            hours = [f"{self.day.isoformat()}T{hour:02}" for hour in over[place : place + together]]
            yield hours, over[place + together] if place + together < len(over) else None

    def _clicks_are_kept(self) -> bool:
        return self.at - self.begin < timedelta(days=config.click_retention_days())

    def _uncounted(self, hours: Iterable[tuple[str, str]]) -> None:
        """Compare hours in which something was decided or refused, as nothing may be stored of them."""
        over = instants.hour_of(self.end)
        self._drifts(stats.compare_uncounted((subject, hour) for subject, hour in hours if hour < over))

    def _drifts(self, drifts: Iterable[stats.Drift]) -> None:
        """Report ranges whose stored counts differ from a recount."""
        for drift in list(drifts):
            self.findings.differ(
                f"{drift.kind}_miscounted",
                f"{drift.pk} {drift.sk} range {drift.slot}",
                drift.detail,
                RECOUNT,
                partial(stats.correct, drift, at=self.at),
            )
