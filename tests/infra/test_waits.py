"""What a local run knows of emails that wait: when to look for them, and when it need not."""

from infra.local.waits import Waits

NOON, ONE, TWO = (f"2026-03-10T{hour}:00:00.000Z" for hour in (12, 13, 14))


def put(*moments):
    return [{"dynamodb": {"NewImage": {"send_at": {"S": moment}}}} for moment in moments]


def waits_for(*moments):
    waits = Waits()
    waits.forget(waits.until(NOON))
    waits.hear("messages", put(*moments))
    return waits


def test_what_was_there_before_is_looked_for_once():
    waits = Waits()

    assert waits.until(NOON)
    waits.forget(waits.until(NOON))
    assert not waits.until(TWO)


def test_an_email_is_looked_for_when_its_moment_has_come_and_then_no_more():
    waits = waits_for(ONE, TWO)

    assert [bool(waits.until(now)) for now in (NOON, ONE)] == [False, True]
    waits.forget(waits.until(ONE))
    assert [bool(waits.until(now)) for now in (ONE, TWO)] == [False, True]


def test_one_that_is_put_down_while_others_are_looked_for_is_not_forgotten():
    waits = waits_for(ONE)
    come = waits.until(TWO)
    waits.hear("messages", put(ONE))

    waits.forget(come)

    assert waits.until(TWO)


def test_a_look_that_failed_comes_again():
    waits = waits_for(ONE)

    waits.until(ONE)

    assert waits.until(ONE)


def test_other_writes_are_none_of_its_business():
    waits = waits_for()

    waits.hear("UpdateItem", {"Key": {}, "TableName": "x"})
    waits.hear("PutItem", {"Item": {"pk": {"S": "x"}}})
    waits.hear("TransactWriteItems", {"TransactItems": [{"Update": {"Key": {}}}]})

    assert not waits.until("9")
