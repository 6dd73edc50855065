"""The states of an introduction: which may follow which, and that the guide says the same."""

import re
from typing import get_args

import pytest

from chalicelib.introductions import states
from chalicelib.introductions.states import BY_HAND, ENDED, FIRST, MOVES, OPEN, STATES, allowed_from
from tests.running import ROOT


def reachable(state):
    """Return the states that one can come to, however many moves that takes."""
    reached, todo = set(), [state]
    while todo:
        more = MOVES[todo.pop()] - reached
        reached |= more
        todo += more
    return reached


def test_every_state_has_its_moves_and_is_reached_from_a_draft():
    assert MOVES.keys() == BY_HAND.keys() == set(STATES)
    assert reachable("offered") == set(STATES) - {"offered"}


@pytest.mark.parametrize("state", sorted(OPEN))
def test_whatever_is_open_can_end_by_itself_and_be_won_in_the_end(state):
    assert "lapsed" in MOVES[state]
    assert "won" in reachable(state)


@pytest.mark.parametrize("state", sorted(ENDED))
def test_what_ended_is_changed_by_sales_alone(state):
    assert MOVES[state] <= {"won", "lost"}
    assert allowed_from(state) == []


def test_nobody_wins_or_moves_up_by_hand():
    by_hand = {to for moves in BY_HAND.values() for to in moves}

    assert by_hand == {"accepted", "declined", "needs_more", "in_touch", "meeting", "proposal", "lost"}
    assert all(BY_HAND[state] <= MOVES[state] for state in STATES)


def test_nobody_is_first_and_waits_or_did_not_come():
    assert not FIRST & {"offered", "second_in_line", "declined", "lost", "lapsed"}


def test_the_reasons_are_one_list():
    everything = set(get_args(states.Reason))

    assert set(get_args(states.DeclineReason)) | set(get_args(states.LossReason)) <= everything
    assert set(get_args(states.SaleReason)) <= everything


def test_the_guide_has_the_same_moves():
    guide = (ROOT / "docs" / "guides" / "introductions.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \|$", guide.partition("### States")[2], re.MULTILINE)

    by_hand = {state: set(re.findall(r"`(\w+)`", hand)) for state, hand, _ in rows}
    others = {state: set(re.findall(r"`(\w+)`", other)) for state, _, other in rows}

    assert by_hand == {state: set(BY_HAND[state]) for state in STATES}
    assert others == {state: set(MOVES[state] - BY_HAND[state]) for state in STATES}
