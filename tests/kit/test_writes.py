"""Writes: a lost answer is not a refusal."""

from datetime import UTC, datetime

from chalicelib.kit.dynamo import writes
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
