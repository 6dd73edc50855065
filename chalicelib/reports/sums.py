"""Sums up what was counted: the rows of a report, and apart from them its totals."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from chalicelib.links import find as links
from chalicelib.partners import find as partners
from chalicelib.reports.dimensions import Fact, Key, Keys, name_of
from chalicelib.reports.query import Request
from chalicelib.stats.counts import Counts
from chalicelib.stats.report import Span


class Sums:
    """The counts of each row so far, and, apart from them, of all that match."""

    def __init__(self, request: Request, span: Span) -> None:
        self.rows: dict[Key, Counts] = defaultdict(Counts)
        self.visitors: dict[Key, int] = defaultdict(int)
        self.total = Counts()
        self.total_visitors = 0
        self.span = span
        self._request = request
        # Of links, as far as they are known.
        self.channels: dict[str, str | None] = {}
        self._categories: dict[str, str] = {}
        self._keys = Keys(request.by, span.calendar, self.channels, self._categories)
        self._expected = {name: value for name, value in request.filters().items() if value is not None}

    def add(self, facts: Sequence[Fact]) -> None:
        """Add what is in the span and matches the filters."""
        if self._request.of_channels:
            self._learn_channels(facts)
        if self._request.of_categories:
            self._learn_categories(facts)
        for fact in facts:
            if self.span.begin <= fact.begun < self.span.end and self._matches(fact):
                matching = fact._replace(counts=self._of_class(fact.counts))
                self.total.add(matching.counts)
                for key, counts in self._keys.cut(matching):
                    self.rows[key].add(counts)

    def add_visitors(self, visitors: Mapping[str, int]) -> None:
        """Add the unique visitors of each UTC day, as if it was the local one."""
        for day, number in visitors.items():
            if self.span.first.isoformat() <= day <= self.span.last.isoformat():
                self.total_visitors += number
                self.visitors[tuple(name_of(one, date.fromisoformat(day)) for one in self._request.by)] += number

    def _learn_channels(self, facts: Sequence[Fact]) -> None:
        unknown = {fact.link for fact in facts if fact.link is not None} - set(self.channels)
        for code_key, link in links.find_by_codes(unknown).items():
            self.channels[code_key] = link.channel

    def _learn_categories(self, facts: Sequence[Fact]) -> None:
        unknown = {fact.partner for fact in facts if fact.partner is not None} - set(self._categories)
        for partner_id, row in partners.find_rows(sorted(unknown)).items():
            self._categories[partner_id] = row.latest_category or row.category

    def _matches(self, fact: Fact) -> bool:
        return all(self._keys.of(name, fact) == value for name, value in self._expected.items())

    def _of_class(self, counts: Counts) -> Counts:
        name = self._request.query.click_class
        return counts if name is None else Counts(**{name: getattr(counts, name)})
