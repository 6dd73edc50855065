"""Partners get one email before a program ends, with until when what counts; and none about an end that is over."""

from datetime import timedelta

import pytest

from chalicelib.kit import memory
from chalicelib.outbox.table import Message
from tests.emails import settle
from tests.flows.test_emails_not_sent import leave
from tests.flows.test_program_end import Ending
from tests.flows.test_what_emails_say import read

pytestmark = pytest.mark.engine

SUBJECT = "Tea Shop: the program ends"


def recipients(shop):
    """Run the schedule and send; return who got an email about an end so far."""
    memory.forget_everything()
    shop.run_schedule("announce_terms")
    settle(shop)
    return [to.partition("@")[0].partition("<")[2] for subject, to in shop.emails() if subject == SUBJECT]


def test_each_partner_gets_one_email_that_says_until_when_what_counts(shop):
    ending = Ending(shop, timezone="Europe/Vienna")
    gone = shop.partner(ending.program, name="Bob", email="bob@mail.example")
    leave(shop, ending.program, gone)
    ending.set(payout_note="The last payout is made on May 1.")

    assert recipients(shop) == recipients(shop) == ["ada"]
    shop.wait(days=1)
    assert recipients(shop) == ["ada"]
    text = read(shop, SUBJECT)
    assert "before March 20, 2026, 13:00 (Europe/Vienna)." in text
    assert "You earn for what your friends do before March 30, 2026, 14:00 (Europe/Vienna)." in text
    assert "The last payout is made on May 1." in text
    assert "Unsubscribe" not in text


def test_dates_that_are_set_later_are_no_second_email(shop):
    ending = Ending(shop)
    assert recipients(shop) == ["ada"]

    ending.set(touches_until=ending.touches_until + timedelta(days=5))
    shop.wait(days=1)

    assert recipients(shop) == ["ada"]


def test_whoever_joins_before_the_end_gets_the_email_the_next_day(shop):
    ending = Ending(shop)
    assert recipients(shop) == ["ada"]
    shop.partner(ending.program, name="Bob", email="bob@mail.example")
    shop.wait(days=1)

    assert recipients(shop) == ["ada", "bob"]


def test_an_end_that_is_over_for_days_is_announced_to_nobody(shop):
    ending = Ending(shop)
    ending.at(ending.touches_until + timedelta(days=2))

    assert recipients(shop) == []


def test_whoever_leaves_before_the_email_is_sent_gets_none(shop):
    ending = Ending(shop)
    memory.forget_everything()
    shop.run_schedule("announce_terms")
    leave(shop, ending.program, ending.ada)
    settle(shop)

    reasons = {one.reason for one in Message.scan() if one.template == "program_end"}
    assert reasons == {"has_left"}


def test_a_partner_reads_it_in_their_language(shop):
    ending = Ending(shop)
    shop.call("PATCH", f"/v1/partners/{ending.ada['id']}", {"locale": "de"})
    memory.forget_everything()
    shop.run_schedule("announce_terms")
    settle(shop)

    assert "Sie verdienen an dem, was Ihre Freunde vor" in read(shop, "Tea Shop: Das Programm endet")
