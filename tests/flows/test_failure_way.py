"""The failure way: what is delivered twice, late, broken or in the wrong order changes nothing."""

import copy
import os
import random

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.emails import ses_client
from chalicelib.outbox.table import Message
from tests.faults.sampling import EVERYTHING
from tests.faults.world import built_once

pytestmark = pytest.mark.moto


@pytest.fixture
@built_once
def business(shop):
    """A program in which much has happened and nothing has been delivered yet."""
    program = shop.program()
    ada, bob = shop.partner(program), shop.partner(program, name="Bob", email="bob@mail.example")
    for number, partner in enumerate((ada, bob, ada)):
        click_id = shop.click_id(shop.link(program, partner))
        shop.lead(program, f"signup-{number}", f"customer-{number}", click_id=click_id)
        sale = shop.sale(program, f"order-{number}", f"customer-{number}", amount=1000 + number)
        shop.refund(sale.json, 333)
    return program, ada, bob


def state(shop, business):
    program, *partners = business
    shop.client.lambda_.invoke("roll_up", _tick())
    totals = [shop.stats("partners", partner)["totals"] for partner in partners]
    balances = [{**shop.balance(partner), "hash": None} for partner in partners]
    return balances, totals, shop.stats("programs", program)["totals"], sorted(shop.emails())


def _tick():
    names = ("version", "account", "region", "detail", "detail-type", "source", "time", "id", "resources")
    return dict.fromkeys(names, "")


def test_everything_delivered_twice_is_as_if_delivered_once(shop, business):
    shop.streams.run()
    once = state(shop, business)

    for source in shop.streams.sources:
        shop.streams.rewind(source.function)
    assert shop.streams.run() == []

    assert state(shop, business) == once
    assert once[0][0]["due"] > 0
    assert len(once[3]) == 20


def test_one_fact_delivered_again_by_itself_is_rewarded_once(shop, business):
    """A single row is put without a transaction; whether it is there already is looked up."""
    shop.streams.run()
    emails = shop.emails()

    for function in ("conversions_to_events", "rewards_to_events", "ledger_to_events", "events_to_messages"):
        source = next(one for one in shop.streams.sources if one.function == function)
        for record in shop.streams.records(source):
            assert shop.streams.deliver(function, [record]) == []
    shop.streams.run()

    assert shop.emails() == emails


# Moto takes ten times as long: one order is enough there.
ORDERS = [*(("engine", seed) for seed in range(5)), ("moto", 0)]


@pytest.mark.sweep
@pytest.mark.parametrize(("platform", "seed"), ORDERS if os.environ.get(EVERYTHING) else ORDERS[:2])
def test_records_out_of_order_and_in_other_batches_come_to_the_same(shop, business, seed):
    """A refund before its sale, a sale before its sign-up: between items, streams promise no order."""
    chance = random.Random(seed)
    for _ in range(4):
        for source in shop.streams.sources:
            records = shop.streams.records(source)
            chance.shuffle(records)
            while records:
                cut = chance.randint(1, 4)
                batch, records = records[:cut], records[cut:]
                assert shop.streams.deliver(source.function, batch) == []

    shuffled = state(shop, business)
    for source in shop.streams.sources:
        shop.streams.rewind(source.function)
    shop.streams.run()
    assert state(shop, business) == shuffled
    # ceil of what is left of each sale at 15 %, and two or one sign-ups at 2.00.
    assert [one["due"] for one in shuffled[0]] == [200 + 101 + 200 + 101, 200 + 101]


def test_a_poison_record_in_the_middle_stops_none_of_its_neighbors(shop, business):
    _, ada, bob = business
    source = next(one for one in shop.streams.sources if one.function == "conversions_to_rewards")
    records = shop.streams.records(source)
    poison = copy.deepcopy(records[1])
    del poison["dynamodb"]["NewImage"]["received_at"]
    poison["dynamodb"]["NewImage"]["pk"] = {"S": "cnv_poison"}
    poison["dynamodb"]["SequenceNumber"] = "999"

    failed = shop.streams.deliver(source.function, [records[0], poison, *records[1:]])

    assert [one["dynamodb"]["SequenceNumber"] for one in failed] == ["999"]
    assert [shop.balance(partner)["due"] for partner in (ada, bob)] == [602, 301]


def test_when_ses_is_down_emails_wait_and_are_sent_once_it_is_back(shop, business, monkeypatch):
    def down(*_arguments, **_options):
        raise ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "slow down"}}, "SendEmail")

    with monkeypatch.context() as outage:
        outage.setattr(ses_client, "client", lambda: type("Down", (), {"send_email": staticmethod(down)}))
        failed = shop.streams.run()
    assert len(failed) == 20
    assert shop.emails() == []

    assert shop.streams.deliver("messages_to_mailbox", failed) == []
    assert shop.streams.deliver("messages_to_mailbox", failed) == []

    assert len(shop.emails()) == 20
    assert {message.status for message in Message.scan()} == {"sent", "skipped", "scheduled"}


def test_an_email_that_ses_will_never_take_ends_with_a_reason(shop, business):
    boto3.client("sesv2").delete_email_identity(EmailIdentity="hello@go.example")

    assert shop.streams.run() == []

    assert {one.reason for one in Message.scan() if one.status == "failed"} == {"MessageRejected"}
    assert not [one for one in Message.scan() if one.status in ("pending", "sending")]


def test_who_has_no_address_gets_no_email_and_that_is_on_record(shop):
    program = shop.program()
    ada = shop.partner(program, email=None)
    shop.lead(program, code=shop.link(program, ada)["code"])

    assert shop.streams.run() == []

    [skipped] = [one for one in Message.scan() if one.template == "joined"]
    assert (skipped.status, skipped.reason) == ("skipped", "no_address")


def test_a_sender_that_died_after_its_claim_is_followed_by_another_when_the_lease_is_over(shop):
    from datetime import timedelta

    from chalicelib.outbox.queue import LEASE

    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
    shop.lead(program, code=shop.link(program, shop.partner(program))["code"])
    shop.streams.run("conversions_to_rewards", "conversions_to_events", "rewards_to_events", "events_to_messages")
    for message in Message.scan():
        message.update(actions=[Message.status.set("sending"), Message.leased_until.set(shop.at + LEASE)])

    too_early = shop.streams.run("messages_to_mailbox")
    shop.wait(seconds=(LEASE + timedelta(seconds=1)).seconds)
    shop.streams.deliver("messages_to_mailbox", too_early)

    assert len(too_early) == 2
    assert len(shop.emails()) == 2
