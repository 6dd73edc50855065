"""Charts: what is drawn stands for what was counted."""

import pytest

from chalicelib.admin import charts


def test_bars_are_as_high_as_their_days_and_days_without_anything_have_none():
    drawn = charts.days("Clicks", [("01", 0), ("02", 50), ("03", 100)], total="150")

    assert [bar.name for bar in drawn.bars] == ["02", "03"]
    assert drawn.bars[1].height == 2 * drawn.bars[0].height
    assert drawn.bars[0].y + drawn.bars[0].height == drawn.bars[1].y + drawn.bars[1].height
    assert (drawn.first, drawn.last, drawn.most) == ("01", "03", 100)


def test_a_little_can_be_seen_beside_a_lot():
    assert min(bar.height for bar in charts.days("x", [("01", 1), ("02", 10**6)], total="").bars) >= 1.5


@pytest.mark.parametrize("values", [[], [("01", 0)]], ids=["no days", "nothing on any day"])
def test_nothing_has_no_bars(values):
    assert charts.days("x", values, total="0").bars == []


def test_a_funnel_says_which_part_of_the_step_before_came_so_far():
    steps = charts.funnel([("Clicks", 300), ("Sign-ups", 100), ("Customers", 1)])

    assert [step.rate for step in steps] == ["", "33.3 %", "1.0 %"]
    assert steps[0].width == 3 * steps[1].width
    assert steps[2].width > 0


def test_a_funnel_of_nothing_divides_by_nothing():
    assert [(step.width, step.rate) for step in charts.funnel([("a", 0), ("b", 0)])] == [(0.0, ""), (0.0, "")]
