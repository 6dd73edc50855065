"""Terms that may give less are told to the partners of the program, once, before they begin; others are not."""

from datetime import timedelta

import pytest

from chalicelib.kit import instants, memory
from chalicelib.outbox.table import Message
from tests.emails import settle
from tests.flows.test_emails_not_sent import leave
from tests.flows.test_what_emails_say import read

pytestmark = pytest.mark.engine

SALE = {"on": "sale", "to": "referrer", "rate_bp": 1500}
FRIEND = {"on": "sale", "to": "referee", "flat": {"amount": 500, "currency": "USD"}}
CHANGE = "The terms of Tea Shop change on March 20, 2026"


def write(shop, program, rules, days=10, **terms):
    begins = instants.text(shop.at + timedelta(days=days))
    answer = shop.post(f"/v1/programs/{program['id']}/terms", {"rules": rules, "effective_from": begins} | terms)
    assert answer.status == 201, answer.body
    memory.forget_everything()
    return answer.json


def recipients(shop):
    """Run the schedule and send; return who was told of terms so far."""
    memory.forget_everything()
    shop.run_schedule("announce_terms")
    settle(shop)
    return [to.partition("@")[0].partition("<")[2] for subject, to in shop.emails() if subject.startswith("The terms")]


def test_terms_that_give_less_are_told_to_everybody_who_takes_part_once_with_what_ends_and_begins(shop):
    program = shop.program(rules=[SALE, FRIEND])
    shop.partner(program)
    gone = shop.partner(program, name="Bob", email="bob@mail.example")
    shop.partner(shop.program(name="Other"), name="Cy", email="cy@mail.example")
    leave(shop, program, gone)
    write(shop, program, [SALE | {"rate_bp": 1000}, FRIEND], hold_days=7)

    assert recipients(shop) == recipients(shop) == ["ada"]
    shop.wait(days=1)
    assert recipients(shop) == ["ada"]
    text = read(shop, CHANGE).replace("\u00a0", " ")
    until, then = (next(line for line in text.splitlines() if line.startswith(one)) for one in ("Until", "From then"))
    assert "15% of what your friends buy." in until
    assert "10% of what your friends buy." in then
    assert "pending for 7 days" in then
    assert "first purchase" not in text
    assert "Unsubscribe" not in text


def test_terms_that_give_more_are_told_to_nobody(shop):
    program = shop.program(rules=[SALE])
    shop.partner(program)
    write(shop, program, [SALE | {"rate_bp": 1600}, FRIEND])

    assert recipients(shop) == []


def test_what_a_friend_gets_less_is_told_as_theirs(shop):
    program = shop.program(rules=[SALE, FRIEND])
    shop.partner(program)
    write(shop, program, [SALE])

    assert recipients(shop) == ["ada"]
    text = read(shop, CHANGE)
    assert "Until then: For your friends: $5.00 for every purchase" in text
    assert "From then on" not in text


def test_whoever_joins_before_they_begin_is_told_the_next_day(shop):
    program = shop.program(rules=[SALE])
    shop.partner(program)
    write(shop, program, [])
    assert recipients(shop) == ["ada"]
    shop.partner(program, name="Bob", email="bob@mail.example")
    shop.wait(days=1)

    assert recipients(shop) == ["ada", "bob"]
    shop.wait(days=12)
    shop.partner(program, name="Cy", email="cy@mail.example")
    assert recipients(shop) == ["ada", "bob"]


def test_withdrawn_terms_are_told_to_nobody(shop):
    program = shop.program(rules=[SALE])
    shop.partner(program)
    version = write(shop, program, [])["version"]
    shop.run_schedule("announce_terms")
    assert shop.post(f"/v1/programs/{program['id']}/terms/withdraw", {"version": version}).status == 200

    assert recipients(shop) == []
    assert {(one.template, one.reason) for one in Message.scan() if one.status == "skipped"} == {
        ("terms_change", "withdrawn")
    }


def withdraw(shop, program, version):
    answer = shop.post(f"/v1/programs/{program['id']}/terms/withdraw", {"version": version})
    assert answer.status == 200, answer.body


def told_that_they_stay(shop):
    """Run the schedule often and send; return who was told that terms do not change."""
    for _ in range(3):
        memory.forget_everything()
        shop.run_schedule("announce_terms")
        settle(shop)
        shop.wait(hours=1)
        settle(shop)
    return [to.partition("@")[0].partition("<")[2] for subject, to in shop.emails() if "do not change" in subject]


def test_whoever_was_told_of_terms_that_are_withdrawn_is_told_once_that_they_stay_as_they_are(shop):
    program = shop.program(rules=[SALE])
    shop.partner(program)
    gone = shop.partner(program, name="Bob", email="bob@mail.example")
    version = write(shop, program, [])["version"]
    assert sorted(recipients(shop)) == ["ada", "bob"]
    leave(shop, program, gone)
    shop.partner(program, name="Cy", email="cy@mail.example")
    withdraw(shop, program, version)

    assert told_that_they_stay(shop) == ["ada"]
    text = read(shop, "The terms of Tea Shop do not change on March 20, 2026")
    assert "the terms you know go on to apply" in text
    assert "Unsubscribe" not in text
    shop.wait(days=1)
    assert told_that_they_stay(shop) == ["ada"]


def test_whoever_was_told_of_no_change_is_told_of_no_withdrawal(shop):
    program = shop.program(rules=[SALE])
    shop.partner(program)
    version = write(shop, program, [])["version"]
    shop.run_schedule("announce_terms")
    withdraw(shop, program, version)
    better = write(shop, program, [SALE | {"rate_bp": 1600}])["version"]
    withdraw(shop, program, better)

    assert told_that_they_stay(shop) == []
    assert {(one.template, one.reason) for one in Message.scan() if one.status == "skipped"} >= {
        ("terms_change", "withdrawn"),
        ("terms_stay", "not_announced"),
    }


def test_terms_that_begin_at_once_are_told_when_they_have_begun(shop):
    program = shop.program(rules=[SALE])
    shop.partner(program)
    assert shop.post(f"/v1/programs/{program['id']}/terms", {"rules": []}).status == 201
    shop.wait(hours=1)

    assert recipients(shop) == ["ada"]
