"""What the journal keeps: all that was answered, whole, however the process ended and however the file looks."""

import contextlib
import copy
import dataclasses
import errno
import json
import os
import random
import resource
import shutil
import threading
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from chalicelib.kit import clock
from chalicelib.kit.dynamo.wire import Unreachable
from infra.local import journal as journals
from infra.local import templates
from infra.local.clock import MovableClock
from infra.local.engine import Engine
from infra.local.pump import Pump
from infra.local.wires import EngineWire
from tests.faults.sampling import GATE_SEED
from tests.infra.generated import INDEXES, Calls

STAGE, SENDER = "kept", "hello@go.example"
MESSAGES = f"goodword-{STAGE}-messages"
# Made by `fill`, a snapshot, and `fill` again; so each kind of line is in it.
FORMAT_1 = Path(__file__).parent / "journals" / "1"
HOUR = timedelta(hours=1)
SOURCE = dataclasses.replace(
    next(source for source in templates.event_sources() if source.table == "messages"), filters=[], parallel=1
)


@pytest.fixture
def opened(tmp_path):
    """Open the engine on the folder as another process would, with nothing left of the one before."""
    here = []

    def open_anew():
        close()
        here.append(Engine(stage=STAGE, sender=SENDER, folder=tmp_path))
        return here[0]

    def close():
        for engine in here:
            engine.close()
        here.clear()
        # Buckets are the process's; another process has none.
        Engine(stage=STAGE, sender=SENDER).reset()

    yield open_anew
    close()


def key(name):
    return {"pk": {"S": name}, "sk": {"S": "row"}}


def put(engine, name, n, **more):
    engine.call("PutItem", {"TableName": MESSAGES, "Item": {**key(name), "n": {"N": str(n)}}, **more})


def send(engine, subject):
    content = {"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": "text"}}}}
    email = {"FromEmailAddress": SENDER, "Destination": {"ToAddresses": ["a@mail.example"]}, "Content": content}
    url = "http://ses/v2/email/outbound-emails"
    assert engine.request("sesv2", "POST", url, {}, json.dumps(email).encode())[0] == 200


def store(engine, name):
    assert engine.request("s3", "PUT", f"http://s3/{engine.buckets[0]}/{name}", {}, b"\xff\x00binary")[0] == 200


def numbers(engine):
    return {item["pk"]["S"]: int(item["n"]["N"]) for item in engine.items("messages")}


def without_numbers(records):
    """Return what records tell, without what a stream that is written again tells anew: ids, times, numbers."""
    changes = [(record["eventName"], record["dynamodb"]) for record in records]
    return [(name, change["Keys"], change.get("NewImage")) for name, change in changes]


def everything(engine):
    """Return all there is but the streams, to be compared to the byte."""
    return copy.deepcopy(
        {
            "rows": {table: sorted(map(json.dumps, engine.items(table))) for table in engine._tables},
            "emails": engine.emails(),
            "objects": engine._objects(engine.buckets[0]),
            "kept": engine.durable,
            "clock": MovableClock(engine).lead,
        }
    )


def fill(engine):
    """Do something of each kind, and undo some of it."""
    for n in range(4):
        put(engine, f"row-{n}", n)
    put(engine, "row-1", 100)
    engine.call("DeleteItem", {"TableName": MESSAGES, "Key": key("row-2")})
    engine.forget_records("messages", engine.streams["messages"].end - 2)
    send(engine, "Grüße")
    for name in ("kept", "lost"):
        store(engine, name)
    assert engine.request("s3", "DELETE", f"http://s3/{engine.buckets[0]}/lost", {}, b"")[0] == 204
    MovableClock(engine).set(clock.real() + HOUR)
    engine.keep("somebody has read", engine.streams["messages"].begin)


def snapshot(engine):
    """Have the next call take a snapshot first."""
    engine._journal._snapshot_bytes = 0


def lines(folder):
    return (folder / "journal").read_bytes().splitlines(keepends=True)


