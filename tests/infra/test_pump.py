"""The pump: batches, filters, bisecting and giving up, as Lambda's event source mappings do."""

import dataclasses
import threading

import pytest

from infra.local import pump, templates
from tests.faults.line import PREFIX, new_engine

SOURCE = dataclasses.replace(templates.event_sources()[0], retries=2, filters=[])


def records(*numbers):
    return [{"dynamodb": {"SequenceNumber": str(number), "Keys": {"pk": {"S": str(number)}}}} for number in numbers]


def numbers(batch):
    return [int(record["dynamodb"]["SequenceNumber"]) for record in batch]


def run(function, source=SOURCE, count=8):
    calls, dead = [], []

    def handle(event, _context):
        calls.append(numbers(event["Records"]))
        return function(calls[-1])

    pump.deliver(
        source, records(*range(count)), handle, dead=lambda _, lost, __: dead.append(numbers(lost)), wait=lambda _: None
    )
    return calls, dead


def failures(*bad):
    return {"batchItemFailures": [{"itemIdentifier": str(number)} for number in bad]}


def test_what_went_well_is_delivered_once():
    assert run(lambda batch: failures()) == ([[0, 1, 2, 3, 4, 5, 6, 7]], [])


def test_after_a_partial_failure_delivery_goes_on_at_the_first_failed_record():
    answers = iter([failures(5, 3), failures()])

    assert run(lambda batch: next(answers)) == ([[0, 1, 2, 3, 4, 5, 6, 7], [3, 4, 5, 6, 7]], [])


def test_a_record_that_always_fails_is_cut_out_and_kept_and_the_rest_goes_on():
    done = set()

    def function(batch):
        done.update(set(batch) - {4})
        return failures(*({4} & set(batch)))

    _, dead = run(function)

    assert dead == [[4]]
    assert done == {0, 1, 2, 3, 5, 6, 7}


def test_a_batch_that_raises_is_halved_until_the_bad_record_stands_alone():
    def function(batch):
        if 4 in batch:
            raise RuntimeError("poison")

    _, dead = run(function)

    assert dead == [[4]]


def test_an_answer_that_names_no_record_of_the_batch_fails_it_whole():
    calls, dead = run(lambda batch: failures(99), dataclasses.replace(SOURCE, bisect=False), count=2)

    assert dead == [[0, 1]]
    assert calls == [[0, 1]] * 3


def test_filters_pass_what_they_name():
    filters = [{"eventName": ["INSERT"], "dynamodb": {"NewImage": {"row": {"S": ["entry"]}}}}]
    entry = {"eventName": "INSERT", "dynamodb": {"NewImage": {"row": {"S": "entry"}}}}

    assert pump.matches(entry, filters)
    assert not pump.matches(entry | {"eventName": "MODIFY"}, filters)
    assert not pump.matches({"eventName": "INSERT", "dynamodb": {}}, filters)
    assert pump.matches(entry, [])


def test_a_filter_the_pump_does_not_know_is_said_aloud():
    with pytest.raises(NotImplementedError, match="prefix"):
        pump.matches({"eventName": "INSERT"}, [{"eventName": [{"prefix": "I"}]}])


class Listening:
    """A pump on an engine of its own that takes rows of one kind, and waits when it is yielded."""

    def __init__(self):
        self.engine = new_engine()
        filters = [{"dynamodb": {"NewImage": {"kind": {"S": ["taken"]}}}}]
        self.source = dataclasses.replace(
            templates.event_sources()[0], filters=filters, batch_size=4, parallel=1, window_seconds=0
        )
        self.delivered, self.advanced = [], threading.Condition()
        self.pump = pump.Pump(self.source, self._take, engine=self.engine, dead=self._fail, advanced=self._advance)
        self.engine.listeners.append(lambda table, _: self.pump.poke() if table == self.source.table else None)
        self.pump.start()

    def _take(self, event, _context):
        self.delivered += [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]

    def _fail(self, *_):
        raise AssertionError("given up on")

    def _advance(self, _pump):
        with self.advanced:
            self.advanced.notify_all()

    def put(self, name, kind):
        item = {"pk": {"S": name}, "sk": {"S": "row"}, "kind": {"S": kind}}
        self.engine.call("PutItem", {"TableName": f"{PREFIX}{self.source.table}", "Item": item})

    def until(self, holds):
        with self.advanced:
            assert self.advanced.wait_for(holds, timeout=10)


@pytest.fixture
def listening():
    one = Listening()
    one.put("first", "taken")
    one.until(lambda: one.delivered == ["first"] and one.pump.is_at_rest)
    yield one
    one.pump.stop()
    one.engine.close()


def test_what_no_filter_lets_through_is_done_with_and_what_comes_after_it_is_delivered(listening):
    for number in range(9):
        listening.put(f"left {number}", "left")
        if number % 3 == 2:
            listening.put(f"taken {number}", "taken")
    listening.until(lambda: listening.pump.is_at_rest)

    assert listening.delivered == ["first", "taken 2", "taken 5", "taken 8"]
    listening.put("left at the end", "left")
    listening.until(lambda: listening.pump.is_at_rest)
    assert listening.engine.streams[listening.source.table].end == 14


def test_what_no_filter_lets_through_wakes_nobody_who_waits(listening):
    while not listening.pump._waits:
        listening.put("more", "taken")
        listening.until(lambda: listening.pump.is_at_rest)
    woken = []
    listening.pump.poked.set = lambda: woken.append(True)

    for number in range(3):
        listening.put(f"left {number}", "left")
        assert listening.pump.is_at_rest
    assert woken == []
    listening.put("taken", "taken")
    assert woken == [True]
    del listening.pump.poked.set
    listening.pump.poked.set()
    listening.until(lambda: listening.delivered[-1] == "taken")
