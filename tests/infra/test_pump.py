"""The pump: batches, filters, bisecting and giving up, as Lambda's event source mappings do."""

import dataclasses

import pytest

from infra.local import pump, templates

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
