"""Customers are asked by email: with permission on record alone, once, and when it is due."""

import re

import pytest

from chalicelib.emails import catalog
from chalicelib.entries import events_to_moments
from tests.faults.world import world
from tests.flows.test_asking import FIELDS, HAPPY, ask, asking, enrollments, moments, numbers, path_of, score, settle
from tests.forms import Browser

EMAILED = HAPPY | {"by": "email"}


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture
def tea(shop):
    return asking(shop, shop.program(), EMAILED)


def sent(shop):
    """Return the emails that ask: to whom, their subject and their text."""
    simple = [(one["Destination"]["ToAddresses"][0], one["Content"]["Simple"]) for one in shop.mailbox.written]
    every = [(to, one["Subject"]["Data"], one["Body"]["Text"]["Data"]) for to, one in simple]
    return [one for one in every if "too?" in one[1] or "Kennen Sie" in one[1]]


def later(shop, **delta):
    shop.wait(**delta)
    shop.run_schedule("send_scheduled")
    settle(shop)


def test_who_may_be_contacted_gets_an_email_whose_link_proves_the_address(shop, tea):
    score(shop, tea, may_contact=True)

    [(to, _, text)] = sent(shop)
    assert to == "Ada <c-1@mail.example>"
    assert moments(shop, tea)[0]["state"] == "sent"
    url = re.search(r"https://go\.example/ask/\S+?(?=[\s)])", text)[0]
    browser = Browser(shop)
    page = browser.get(path_of(url))
    form = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.body)[1] for name in FIELDS}
    answer = browser.send(path_of(url), **form)
    assert answer.status == 303
    [row] = enrollments(shop)
    assert "form_nonce" not in row


def test_an_event_that_is_delivered_again_asks_by_no_second_email(shop, tea):
    score(shop, tea, may_contact=True)
    shop.streams.rewind("events_to_moments")
    settle(shop)

    assert len(sent(shop)) == 1


@pytest.mark.parametrize("permission", [None, False])
def test_without_permission_on_record_nobody_is_written_to(shop, tea, permission):
    person = {} if permission is None else {"may_contact": permission}
    score(shop, tea, **person)

    assert sent(shop) == []
    [moment] = moments(shop, tea)
    assert (moment["state"], moment["because"]) == ("skipped", "no_permission")


def test_permission_that_is_taken_back_counts_when_the_email_is_due(shop):
    program = asking(shop, shop.program(), EMAILED | {"wait_hours": 24})
    score(shop, program, may_contact=True)
    later(shop, hours=23)
    assert sent(shop) == []
    score(shop, program, 8, may_contact=False)
    later(shop, hours=2)

    assert sent(shop) == []
    assert moments(shop, program)[0]["because"] == "no_permission"


def test_an_email_that_waits_goes_out_when_it_is_due(shop):
    program = asking(shop, shop.program(), EMAILED | {"wait_hours": 24})
    score(shop, program, may_contact=True)
    later(shop, hours=25)

    assert len(sent(shop)) == 1


def test_of_a_page_and_an_email_the_first_one_asks(shop):
    program = asking(shop, shop.program(), HAPPY | {"by": "both", "wait_hours": 24})
    score(shop, program, may_contact=True)
    shop.wait(hours=24)
    assert ask(shop, program)["ask"] is True
    later(shop, hours=2)

    assert sent(shop) == []
    assert numbers(shop, program)["asked"] == 1


def test_who_unsubscribed_gets_none_and_is_not_counted_as_asked(shop, tea):
    shop.sale(tea, "order-1", "c-1", 1000)
    settle(shop)
    customer = shop.get("/v1/customers/ext_c-1").json["id"]
    from chalicelib.audit.actor import Actor
    from chalicelib.referrals.customers import switch_emails

    switch_emails(customer, on=False, actor=Actor("page", "unsubscribe"), at=shop.at)
    score(shop, tea, may_contact=True)

    assert sent(shop) == []
    assert numbers(shop, tea)["asked"] == 0


def test_words_of_the_business_are_in_the_email(shop):
    words = {"en": "You gave us a ten. Whom should we meet?", "de": "Zehn von zehn. Wen sollten wir kennenlernen?"}
    program = asking(shop, shop.program(), EMAILED | {"words": words})
    score(shop, program, may_contact=True, locale="de")

    [(_, _, text)] = sent(shop)
    assert words["de"] in text


def test_a_rule_that_was_switched_off_meanwhile_asks_nobody(shop):
    program = asking(shop, shop.program(), EMAILED | {"wait_hours": 24})
    score(shop, program, may_contact=True)
    asking(shop, program, EMAILED | {"active": False})
    later(shop, hours=25)

    assert sent(shop) == []
    assert moments(shop, program)[0]["because"] == "switched_off"


def test_the_email_is_the_one_of_the_catalog():
    assert events_to_moments.ASK == catalog.ASK
