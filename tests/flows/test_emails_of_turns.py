"""Emails about what people would otherwise have to find out: an application, a goodbye, money that did not come."""

import pytest

from tests.emails import settle
from tests.flows.test_emails import tell
from tests.flows.test_emails_not_sent import leave
from tests.flows.test_joining import join
from tests.flows.test_what_emails_say import bought, read

pytestmark = pytest.mark.engine


def subjects(shop, to):
    return [subject for subject, address in shop.emails() if to in address]


def test_whoever_applied_is_told_once_that_the_application_has_arrived(shop):
    program = shop.program(joining="approval")
    for _ in range(2):
        join(shop, program, email="bea@mail.example", name="Bea")
        shop.streams.rewind("partners_to_events")
        shop.streams.rewind("events_to_messages")
        settle(shop)

    assert subjects(shop, "bea@") == ["We received your application to Tea Shop"]
    text = read(shop, "We received your application")
    assert "will email you our answer" in text
    assert "because you applied to join Tea Shop" in text


def test_whoever_left_is_told_what_they_are_still_owed_each_time_they_leave(shop):
    program = shop.program(hold_days=7)
    ada = bought(shop, program)
    settle(shop)
    leave(shop, program, ada)
    settle(shop)
    assert "What you have earned stays yours: $3.00 has not been paid out yet and will be." in read(
        shop, "You have left"
    )
    assert "[Unsubscribe" not in read(shop, "You have left")

    shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": program["id"]})
    settle(shop)
    shop.wait(days=1)
    leave(shop, program, ada)
    settle(shop)

    assert subjects(shop, "ada@").count("You have left Tea Shop") == 2


def test_whoever_complained_is_told_all_the_same_that_they_left_which_may_not_have_been_they(shop):
    program = shop.program()
    ada = shop.partner(program)
    recipients = {"complainedRecipients": [{"emailAddress": "ada@mail.example"}]}
    tell(shop, {"eventType": "Complaint", "complaint": recipients, "mail": {"tags": {}}})
    leave(shop, program, ada)
    settle(shop)

    assert subjects(shop, "ada@") == ["You have left Tea Shop"]


def test_whoever_left_and_is_owed_nothing_reads_nothing_of_money(shop):
    program = shop.program()
    ada = shop.partner(program)
    leave(shop, program, ada)
    settle(shop)

    assert "You are no longer a partner of Tea Shop" in read(shop, "You have left")
    assert "earned" not in read(shop, "You have left")


@pytest.mark.parametrize(
    ("verbs", "subject", "says"),
    [
        pytest.param(["fail"], "We could not pay you $3.00", "did not go through", id="failed"),
        pytest.param(
            ["confirm", "return"], "Your payout of $3.00 came back to us", "came back on March", id="returned"
        ),
    ],
)
def test_a_friend_whose_payment_did_not_arrive_is_told_once_with_where_it_went(shop, verbs, subject, says):
    program = shop.program(
        rules=[{"on": "sale", "to": "referee", "flat": {"amount": 300, "currency": "USD"}}], hold_days=0
    )
    code = shop.link(program, shop.partner(program))["code"]
    shop.sale(program, customer="bea", code=code)
    settle(shop)
    payout = shop.pay_out()
    [item] = shop.get(f"/v1/payouts/{payout['id']}/items").json["data"]
    for verb in verbs:
        answer = shop.post(f"/v1/payouts/{payout['id']}/{verb}", {"note": "closed", "owners": [item["owner"]]})
        assert answer.status == 200, answer.body
    shop.streams.rewind("events_to_messages")
    settle(shop)
    shop.wait(hours=1)
    settle(shop)

    assert subjects(shop, "bea@").count(subject) == 1
    text = read(shop, subject)
    assert says in text
    assert "the PayPal or Wise account of …a@mail.example" in text
    assert "goes out with the next payout" in text
    assert "reply to this email" in text


def test_a_friend_who_is_paid_reads_it_once_with_where_it_goes(shop):
    program = shop.program(
        rules=[{"on": "sale", "to": "referee", "flat": {"amount": 300, "currency": "USD"}}], hold_days=0
    )
    shop.sale(program, customer="bea", code=shop.link(program, shop.partner(program))["code"])
    settle(shop)
    payout = shop.pay_out()
    assert shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"}).status == 200
    settle(shop)
    shop.streams.rewind("events_to_messages")
    settle(shop)

    assert subjects(shop, "bea@").count("Your payout of $3.00 is on its way") == 1
    text = read(shop, "Your payout of $3.00 is on its way")
    assert "It goes to your PayPal or Wise account …a@mail.example" in text
    assert "because a friend referred you to Tea Shop" in text
    assert "Go to Tea Shop: https://tea.example" in text
    assert "portal" not in text


@pytest.mark.parametrize(
    ("verbs", "subject", "says"),
    [
        pytest.param(["fail"], "We could not pay you $3.00", "did not go through", id="failed"),
        pytest.param(
            ["confirm", "return"], "Your payout of $3.00 came back to us", "came back on March", id="returned"
        ),
    ],
)
def test_a_payment_that_did_not_arrive_is_told_once_with_where_to_put_it_right(shop, verbs, subject, says):
    program = shop.program()
    ada = bought(shop, program)
    settle(shop)
    payout = shop.pay_out()
    for verb in verbs:
        answer = shop.post(f"/v1/payouts/{payout['id']}/{verb}", {"note": "closed", "owners": [ada["id"]]})
        assert answer.status == 200
    shop.streams.rewind("events_to_messages")
    settle(shop)
    shop.wait(hours=1)
    settle(shop)

    assert subjects(shop, "ada@").count(subject) == 1
    text = read(shop, subject)
    assert says in text
    assert "your account …a@mail.example" in text
    assert "goes out with the next payout" in text
    assert "Check payout details: https://go.example/portal\n" in text
