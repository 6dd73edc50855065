"""Writes: a lost answer is not a refusal."""

from datetime import UTC, datetime

from chalicelib.kit.dynamo import wire, writes
from chalicelib.outbox.table import Message

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

    refused = writes.commit(writes.insert(other), writes.insert(message(template="welcome")))

    assert [write.row.key for write in refused] == ["key"]
    assert [row.key for row in Message.scan()] == ["key"]


def changed(row, condition, *, upsert=False):
    write = (writes.upsert_if if upsert else writes.update_if)(
        row, Message.template.set("changed"), condition=condition
    )
    return not writes.commit(write)


def test_a_row_is_put_in_the_place_of_another_only_if_the_condition_holds_of_that(aws):
    absent = Message.template.does_not_exist()

    assert not writes.commit(writes.put_if(message(), absent | (Message.template == "joined")))
    assert writes.commit(writes.put_if(message(template="welcome"), absent))
    assert not writes.commit(writes.put_if(message(template="welcome"), Message.template == "joined"))
    assert [row.template for row in Message.scan()] == ["welcome"]


def test_a_row_that_is_not_there_is_made_by_an_upsert_and_by_no_update(aws):
    absent, there = Message.template.does_not_exist(), Message.template.exists()

    assert not changed(message(), absent)
    assert not changed(message(), there, upsert=True)
    assert changed(message(), absent, upsert=True)
    assert not changed(message(), absent, upsert=True)
    assert changed(message(), there)
    assert [row.template for row in Message.scan()] == ["changed"]


def test_between_two_attempts_there_is_a_pause_and_none_before_the_first_or_after_the_last(monkeypatch):
    happened = []
    monkeypatch.setattr(writes.time, "sleep", lambda seconds: happened.append("pause"))

    happened.extend(writes.attempts(3))

    assert happened == [0, "pause", 1, "pause", 2]


def test_pauses_are_drawn_anew_and_grow_to_a_limit():
    drawn = [[wire.backoff(attempt, first=0.02) for _ in range(50)] for attempt in range(12)]

    assert all(0 <= pause <= min(0.02 * 2**attempt, 1.0) for attempt, pauses in enumerate(drawn) for pause in pauses)
    assert all(len(set(pauses)) == 50 for pauses in drawn)
