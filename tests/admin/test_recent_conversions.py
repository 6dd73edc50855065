"""The last conversions of a program are the last ones, however many other events are newer."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.admin.terms import recent_conversions as recent
from chalicelib.events.table import lists_of, position_of
from chalicelib.kit import instants

BEGIN = instants.parse("2026-03-10T12:00:00.000Z")
LISTS = len(lists_of("prg_1"))
MOST_CALLS = LISTS + 6
# Each event is in a list, and is a conversion or not.
EVENTS = st.lists(st.tuples(st.integers(0, LISTS - 1), st.booleans()), max_size=60)


def listed(events):
    """Return the events of each list, newest first."""
    lists = {name: [] for name in lists_of("prg_1")}
    for number, (place, is_conversion) in reversed([*enumerate(events)]):
        at = BEGIN + timedelta(minutes=number)
        kind = "conversion.recorded" if is_conversion else "partner.enrolled"
        one = SimpleNamespace(position=position_of(at, f"evt_{number}"), subject_id=f"cnv_{number}", type=kind)
        lists[list(lists)[place]].append(one)
    return lists


class Pages:
    """Reads a list as one call does: a page of its events, of which those of some types are answered."""

    def __init__(self, events, size):
        self.lists, self.size, self.calls = listed(events), size, 0

    def __call__(self, name, types, *, after, until):
        self.calls += 1
        rows = [one for one in self.lists[name] if after <= one.position <= until]
        page = rows[: self.size]
        return [one for one in page if one.type in types], page[-1].position if len(rows) > self.size else None


def newest(pages, most):
    """Return the ids that are listed, and whether these are said to be all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recent, "newest_of_types", pages)
        rows, of_all = recent.recent_conversions("prg_1", begin=BEGIN, end=BEGIN + timedelta(days=1), most=most)
    return [one.id for one in rows], of_all


@given(events=EVENTS, size=st.integers(2, 9), most=st.integers(1, 20))
def test_those_listed_are_the_newest_there_are_and_it_is_said_whether_they_are_all(events, size, most):
    pages = Pages(events, size)

    ids, of_all = newest(pages, most)

    every = [f"cnv_{number}" for number, (_, is_conversion) in reversed([*enumerate(events)]) if is_conversion]
    assert ids == every[: len(ids)]
    assert len(ids) <= most
    assert pages.calls <= MOST_CALLS
    if of_all:
        assert ids == every
    elif pages.calls < MOST_CALLS:
        assert len(ids) == most


def test_newer_events_of_other_kinds_hide_no_conversion():
    assert newest(Pages([(0, True)] + [(0, False)] * 20, 6), 10) == (["cnv_0"], True)
