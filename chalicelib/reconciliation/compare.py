"""Compares a day's facts with their consequences, some seconds at a time, and repairs what differs on request."""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from msgspec import Struct, convert, to_builtins

from chalicelib.conversions.find import received_on
from chalicelib.conversions.table import RECEIVED_SHARDS
from chalicelib.kit import config, instants
from chalicelib.kit.walk import Deadline
from chalicelib.ledger import find as ledger
from chalicelib.ledger.append import standings
from chalicelib.ledger.table import SHARDS, Entry
from chalicelib.links import find as links
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.reconciliation import follow
from chalicelib.reconciliation.findings import RECOUNT, Findings
from chalicelib.stats import correct as stats

MOST_SECONDS = 8.0
_DAY = timedelta(days=1)
_NOBODYS_SHARDS = 8
_LINKS = 100
_TOGETHER = 25
_READS = 100
SECTIONS = ("conversions", "accounts", "partners", "nobody")


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
        self.at = at
        self.begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
        # What is younger may still be on its way.
        self.end = min(self.begin + _DAY, at - grace)
        self.findings = Findings(progress.checked, repairs=repairs, grace=grace, at=at)
        self.done = False

    def go_on(self, *, most_seconds: float = MOST_SECONDS) -> None:
        """Walk on for some seconds, step by step; a step is a few reads, and never left half done."""
        deadline = Deadline(most_seconds)
        steps: list[Callable[[], bool]] = [self._conversions, self._accounts, self._partners, self._nobody]
        if self.end <= self.begin:
            # Nothing of the day is old enough to be looked at.
            self.progress.section = len(SECTIONS)
        while self.progress.section < len(SECTIONS):
            if steps[self.progress.section]():
                self.progress.section, self.progress.part, self.progress.position = self.progress.section + 1, 0, None
            if deadline.passed:
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
            outcomes = follow.received([(one.id, one.sort) for one in listed], self.findings)
            self._uncounted((one.pk.rpartition("#")[0], one.pk.rpartition("#")[2]) for one in outcomes)
        self.progress.part += self.progress.position is None
        return self.progress.part == RECEIVED_SHARDS

    def _accounts(self) -> bool:
        """Compare the day's entries of some accounts, or some of those of a long one, with what they belong to."""
        at: AccountPosition = convert(self.progress.position or {}, AccountPosition)
        if at.account is None:
            return self._next_accounts(at.last)
        owner_id, _, currency = at.account.partition("#")
        until = min(at.first + _TOGETHER - 1, at.final)
        if at.first <= until:
            entries, _ = ledger.page(owner_id, currency, limit=_TOGETHER, first=at.first, last=until)
            self._entered(entries)
        at.first = until + 1
        if at.first > at.final:
            at = AccountPosition(last=at.account)
        self.progress.position = to_builtins(at)
        return False

    def _next_accounts(self, last: str | None) -> bool:
        """Compare short accounts with one query each, up to a long one, which is begun; say whether there are no more."""
        accounts, _ = ledger.accounts(self.progress.part, after=last, limit=_TOGETHER)
        if not accounts:
            self.progress.part, self.progress.position = self.progress.part + 1, None
            return self.progress.part == SHARDS
        begin, standing = instants.text(self.begin), standings(accounts)
        entries: list[Entry] = []
        at = AccountPosition(last=accounts[-1])
        # Most accounts have not moved since: one look at all of them passes them over.
        for account in (account for account in accounts if standing[account].at >= begin):
            if standing[account].seq > _TOGETHER:
                at = self._begun(account, last=standing[account].seq)
                break
            owner_id, _, currency = account.partition("#")
            page, _ = ledger.page(owner_id, currency, limit=_TOGETHER, last=standing[account].seq)
            entries += [entry for entry in page if self.begin <= entry.at < self.end]
        if entries:
            self._entered(entries)
        self.progress.position = to_builtins(at)
        return False

    def _begun(self, account: str, *, last: int) -> AccountPosition:
        first = ledger.seq_before(account, self.begin, last=last) + 1
        return AccountPosition(None, account, first, ledger.seq_before(account, self.end, last=last))

    def _entered(self, entries: list[Entry]) -> None:
        refused = follow.entered(entries, self.findings)
        self._uncounted((subject, instants.hour_of(moment)) for subject, moment in refused)

    def _partners(self) -> bool:
        """Compare some hours of a partner's statistics with the clicks and outcomes they count."""
        found, position = partners.page(limit=1, position=self.progress.position)
        for partner in found:
            member = partners.find(partner.id)
            if self.progress.part == 0:
                follow.accompanied(member, self.findings, begin=self.begin, end=self.end)
            own = links.page(partner.id, limit=_LINKS)[0] if self._clicks_are_kept() else []
            hours = self._hours(1 + len(own))
            if hours:
                for enrollment in member.enrollments:
                    self._drifts(stats.of_outcomes(partner.id, enrollment.program_id, hours))
                for link in own:
                    # Nobody follows a link that is not there yet.
                    since = instants.hour_of(link.created_at)
                    there = [hour for hour in hours if hour >= since]
                    self._drifts(stats.of_clicks(link.key, link.program_id, there) if there else ())
                self.findings.count("hours of partners' statistics", len(hours))
        return self._through(position, any_left=bool(found))

    def _nobody(self) -> bool:
        """Compare some hours of what nobody is credited with, program by program."""
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
        """Go on to the next partner (or program) once a day of this one was looked at; say whether it was the last."""
        if any_left and self.progress.part < 24:
            return False
        self.progress.part, self.progress.position = 0, position
        return position is None

    def _clicks_are_kept(self) -> bool:
        return self.at - self.begin < timedelta(days=config.click_retention_days())

    def _uncounted(self, hours: Iterable[tuple[str, str]]) -> None:
        """Compare hours in which something was decided or refused, and of which perhaps nothing is stored."""
        over = instants.hour_of(self.end)
        self._drifts(stats.of_uncounted((subject, hour) for subject, hour in hours if hour < over))

    def _drifts(self, drifts: Iterable[stats.Drift]) -> None:
        """Note statistics that are not what a new count says."""
        for drift in list(drifts):
            self.findings.differ(
                f"{drift.kind}_miscounted",
                f"{drift.pk} {drift.sk} range {drift.slot}",
                drift.detail,
                RECOUNT,
                partial(stats.correct, drift, at=self.at),
            )
