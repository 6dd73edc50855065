"""A sale that named one of several partners of one name is nobody's until the customer says which, within 30 days."""

import json
import re

import pytest

from tests.flows.friends import let_ask_often, with_annas
from tests.forms import Browser
from tests.reading import read


@pytest.fixture
def unclaimed(shop, monkeypatch):
    """A sale of a customer who named Anna, of whom there are two; and the page that an email leads to."""
    let_ask_often(monkeypatch)
    website = with_annas(shop)
    website.order = website.sale(website.token("Anna"))
    shop.settle()
    website.browser = Browser(shop)
    website.path = claim_path(shop)
    return website


def emails(shop):
    return [one for one in shop.mailbox.written if "/who/" in json.dumps(one, default=str)]


def claim_path(shop):
    [email] = emails(shop)
    return re.search(r"https://go\.example(/who/[\w-]+)", json.dumps(email, default=str))[1]


def state(shop, sale):
    return shop.get(f"/v1/conversions/{sale['id']}").json


def test_the_customer_says_by_an_email_who_it_was_and_that_friend_is_thanked(shop, unclaimed):
    question = unclaimed.browser.get(unclaimed.path)
    several = unclaimed.browser.send(unclaimed.path, name="Anna", hint="")
    answer = unclaimed.browser.send(unclaimed.path, name="anna", hint="BE")
    again = unclaimed.browser.send(unclaimed.path, name="Anna", hint="an")
    shop.settle()

    assert (question.status, "Who sent you?" in read(question.body).text) == (200, True)
    assert (several.status, "Several people share this name" in read(several.body).text) == (422, True)
    assert (answer.status, "we know who you mean" in read(answer.body).text) == (200, True)
    assert again.status == 200
    now = state(shop, unclaimed.order)
    assert (now["partner"], now["attribution"]) == (unclaimed.other["id"], "credited_by_hand")
    assert shop.balance(unclaimed.other)["due"] > 0
    assert shop.balance(unclaimed.anna)["due"] == 0
    # From now on, the customer is theirs.
    assert unclaimed.shop.sale(unclaimed.program, "order-2").json["partner"] == unclaimed.other["id"]
    [entry] = shop.get(f"/v1/audit?action=conversion.credited&subject={now['id']}").json["data"]
    assert (entry["actor"]["kind"], entry["actor"]["id"]) == ("page", "who_sent_you")


def test_nothing_is_paid_before_and_wrong_answers_pay_nothing(shop, unclaimed):
    statuses = [
        unclaimed.browser.send(unclaimed.path, name=name, hint=hint).status
        for name, hint in (("Anna", "zz"), ("Nobody", ""), ("", ""), ("Anna", "-"), ("x" * 201, ""))
    ]

    assert statuses == [422] * 5
    assert state(shop, unclaimed.order)["partner"] is None
    assert {shop.balance(one)["due"] for one in (unclaimed.anna, unclaimed.other)} == {0}


def test_after_thirty_days_it_is_too_late(shop, unclaimed):
    shop.wait(days=30)
    late = unclaimed.browser.send(unclaimed.path, name="Anna", hint="be")

    assert (late.status, "too late" in read(late.body).text) == (410, True)
    assert state(shop, unclaimed.order)["partner"] is None


def test_an_admin_credits_what_the_customer_said_and_then_the_page_changes_nothing(shop, unclaimed):
    body = {"partner": unclaimed.anna["id"], "reason": "named_later", "note": "By telephone: her sister Anna."}
    credited = shop.post(f"/v1/conversions/{unclaimed.order['id']}/credit", body)
    page = unclaimed.browser.send(unclaimed.path, name="Anna", hint="be")

    assert credited.json["partner"] == unclaimed.anna["id"]
    assert page.status == 200
    assert state(shop, unclaimed.order)["partner"] == unclaimed.anna["id"]


def test_only_our_links_lead_to_the_page(shop, unclaimed):
    forged = unclaimed.path[:-1] + ("A" if unclaimed.path[-1] != "A" else "B")

    for path in (forged, "/who/x", f"/who/{unclaimed.order['id'][4:]}", "/who/é"):
        assert unclaimed.browser.get(path).status == 404
        assert unclaimed.browser.send(path, name="Anna", hint="be").status == 404


def test_a_customer_is_asked_once_in_a_program_and_only_about_sales_that_are_unclaimed(shop, unclaimed):
    unclaimed.sale(unclaimed.token("Anna"), "order-2")
    unclaimed.sale(unclaimed.token("Jörg Müller"), "order-3", "customer-3")
    unclaimed.sale(unclaimed.token("Nobody"), "order-4", "customer-4")
    lead = {"touches": [{"friend_name": unclaimed.token("Anna")}]}
    shop.lead(unclaimed.program, "signup-5", "customer-5", **lead)
    shop.settle()

    assert len(emails(shop)) == 1
