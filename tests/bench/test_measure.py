"""How it is measured, and how it is told."""

import itertools
import math

import pytest

from bench import lines, measure
from bench.lines import Line, Table

pytestmark = pytest.mark.bench


@pytest.fixture
def clock(monkeypatch):
    """A processor whose seconds are spent by the work itself."""
    state = {"now": 0.0}
    monkeypatch.setattr(measure.time, "process_time", lambda: state["now"])

    def work(seconds):
        def spend():
            state["now"] += seconds() if callable(seconds) else seconds

        return spend

    return work


def test_a_ratio_is_the_median_of_all_rounds_with_its_extremes(clock):
    mine = iter([1.0, *[2.0, 1.0, 3.0, 9.0, 2.0]])

    ratio = measure.ratio(clock(lambda: next(mine)), clock(2.0), rounds=5)

    assert (ratio.median, ratio.least, ratio.most) == (1.0, 0.5, 4.5)
    assert (ratio.ours, ratio.theirs) == (2.0, 2.0)


def test_the_first_turn_warms_up_and_is_not_counted(clock):
    mine = itertools.chain([1000.0], itertools.repeat(1.0))

    assert measure.ratio(clock(lambda: next(mine)), clock(1.0), rounds=5).most == 1.0


def test_turns_alternate_and_so_does_who_begins():
    order = []

    def spend(name):
        order.append(name)
        math.factorial(2000)

    measure.ratio(lambda: spend("ours"), lambda: spend("theirs"), rounds=5)

    turns = [tuple(order[n : n + 2]) for n in range(2, len(order), 2)]
    assert [set(turn) for turn in turns] == [{"ours", "theirs"}] * 5
    assert {turn[0] for turn in turns} == {"ours", "theirs"}


def test_fewer_than_five_rounds_are_refused():
    with pytest.raises(AssertionError, match="spread"):
        measure.ratio(lambda: None, lambda: None, rounds=4)


def test_cpu_time_is_this_process_own_and_not_waiting(clock):
    assert measure.cpu(clock(0.5), calls=4) == 0.5


@pytest.mark.parametrize(
    ("line", "met"),
    [
        (Line("a", "b", 0.35, 0.35), True),
        (Line("a", "b", 0.36, 0.35), False),
        (Line("a", "b", 300, 300, at_least=True), True),
        (Line("a", "b", 299, 300, at_least=True), False),
        (Line("a", "b", 1, None), None),
    ],
)
def test_a_line_says_whether_its_goal_is_met(line, met):
    assert line.met is met
    assert line.cells()[-1] == {True: "yes", False: "NO", None: "–"}[met]


def test_a_table_is_written_for_a_terminal_and_as_markdown():
    table = Table("t", ("what", "n"), [["clicks", "1"], ["a|b", "22"]])

    assert lines.plain(table.header, table.rows).splitlines() == ["what    n", "clicks  1", "a|b     22"]
    assert lines.markdown(table.header, table.rows).splitlines()[-1] == "| a\\|b | 22 |"
