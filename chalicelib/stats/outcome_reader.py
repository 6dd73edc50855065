"""Reads the outcomes of hours, and their decisions; a few are kept, since a day's closing counts them in two ways."""

from collections.abc import Iterable
from itertools import chain, islice

from chalicelib.rewards.find import decisions_of
from chalicelib.rewards.table import Decision, Outcome
from chalicelib.stats.table import partner_subject

# Of each kind, so many rows are kept.
_MOST = 1000


class OutcomeReader:
    """Reads outcomes of a program for one stretch of its partners."""

    def __init__(self, program_id: str) -> None:
        self._program_id = program_id
        self._outcomes: dict[str, list[Outcome]] = {}
        self._number = 0
        self._decisions: dict[str, Decision] = {}

    def of_hour(self, owner: str, hour: str) -> Iterable[Outcome]:
        """Return the outcomes of an owner in an hour, in order: to be gone through once, since many are not kept."""
        partition = f"{partner_subject(owner, self._program_id)}#{hour}"
        if partition in self._outcomes:
            return self._outcomes[partition]
        rest = Outcome.query(partition, consistent_read=True)
        begin: list[Outcome] = list(islice(rest, _MOST - self._number + 1))
        if self._number + len(begin) > _MOST:
            return chain(begin, rest)
        self._number += len(begin)
        self._outcomes[partition] = begin
        return begin

    def decisions(self, identifiers: Iterable[str]) -> dict[str, Decision]:
        """Return those decisions that there are, as `rewards.find.decisions_of` does."""
        names = list(identifiers)
        read = decisions_of(one for one in names if one not in self._decisions)
        decisions = {one: row for one in names if (row := self._decisions.get(one) or read.get(one)) is not None}
        if len(self._decisions) + len(read) <= _MOST:
            self._decisions |= read
        return decisions
