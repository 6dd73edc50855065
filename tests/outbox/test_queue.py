"""The queue: one sender at a time has a message, and one that lost its claim changes nothing by being late."""

import logging
from datetime import timedelta
from functools import partial

import pytest

from chalicelib.emails.table import DigestItem
from chalicelib.kit import instants
from chalicelib.kit.dynamo import rows, writes
from chalicelib.outbox.message import EMAIL, TRANSITIONS, WEBHOOK
from chalicelib.outbox.queue import (
    LEASE,
    RELEASED,
    StillClaimed,
    claim,
    digested,
    enqueue,
    failed,
    finish,
    new_message,
    process,
    requeue,
    sent,
    skipped,
)
from chalicelib.outbox.table import Message
from tests.faults.line import Fault, Lost
from tests.world import NOON

pytestmark = pytest.mark.engine

A_MINUTE = timedelta(minutes=1)
ITEM = DigestItem("digest#msg_digest", "msg_news", template="joined", expires=NOON + timedelta(days=90))
OUTCOMES = [
    pytest.param(sent(NOON), id="sent"),
    pytest.param(skipped("has_left"), id="skipped"),
    pytest.param(failed("gone"), id="failed"),
    pytest.param(failed("status 500", retry_at=NOON + timedelta(hours=1)), id="failed for now"),
    pytest.param(digested("msg_digest", writes.insert(ITEM)), id="digested"),
    pytest.param(RELEASED, id="released"),
]
every_outcome = pytest.mark.parametrize("outcome", OUTCOMES)


@pytest.fixture
def read(shop):
    """A pending message, as often as somebody reads it."""
    message = new_message("joined", "ref_1", "ptr_1", "prg_1", at=NOON)
    enqueue([message])
    return lambda: rows.find(Message, message.key, "message")


def stored(shop):
    [row] = shop.rows("messages")
    return row


def test_a_message_is_enqueued_once_however_often_its_cause_is_told(shop, read):
    for _ in range(2):
        enqueue([new_message("joined", "ref_1", "ptr_1", "prg_1", at=NOON + A_MINUTE)] * 2)

    assert read().created_at == NOON
    assert len(shop.rows("messages")) == 1


def test_of_two_senders_at_once_one_has_the_message(shop, read):
    first, second = read(), read()

    assert claim(first, at=NOON)
    before = stored(shop)
    with pytest.raises(StillClaimed):
        claim(second, at=NOON + LEASE - timedelta(milliseconds=1))

    assert stored(shop) == before


@every_outcome
def test_a_slow_sender_changes_nothing_once_another_has_the_message(shop, read, outcome):
    slow = claim(read(), at=NOON)
    fast = claim(read(), at=NOON + LEASE)
    before = stored(shop)

    assert not finish(slow, outcome)

    assert stored(shop) == before
    assert shop.rows("emails") == []
    assert finish(fast, sent(NOON + LEASE))
    assert (read().status, read().sent_at, read().attempts) == ("sent", NOON + LEASE, 2)


@every_outcome
def test_a_slow_sender_changes_nothing_once_another_has_sent_the_message(shop, read, outcome):
    slow = claim(read(), at=NOON)
    assert finish(claim(read(), at=NOON + LEASE), sent(NOON + LEASE))
    before = stored(shop)

    assert not finish(slow, outcome)

    assert stored(shop) == before
    assert shop.rows("emails") == []


@every_outcome
def test_a_sender_that_finishes_after_a_requeue_changes_nothing(shop, read, outcome):
    slow = claim(read(), at=NOON)
    assert requeue(read(), at=NOON + A_MINUTE)
    before = stored(shop)

    assert not finish(slow, outcome)

    assert stored(shop) == before
    assert (read().status, read().requeued, shop.rows("emails")) == ("pending", True, [])


@every_outcome
def test_a_sender_that_finishes_after_a_requeue_and_another_claim_changes_nothing(shop, read, outcome):
    """The other claim is the first since the requeue, as its own was the first of all: it counts as one."""
    slow = claim(read(), at=NOON)
    assert requeue(read(), at=NOON + A_MINUTE)
    fast = claim(read(), at=NOON + A_MINUTE)
    assert slow.attempts == fast.attempts == 1
    before = stored(shop)

    assert not finish(slow, outcome)

    assert stored(shop) == before
    assert finish(fast, sent(NOON + A_MINUTE))


@every_outcome
def test_a_message_is_finished_once(shop, read, outcome):
    claimed = claim(read(), at=NOON)
    assert finish(claimed, outcome)
    before = stored(shop)

    assert not finish(claimed, sent(NOON))

    assert stored(shop) == before


def test_a_message_whose_outcome_is_refused_is_delivered_again(shop, read):
    claimed = claim(read(), at=NOON)
    writes.add_once(ITEM)
    with pytest.raises(StillClaimed):
        finish(claimed, digested("msg_digest", writes.insert(ITEM)))
    assert claim(read(), at=NOON + LEASE) is not None


