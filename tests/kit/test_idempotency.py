"""What is done once a key: who comes second, also at the same moment, gets the first answer."""

import pytest

from chalicelib.kit import idempotency
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy
from chalicelib.kit.idempotency import CallReceipt, IdempotencyKeyReused


def once(shop, act, *, fingerprint="same body"):
    return idempotency.once("call", act, fingerprints=[fingerprint], status=201, body=str, at=shop.at)


def answering(answer, did):
    def act(receipt):
        did.append(answer)
        writes.commit(*receipt(answer))
        return answer

    return act


def test_the_second_call_does_nothing_and_gets_the_first_answer(shop):
    did = []

    first, second = once(shop, answering("1", did)), once(shop, answering("2", did))

    assert (first, did) == ("1", ["1"])
    assert isinstance(second, CallReceipt)
    assert (second.status, second.body) == (201, "1")


def test_who_is_refused_because_another_was_faster_gets_that_ones_answer(shop):
    def slower(receipt):
        once(shop, answering("1", []))
        raise Busy("Another call is under way.")

    assert once(shop, slower).body == "1"


def test_who_is_refused_for_another_reason_is_refused(shop):
    def refused(receipt):
        raise Busy("Another call is under way.")

    with pytest.raises(Busy):
        once(shop, refused)


def test_another_body_is_refused_and_nothing_is_done(shop):
    did = []
    once(shop, answering("1", did))

    with pytest.raises(IdempotencyKeyReused):
        once(shop, answering("2", did), fingerprint="another body")
    assert did == ["1"]
