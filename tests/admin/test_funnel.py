"""The funnel: rates stand for what was counted."""

import pytest

from chalicelib.admin.programs import funnel


def test_a_step_says_which_part_of_the_step_before_came_so_far():
    steps = funnel.steps([("Clicks", 300), ("Sign-ups", 100), ("Customers", 1)])

    assert [(step.name, step.number) for step in steps] == [("Clicks", 300), ("Sign-ups", 100), ("Customers", 1)]
    assert [step.rate for step in steps] == ["", "33.3%", "1.0%"]


@pytest.mark.parametrize(
    ("part", "whole", "rate"),
    [
        pytest.param(1, 8, "12.5%", id="what fits is exact"),
        pytest.param(2, 3, "66.7%", id="more than half is rounded up"),
        pytest.param(1, 2000, "0.1%", id="so is half"),
        pytest.param(4, 3, "133.3%", id="more may come than came before"),
    ],
)
def test_a_rate_has_one_place(part, whole, rate):
    assert funnel.steps([("a", whole), ("b", part)])[1].rate == rate


def test_nothing_is_no_part_of_nothing():
    assert [step.rate for step in funnel.steps([("a", 0), ("b", 0), ("c", 2)])] == ["", "", ""]


def test_a_funnel_without_steps_is_one():
    assert funnel.steps([]) == []
