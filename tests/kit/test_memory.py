"""What a warm function remembers: for a while, so much and no more, and the younger half of it."""

from datetime import timedelta

import pytest

from chalicelib.kit import clock
from chalicelib.kit.memory import Memory, forget_everything
from tests.world import NOON


@pytest.fixture
def moment(monkeypatch):
    now = [NOON]
    monkeypatch.setattr(clock, "source", lambda: now[0])
    return now


def remembered(memory, keys):
    return [key for key in keys if memory.peek(key) is not None]


def test_an_answer_is_asked_for_once_and_again_when_it_is_too_old(moment):
    memory, calls = Memory(seconds=10, most=10), []

    for seconds in (0, 9.999, 10, 19.999):
        moment[0] = NOON + timedelta(seconds=seconds)
        memory.get("key", lambda: calls.append(1) or len(calls))

    assert (len(calls), memory.peek("key")) == (2, 2)


def test_no_is_an_answer_and_an_error_is_none(moment):
    memory, calls = Memory(seconds=10, most=10), []

    for _ in range(2):
        assert memory.get("no", lambda: calls.append(1)) is None
        with pytest.raises(ZeroDivisionError):
            memory.get("error", lambda: calls.append(2) or 1 / 0)

    assert calls == [1, 2, 2]


def test_a_clock_that_was_set_back_makes_everything_too_old(moment):
    memory = Memory(seconds=10, most=10)
    memory.keep("key", 1)

    moment[0] = NOON - timedelta(milliseconds=1)

    assert memory.peek("key") is None


def test_a_full_memory_forgets_the_older_half_and_never_holds_more(moment):
    memory = Memory(seconds=10, most=4)
    for key in "abcd":
        memory.keep(key, key)
    memory.keep("a", "kept again")

    memory.keep("e", "e")

    assert remembered(memory, "abcde") == ["a", "d", "e"]
    for number in range(100):
        memory.keep(str(number), number)
        assert len(memory._entries) <= 4
    assert memory.peek("99") == 99


def test_everything_is_forgotten_at_once(moment):
    memory = Memory(seconds=10, most=4)
    memory.keep("a", 1)

    forget_everything()

    assert memory.peek("a") is None