@every_outcome
def test_an_outcome_is_written_as_its_transition_says(shop, read, outcome):
    assert finish(claim(read(), at=NOON), outcome)

    transition = TRANSITIONS[outcome.event]
    assert (read().status, read().listed_in.partition("#")[0]) == (transition.target, transition.listed_in)
    noted = read().reason, read().sent_at, read().retry_at, read().digest_id
    assert noted == (outcome.reason, outcome.sent_at, outcome.retry_at, outcome.digest_id)
    assert len(shop.rows("emails")) == len(outcome.also)


@every_outcome
def test_only_what_is_pending_again_is_claimed_again(read, outcome):
    assert finish(claim(read(), at=NOON), outcome)

    again = claim(read(), at=NOON + A_MINUTE)

    assert (again is not None) == (outcome is RELEASED)


@every_outcome
def test_what_was_sent_or_digested_is_never_requeued(shop, read, outcome):
    assert finish(claim(read(), at=NOON), outcome)
    before = stored(shop)

    requeued = requeue(read(), at=NOON + A_MINUTE)

    assert requeued == (outcome.event not in ("send", "digest"))
    assert requeued or stored(shop) == before


def test_a_message_that_moved_on_since_it_was_read_is_not_requeued(shop, read):
    stale = read()
    assert finish(claim(read(), at=NOON), RELEASED)
    before = stored(shop)

    assert not requeue(stale, at=NOON + A_MINUTE)

    assert stored(shop) == before


def test_a_claim_whose_answer_was_lost_is_its_senders(shop, read):
    message = read()
    shop.line.fault = Lost(at=len(shop.line.calls))

    claimed = claim(message, at=NOON)

    assert shop.line.fault.hit
    shop.line.fault = Fault()
    assert claimed.attempts == 1
    assert finish(claimed, sent(NOON))


# Handing a message to whoever delivers it


def processed(read, deliver, *, at=NOON, channel=EMAIL):
    process(read(), channel=channel, deliver=deliver, now=lambda: at)


def test_a_delivery_that_raises_gives_its_claim_back_at_once(read):
    def deliver(message, *, at):
        assert read().status == "sending"
        raise ConnectionError("SES is down")

    with pytest.raises(ConnectionError):
        processed(read, deliver)

    assert (read().status, read().attempts) == ("pending", 1)
    processed(read, lambda message, *, at: sent(at))
    assert (read().status, read().attempts) == ("sent", 2)


@pytest.mark.parametrize("raises", [False, True], ids=["delivered", "failed"])
def test_a_delivery_slower_than_its_lease_neither_ends_nor_gives_back_the_claim_of_another(shop, read, caplog, raises):
    """Both have delivered it: of two copies nobody can take one back, but the row is the one's that has the claim."""
    caplog.set_level(logging.WARNING)

    def slow(message, *, at):
        claimed = claim(read(), at=at + LEASE)
        during.append(stored(shop))
        assert finish(claimed, skipped("has_left"))
        during.append(stored(shop))
        if raises:
            raise ConnectionError("SES is down")
        return sent(at)

    during = []
    try:
        processed(read, slow)
    except ConnectionError:
        assert raises

    assert stored(shop) == during[1]
    assert (read().status, read().reason, read().sent_at) == ("skipped", "has_left", None)
    assert [record.message.split()[0] for record in caplog.records] == ["claim_lost"]


def test_what_is_for_later_or_for_another_channel_is_not_claimed(shop):
    later = new_message("success", "ent_1", "ptr_1", "prg_1", at=NOON, send_at=NOON + timedelta(days=1))
    call = new_message("reward.due", "rwd_1", "ptr_1", "prg_1", at=NOON)
    call.channel = WEBHOOK
    enqueue([later, call])
    before = shop.rows("messages")

    for message in (later, call):
        process(message, channel=EMAIL, deliver=partial(pytest.fail, "delivered"), now=lambda: NOON)

    assert shop.rows("messages") == before


def test_a_message_whose_moment_passed_before_it_was_enqueued_is_sent_at_once():
    assert new_message("success", "ent_1", "ptr_1", "prg_1", at=NOON, send_at=NOON).status == "pending"


def test_each_message_of_a_batch_is_claimed_for_as_long_as_the_first(shop, monkeypatch):
    """Ten seconds each, as long as a server may take: from the batch's start, the lease of the fourth would be over."""
    from chalicelib.emails import deliver

    program = shop.program()
    for number in range(5):
        shop.partner(program, email=f"p{number}@mail.example")
    shop.streams.run("partners_to_events", "events_to_messages")
    left = []

    def send(*_):
        [held] = [row for row in shop.rows("messages") if row["status"]["S"] == "sending"]
        left.append(instants.parse(held["leased_until"]["S"]) - shop.at)
        shop.wait(seconds=10)

    monkeypatch.setattr(deliver, "send", send)

    assert shop.streams.run("messages_to_mailbox") == []

    assert left == [LEASE] * 5
