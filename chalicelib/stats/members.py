"""
Counts each member of a cohort once: on the first day they appeared, and on their first active day of each month.

Days are closed in their order, and again from a recounted one on. What is noted of a member is the earliest hour of all
that were counted, so the day that has it counts them, and no other one does, in whatever order the days were counted.
"""

from collections.abc import Iterable
from typing import NamedTuple

from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy
from chalicelib.stats.counts import CohortKind
from chalicelib.stats.outcome_table import MONTHS, MemberMonths, member_key

# In place of a month: that they appeared at all.
EVER = ""


class Appearance(NamedTuple):
    """A member of a cohort in a month, or *EVER*; *place* sorts by the hour, and names the owner of the outcome."""

    kind: CohortKind
    member: str
    cohort: str
    month: str
    place: str


def first_appearances(appearances: Iterable[Appearance]) -> list[Appearance]:
    """
    Note the first appearance of each member in each month; return those of them that are among these.

    Idempotent: what was noted as the first is returned again.
    """
    earliest: dict[str, dict[str, Appearance]] = {}
    for one in appearances:
        own = earliest.setdefault(member_key(one.member), {})
        own[one.month] = min(one, own.get(one.month, one), key=lambda each: each.place)
    first = []
    keys = list(earliest)
    for begin in range(0, len(keys), writes.MOST_WRITES):
        several = keys[begin : begin + writes.MOST_WRITES]
        noted = _note({key: {month: one.place for month, one in earliest[key].items()} for key in several})
        first += [one for key in several for month, one in earliest[key].items() if noted[key][month] == one.place]
    return first


def _note(places: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Note the places that are earlier than what is stored; return what is stored then."""
    for _ in writes.attempts():
        stored = {pk: row for (pk, _), row in rows.find_all(MemberMonths, [(key, MONTHS) for key in places]).items()}
        changes, noted = [], {}
        for key, own in places.items():
            before = stored[key].first if key in stored else {}
            after = before | {month: min(place, before.get(month, place)) for month, place in own.items()}
            noted[key] = after
            if after != before:
                same = MemberMonths.first == before if key in stored else MemberMonths.first.does_not_exist()
                changes.append(writes.put_if(MemberMonths(key, MONTHS, first=after), same))
        if not changes or not writes.commit(*changes):
            return noted
    raise Busy("Another run counts the same day; the next one counts it again.")
