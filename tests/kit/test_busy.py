"""DynamoDB out of reach, or throttling: the answer is 503 and says when to come again; the same call then succeeds."""

from dataclasses import dataclass

import pytest

from chalicelib.kit.dynamo import wire
from tests.faults.line import Fault, Refused


@dataclass
class Away(Fault):
    """Nothing answers, whatever is tried."""

    def before(self, n, operation, parameters):
        raise ConnectionRefusedError("nobody is there")


def of_dynamodb(code, reason="", operation="TransactWriteItems"):
    reasons = [{"Code": "None"}, {"Code": reason}] if reason else []
    return wire.Declined(operation, {"Error": {"Code": code, "Message": ""}, "CancellationReasons": reasons})


PASSING = {
    "throttled": Refused(at=0, code="ThrottlingException", tries=100),
    "too much for one partition": Refused(at=0, code="ProvisionedThroughputExceededException", tries=100),
    "broken inside": Refused(at=0, code="InternalServerError", tries=100),
    "others are always faster": Refused(at=0, code="TransactionCanceledException", tries=1000),
    "out of reach": Away(),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_the_api_answers_503_and_the_same_call_succeeds_once_it_has_passed(shop, fault):
    body = {"name": "Ada", "email": "ada@mail.example"}

    shop.line.calls.clear()
    shop.line.fault = fault
    answer = shop.post("/v1/partners", body, headers={"Idempotency-Key": "ada"})
    shop.line.fault = Fault()

    assert (answer.status, answer.json["code"]) == (503, "busy")
    assert (answer.headers["Retry-After"], answer.headers["Content-Type"]) == ("1", "application/problem+json")
    assert "X-Request-Id" in answer.headers
    assert shop.post("/v1/partners", body, headers={"Idempotency-Key": "ada"}).status == 201


@pytest.mark.parametrize("path", ["/v1/programs", "/v1/programs/prg_01KKBSWHG0PZYBH18TN1S7W08X"])
def test_so_do_lists_and_rows(shop, path):
    shop.line.fault = Away()

    assert shop.get(path).status == 503


def test_a_refused_condition_and_a_bug_are_none_of_it():
    assert not wire.is_passing(of_dynamodb("ConditionalCheckFailedException"))
    assert not wire.is_passing(of_dynamodb("TransactionCanceledException", "ConditionalCheckFailed"))
    assert not wire.is_passing(of_dynamodb("ValidationException"))
    assert not wire.is_passing(KeyError("x"))


def test_a_transaction_that_others_were_faster_than_passes():
    assert wire.is_passing(of_dynamodb("TransactionCanceledException", "TransactionConflict"))


def test_rows_that_dynamodb_has_not_read_are_none_that_do_not_exist(shop, monkeypatch):
    program = shop.program()
    click_id = shop.click_id(shop.link(program, shop.partner(program)))
    assert shop.sale(program, "order-1", click_id=click_id).status == 201
    whole = shop.line.call

    def nothing_read(operation, parameters):
        if operation != "BatchGetItem":
            return whole(operation, parameters)
        return {"Responses": {}, "UnprocessedKeys": parameters["RequestItems"]}

    with monkeypatch.context() as patched:
        patched.setattr(shop.line, "call", nothing_read)
        refused = shop.sale(program, "order-2", click_id=click_id)
    answer = shop.sale(program, "order-2", click_id=click_id)

    assert (refused.status, refused.json["code"]) == (503, "busy")
    # The customer of before, and their second sale: no new one was made of them.
    assert (answer.status, answer.json["number"]) == (201, 2)