@contextlib.contextmanager
def full_disk(most):
    """Have this process write no file beyond so many bytes, as a full disk would: the last write is cut short."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_was_done_is_there_when_the_folder_is_opened_again(opened):
    engine = opened()
    fill(engine)
    before, records = everything(engine), without_numbers(engine.records("messages"))

    again = opened()

    assert everything(again) == before
    assert without_numbers(again.records("messages"))[-2:] == records
    assert numbers(again) == {"row-0": 0, "row-1": 100, "row-3": 3}


@pytest.mark.parametrize(
    "cause",
    [
        lambda engine: put(engine, "new", 1),
        lambda engine: send(engine, "new"),
        lambda engine: store(engine, "new"),
        lambda engine: engine.keep("new", 1),
    ],
    ids=["a row is put", "an email is sent", "an object is stored", "a position is kept"],
)
def test_nothing_is_lost_by_a_snapshot_whoever_comes_when_it_is_due(opened, tmp_path, cause):
    engine = opened()
    fill(engine)
    snapshot(engine)

    cause(engine)

    before, pending = everything(engine), engine.records("messages")
    assert {line.split(b" ")[0] for line in lines(tmp_path)[1:-1]} == {b"row", b"stream", b"object", b"email", b"keep"}
    again = opened()
    assert everything(again) == before
    assert again.streams["messages"].begin == engine.streams["messages"].begin == 4
    assert without_numbers(again.records("messages")) == without_numbers(pending)
    # What stood in the snapshot is the same to the byte: ids, times and sequence numbers too.
    assert again.records("messages")[:2] == pending[:2]


def test_what_a_snapshot_gave_back_gives_the_same_snapshot(opened, tmp_path):
    engine = opened()
    fill(engine)
    snapshot(engine)
    engine.keep("somebody has read", 5)
    taken = lines(tmp_path)[:-2]

    again = opened()
    snapshot(again)
    again.keep("somebody has read", 5)

    assert lines(tmp_path)[:-2] == taken


@pytest.mark.parametrize("snapshots", [0, 5])
def test_whatever_was_called_comes_to_the_same_rows_and_records_when_it_is_read_again(tmp_path, snapshots):
    chance = random.Random(GATE_SEED)
    engine = Engine(stage="local", sender=SENDER, folder=tmp_path)
    calls = Calls(chance)
    due = set(chance.sample(range(500), snapshots))
    for n in range(500):
        operation, parameters = calls.draw()
        if n in due:
            snapshot(engine)
        status, _, answer = engine.answer(operation, json.dumps(parameters).encode())
        calls.heard(operation, parameters, json.loads(answer))
        assert status < 500
    engine.close()

    again = Engine(stage="local", sender=SENDER, folder=tmp_path)
    again.close()

    for table in INDEXES:
        assert again.items(table) == engine.items(table)
        if table in engine.streams:
            assert without_numbers(again.records(table)) == without_numbers(engine.records(table))


@pytest.mark.parametrize("cut", [1, 30, -1], ids=["all but a byte", "half", "one byte"])
def test_a_last_line_that_was_cut_short_is_removed_and_said_and_all_before_it_is_there(opened, tmp_path, caplog, cut):
    engine = opened()
    put(engine, "before", 1)
    size = (tmp_path / "journal").stat().st_size
    put(engine, "cut", 2)
    engine.close()
    end = (tmp_path / "journal").stat().st_size - cut if cut > 0 else size + 1
    os.truncate(tmp_path / "journal", end)

    again = opened()
    put(again, "after", 3)

    assert f"the last line was cut short; its {end - size} bytes are removed" in caplog.text
    assert numbers(again) == {"before": 1, "after": 3}
    assert numbers(opened()) == {"before": 1, "after": 3}


@pytest.mark.parametrize(
    "damaged",
    [
        b"call PutItem {\n",
        b"call PutI\n",
        b"row [half\n",
        b"row 7\n",
        b'stream ["nowhere", 0, []]\n',
        b"\x00\xff\x00\n",
        b"\n",
        b'poem {"roses": "red"}\n',
    ],
    ids=["cut call", "no call", "cut row", "no row", "no stream", "zeros", "nothing", "unknown kind"],
)
def test_a_damaged_line_before_the_last_is_refused_in_a_sentence_and_nothing_is_touched(opened, tmp_path, damaged):
    engine = opened()
    put(engine, "before", 1)
    put(engine, "after", 2)
    engine.close()
    written = lines(tmp_path)
    (tmp_path / "journal").write_bytes(b"".join([*written[:2], damaged, *written[2:]]))

    with pytest.raises(SystemExit, match=r"journal is damaged: line 3 \(.*\) cannot be done again\. "):
        opened()

    assert lines(tmp_path) == [*written[:2], damaged, *written[2:]]
    (tmp_path / "journal").write_bytes(b"".join(written))
    assert numbers(opened()) == {"before": 1, "after": 2}


def test_a_journal_of_format_1_is_read(opened, tmp_path):
    assert {line.split(b" ")[0] for line in lines(FORMAT_1)[1:]} == {
        b"call",
        b"row",
        b"stream",
        b"email",
        b"object",
        b"keep",
    }
    shutil.copy(FORMAT_1 / "journal", tmp_path)

    engine = opened()

    assert numbers(engine) == {"row-0": 0, "row-1": 100, "row-3": 3}
    assert engine.streams["messages"].begin == 4
    assert [name for name, *_ in without_numbers(engine.records("messages"))] == (
        ["MODIFY", "REMOVE", "MODIFY", "INSERT", "MODIFY", "REMOVE"]
    )
    assert [(email["To"], email["Subject"]) for email in engine.emails()] == [(["a@mail.example"], "Grüße")] * 2
    assert [(name, stored["body"]) for name, stored in engine._objects(engine.buckets[0]).items()] == [
        ("kept", b"\xff\x00binary")
    ]
    assert engine._objects(engine.buckets[0])["kept"]["last_modified"].startswith("20")
    assert MovableClock(engine).lead.total_seconds() == pytest.approx(HOUR.total_seconds(), abs=1)
    assert engine.durable["somebody has read"] == 8


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"goodword-journal 2\n", "was written by a later version, in format 2; this reads 1"),
        (b"goodword-journal one\n", "is no journal"),
        (b"something else\n", "is no journal"),
    ],
)
def test_another_format_is_refused_in_a_sentence(opened, tmp_path, header, message):
    (tmp_path / "journal").write_bytes(header)

    with pytest.raises(SystemExit, match=f"journal {message}"):
        opened()

    assert (tmp_path / "journal").read_bytes() == header


def test_what_a_version_without_a_journal_kept_is_refused_in_a_sentence(opened, tmp_path):
    (tmp_path / "engine").mkdir()

    with pytest.raises(SystemExit, match="was kept by a version without a journal, which cannot be read"):
        opened()


def test_a_second_run_on_a_folder_is_refused_in_a_sentence_and_the_first_goes_on(opened, tmp_path):
    engine = opened()

    with pytest.raises(SystemExit, match=f"{tmp_path} is in use by another run"):
        Engine(stage=STAGE, sender=SENDER, folder=tmp_path)

    put(engine, "row", 1)
    assert numbers(opened()) == {"row": 1}


def test_an_end_before_the_first_line_leaves_a_folder_that_can_be_opened(opened, tmp_path):
    (tmp_path / "journal").touch()

    engine = opened()
    put(engine, "row", 1)

    assert numbers(opened()) == {"row": 1}


def test_a_snapshot_that_was_not_finished_is_of_no_account(opened, tmp_path):
    put(opened(), "row", 1)
    (tmp_path / "journal.new").write_bytes(b'goodword-journal 1\nrow ["messages", {"pk"')

    again = opened()
    snapshot(again)
    put(again, "other", 2)

    assert numbers(opened()) == {"row": 1, "other": 2}


@pytest.mark.slow
def test_the_file_does_not_grow_without_bound_under_many_changes_of_one_row(opened, tmp_path, monkeypatch):
    limit = 64 * 1024
    monkeypatch.setattr(journals, "_SMALL", limit)
    engine = opened()
    largest = 0

    for n in range(5_000):
        put(engine, "row", n)
        engine.forget_records("messages", n)
        largest = max(largest, engine._journal._file.tell())

    assert limit < largest < 3 * limit
    assert (tmp_path / "journal").stat().st_size < 3 * limit
    assert numbers(opened()) == {"row": 4_999}


def test_a_body_of_several_lines_is_one_line_of_the_journal(opened):
    engine = opened()
    body = {"TableName": MESSAGES, "Item": {**key("row"), "n": {"N": "1"}, "text": {"S": "one\ntwo"}}}

    engine.send("PutItem", json.dumps(body, indent=2).encode())

    [row] = opened().items("messages")
    assert row["text"] == {"S": "one\ntwo"}


def test_what_a_reset_emptied_is_not_back_in_the_next_run(opened):
    engine = opened()
    fill(engine)

    engine.reset()
    put(engine, "row", 1)

    again = opened()
    assert numbers(again) == {"row": 1}
    assert (again.emails(), again._objects(again.buckets[0]), again.durable) == ([], {}, {})
    assert without_numbers(again.records("messages")) == without_numbers(engine.records("messages"))
    send(again, "to whom it may concern")


def transaction():
    update = {
        "TableName": MESSAGES,
        "Key": key("row"),
        "UpdateExpression": "ADD n :1",
        "ExpressionAttributeValues": {":1": {"N": "1"}},
    }
    return {"ClientRequestToken": "token", "TransactItems": [{"Update": update}]}


def test_a_transaction_sent_again_after_a_snapshot_is_still_one_call(opened):
    engine = opened()
    engine.call("TransactWriteItems", transaction())
    snapshot(engine)

    engine.call("TransactWriteItems", transaction())

    assert numbers(engine) == {"row": 1}
    assert numbers(opened()) == {"row": 1}


def test_a_transaction_sent_again_after_its_token_has_lapsed_is_done_as_often_when_the_journal_is_read(opened):
    from ministack.services import dynamodb

    engine = opened()
    eleven_minutes_later = SimpleNamespace(**{**vars(time), "time": lambda: time.time() + 660})

    engine.call("TransactWriteItems", transaction())
    engine.call("TransactWriteItems", transaction())
    with patch.object(dynamodb, "time", eleven_minutes_later):
        engine.call("TransactWriteItems", transaction())
        engine.call("TransactWriteItems", transaction())

    assert numbers(engine) == {"row": 2}
    assert numbers(opened()) == {"row": 2}


def test_a_write_that_does_not_fit_on_the_disk_fails_and_nothing_is_answered_until_there_is_room(opened, tmp_path):
    engine = opened()
    put(engine, "before", 1)
    room = (tmp_path / "journal").stat().st_size + 20

    with full_disk(room):
        with pytest.raises(OSError, match="bytes could be written"):
            put(engine, "half", 2)
        for ask in (
            lambda: put(engine, "other", 3),
            lambda: engine.call("GetItem", {"TableName": MESSAGES, "Key": key("before")}),
            lambda: engine.request("s3", "GET", f"http://s3/{engine.buckets[0]}/kept", {}, b""),
            lambda: engine.keep("somebody has read", 1),
        ):
            with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
                ask()
    put(engine, "after", 4)

    assert {"before", "after"} <= set(numbers(engine)) <= {"before", "after", "half"}
    assert "other" not in numbers(engine)
    assert numbers(opened()) == numbers(engine)


def test_half_a_line_on_a_full_disk_is_cut_off_if_the_process_ends_there(opened, tmp_path):
    engine = opened()
    put(engine, "before", 1)

    with full_disk((tmp_path / "journal").stat().st_size + 20), pytest.raises(OSError, match="could be written"):
        put(engine, "half", 2)

    assert numbers(opened()) == {"before": 1}


@pytest.mark.parametrize("operation", ["PutItem", "TransactWriteItems"])
def test_the_wire_that_tries_again_does_not_take_an_unwritten_row_for_a_written_one(opened, tmp_path, operation):
    engine = opened()
    new = {"TableName": MESSAGES, "Item": key("row"), "ConditionExpression": "attribute_not_exists(pk)"}

    with full_disk((tmp_path / "journal").stat().st_size), pytest.raises(Unreachable):
        EngineWire(engine).call(operation, {"TransactItems": [{"Put": new}]} if operation.startswith("T") else new)

    assert opened().items("messages") == []


def test_a_snapshot_that_cannot_be_written_fails_nobody_and_the_file_goes_on(opened, caplog):
    engine = opened()
    put(engine, "before", 1)
    snapshot(engine)

    with patch.object(os, "fsync", side_effect=OSError(errno.ENOSPC, "No space left on device")):
        put(engine, "row", 2)
        put(engine, "other", 3)

    assert caplog.text.count("no snapshot could be written") == 1
    assert numbers(opened()) == {"before": 1, "row": 2, "other": 3}


class Reader:
    """A pump of its own, whose function notes the rows it was told of."""

    def __init__(self, engine):
        self.read = []
        self.rested = threading.Event()
        self.pump = Pump(SOURCE, self._note, engine=engine, dead=self._give_up, advanced=self._advance)

    def _note(self, event, _context):
        self.read += [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]

    def _give_up(self, _source, records, error):
        raise AssertionError(f"{len(records)} records were given up on: {error}")

    def _advance(self, pump):
        if pump.is_at_rest:
            self.rested.set()

    def until_at_rest(self):
        self.pump.hurried.set()
        self.pump.start()
        assert self.rested.wait(timeout=10)
        self.pump.stop()
        return self.read


@pytest.mark.parametrize("with_snapshot", [False, True], ids=["from the calls", "from a snapshot"])
def test_what_a_reader_had_read_is_not_read_again_and_what_it_had_not_is(opened, with_snapshot):
    engine = opened()
    put(engine, "one", 1)
    put(engine, "two", 2)
    assert Reader(engine).until_at_rest() == ["one", "two"]
    put(engine, "three", 3)
    if with_snapshot:
        engine.forget_records("messages", 1)
        snapshot(engine)
    put(engine, "four", 4)

    again = opened()

    assert Reader(again).until_at_rest() == ["three", "four"]
    put(again, "five", 5)
    assert Reader(again).until_at_rest() == ["five"]


def test_a_reader_that_is_new_begins_with_what_the_others_have_not_all_read(opened):
    engine = opened()
    for name in ("one", "two", "three"):
        put(engine, name, 1)
    engine.forget_records("messages", 2)
    snapshot(engine)
    engine.keep("somebody has read", 2)

    reader = Reader(opened())

    assert reader.until_at_rest() == ["three"]
    assert reader.pump.position == 3


def test_a_reader_whose_position_could_not_be_written_goes_on_when_it_can(opened, tmp_path, monkeypatch):
    monkeypatch.setattr("infra.local.pump._LONGEST_BACKOFF", 0.01)
    engine = opened()
    put(engine, "one", 1)
    reader = Reader(engine)
    tried = threading.Event()
    keep = engine.keep

    def keep_and_tell(name, value):
        try:
            keep(name, value)
        finally:
            tried.set()

    monkeypatch.setattr(engine, "keep", keep_and_tell)
    with full_disk((tmp_path / "journal").stat().st_size):
        reader.pump.start()
        assert tried.wait(timeout=10)

    assert reader.rested.wait(timeout=10)
    reader.pump.stop()
    assert opened().durable[f"{SOURCE.function} has read"] == 1
