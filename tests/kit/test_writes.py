"""Writes: a lost answer is not a refusal."""

from datetime import UTC, datetime

from chalicelib.kit.dynamo import wire, writes
from chalicelib.messages.table import Message

AT = datetime(2026, 3, 10, tzinfo=UTC)


def message(**changes):
    fields = {
        "id": "msg_1",
        "template": "joined",
        "recipient_id": "ptr_1",
        "subject_id": "ref_1",
        "program_id": "prg_1",
    }
    return Message("key", "message", **{**fields, "created_at": AT, **changes})


def test_the_same_row_put_again_is_there_and_another_is_refused(aws):
    assert writes.add_once(message())
    assert writes.add_once(message())
    assert not writes.add_once(message(template="welcome"))


def test_of_several_rows_all_are_written_or_none(aws):
    other = message()
    other.key = "other"
    writes.add_once(message())

    refused = writes.commit(writes.put_new(other), writes.put_new(message(template="welcome")))

    assert [write.row.key for write in refused] == ["key"]
    assert [row.key for row in Message.scan()] == ["key"]


def test_between_two_attempts_there_is_a_pause_and_none_before_the_first_or_after_the_last(monkeypatch):
    happened = []
    monkeypatch.setattr(writes.time, "sleep", lambda seconds: happened.append("pause"))

    happened.extend(writes.attempts(3))

    assert happened == [0, "pause", 1, "pause", 2]


def test_pauses_are_drawn_anew_and_grow_to_a_limit():
    drawn = [[wire.backoff(attempt, first=0.02) for _ in range(50)] for attempt in range(12)]

    assert all(0 <= pause <= min(0.02 * 2**attempt, 1.0) for attempt, pauses in enumerate(drawn) for pause in pauses)
    assert all(len(set(pauses)) == 50 for pauses in drawn)
