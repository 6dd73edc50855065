"""The life of a message: one table of transitions, drawn beside it, and nothing that writes a status beside it."""

import ast

import pytest

from chalicelib.outbox import message
from chalicelib.outbox.message import (
    DIGESTED,
    FAILED,
    LISTED_SHARDS,
    LISTS,
    PENDING,
    SCHEDULED,
    SENDING,
    SENT,
    SKIPPED,
    TRANSITIONS,
    shard_of,
)
from tests.running import ROOT

STATUSES = {PENDING, SENDING, SENT, SKIPPED, FAILED, SCHEDULED, DIGESTED}


def test_every_status_and_every_transition_is_in_the_drawing():
    assert [status for status in STATUSES if status not in message.__doc__] == []
    assert [event for event in TRANSITIONS if event not in message.__doc__] == []


def test_what_was_sent_or_is_told_by_a_digest_never_changes_again():
    left = {source for transition in TRANSITIONS.values() for source in transition.sources}

    assert STATUSES - left == {SENT, DIGESTED}


def test_every_status_a_message_does_not_begin_with_is_reached():
    assert {transition.target for transition in TRANSITIONS.values()} == STATUSES - {SCHEDULED}


@pytest.mark.parametrize("event", TRANSITIONS)
def test_a_message_is_in_a_list_of_its_status_after_every_transition(event):
    sources, target, listed_in = TRANSITIONS[event]

    assert set(LISTS) == STATUSES
    if listed_in is None:
        # It stays in its list, which is one of both.
        assert all(LISTS[source] == LISTS[target] for source in sources)
    else:
        assert listed_in in LISTS[target]


def test_only_a_sender_that_has_a_message_says_how_its_delivery_ended():
    for event in ("release", "send", "digest", "skip", "fail", "back_off"):
        assert TRANSITIONS[event].sources == {SENDING}


@pytest.mark.slow
def test_nothing_writes_a_status_beside_the_table_of_transitions():
    writers = set()
    for file in (ROOT / "chalicelib").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "Message.status.set":
                writers.add(file.relative_to(ROOT / "chalicelib").as_posix())

    assert writers == {"outbox/table.py"}


def test_every_shard_of_a_list_can_be_reached():
    assert len({shard_of(f"msg_{n}", "open", test=False) for n in range(100)}) == LISTED_SHARDS
