"""Who reads of introduced people: the person once, the business's users with the right to, the partner who wrote it."""

from datetime import timedelta

import pytest

from chalicelib.emails.introduced_mailboxes import claim
from chalicelib.emails.table import IntroducedMailbox
from chalicelib.kit import instants, memory
from chalicelib.outbox.table import Message
from chalicelib.programs.receiving import Receiving
from chalicelib.programs.table import Program
from tests.emails import settle
from tests.flows.test_introduced_page import ada, link_of  # noqa: F401
from tests.flows.test_introduction_emails import CONSENT, do, sent, tea  # noqa: F401
from tests.flows.test_introduction_portal import signed_in
from tests.forms import Browser
from tests.introduced import introduce, open_for_introductions, see

OVERDUE = "1 partner of Tea Shop waits for an update"
BY_US = {"sent_by": "us", "consent": CONSENT}


def written_to(sent, host):  # noqa: F811
    return [to for to, *_ in sent if to.endswith(host)]


def introduce_again(shop, tea, before, email):  # noqa: F811
    """Have a new partner introduce somebody, after the introduction of before was taken back."""
    if see(shop, before)["state"] != "lapsed":
        do(shop, before, "withdraw")
    shop.wait(minutes=5)
    number = shop.at.strftime("%d%H%M")
    partner = shop.partner(tea, external_id=number, name="Bob", email=f"bob-{number}@bob.example")
    introduced = introduce(shop, tea, partner, email, **BY_US).json
    settle(shop)
    return introduced


def test_a_mailbox_is_written_to_once_whatever_address_of_it_and_partner_come_later(shop, tea, ada, sent):  # noqa: F811
    introduced = introduce(shop, tea, ada, "grace@navy.example", **BY_US).json
    settle(shop)
    for email in ("grace@navy.example", "Grace+2@Navy.example"):
        introduced = introduce_again(shop, tea, introduced, email)
    assert written_to(sent, "@navy.example") == ["grace@navy.example"]
    stored = [row.to_simple_dict() for row in IntroducedMailbox.scan() if row.sort == "introduced"]
    assert len(stored) == 1
    assert "grace" not in str(stored)
    coffee = open_for_introductions(shop.program(name="Coffee", external_id="coffee"))
    introduce(shop, coffee, shop.partner(coffee, external_id="carl", email="carl@mail.example"), **BY_US)
    settle(shop)
    assert len(written_to(sent, "@navy.example")) == 2


def test_who_deleted_their_data_or_unsubscribed_is_not_written_to_by_any_address_again(shop, tea, ada, sent):  # noqa: F811
    introduced = introduce(shop, tea, ada, **BY_US).json
    assert Browser(shop).send(link_of(shop, sent), action="delete").status == 200
    introduce_again(shop, tea, introduced, "grace+2@navy.example")
    other = introduce(shop, tea, ada, "joan@office.example", **BY_US).json
    settle(shop)
    stop = next(envelope.unsubscribe_url for to, _, envelope in sent if to == "joan@office.example")
    assert Browser(shop).send(stop.removeprefix("https://go.example")).status == 200
    introduce_again(shop, tea, other, "joan+2@office.example")
    assert written_to(sent, "@navy.example") == ["grace@navy.example"]
    assert written_to(sent, "@office.example") == ["joan@office.example"]


def test_an_email_that_claimed_a_mailbox_and_was_not_sent_may_go_again_and_no_other(shop, tea, ada):  # noqa: F811
    first, other = (
        Message(name, "message", id=name, program_id=tea["id"], template="introduced") for name in ("msg_1", "msg_2")
    )
    assert [claim(one, "g.race+1@gmail.com", at=shop.at) for one in (first, first, other)] == [True, True, False]
    shop.wait(minutes=1)
    assert claim(first, "grace@googlemail.com", at=shop.at)
    assert not claim(other, "grace@gmail.com", at=shop.at)


@pytest.fixture
def users(shop, tea, ada, sent):  # noqa: F811
    """Two owners of the deployment, and a program whose introductions have an owner and a deputy."""
    for name in ("boss", "deputy"):
        body = {"email": f"{name}@shop.example", "name": name, "roles": [{"role": "owner"}]}
        assert shop.post("/v1/users", body).status == 201
    receiving = Receiving(open=True, owner="owner@shop.example", deputy="deputy@shop.example")
    Program.get(tea["id"], "program").update(actions=[Program.receiving.set(receiving)])
    memory.forget_everything()
    settle(shop)
    sent.clear()
    return {user["email"].partition("@")[0]: user["id"] for user in shop.get("/v1/users").json["data"]}


def take_rights(shop, user):
    other = shop.program(external_id=user, name="Other")["id"]
    answer = shop.patch(f"/v1/users/{user}", {"roles": [{"role": "viewer", "program": other}]})
    assert answer.status == 200, answer.body


def on_the_morning_after(shop, introduced):
    shop.at = instants.parse(introduced["respond_by"]) + timedelta(hours=8)
    shop.run_schedule("check_introductions")


def test_who_may_no_longer_see_introductions_gets_no_email_of_them_but_the_deputy_does(shop, tea, ada, users, sent):  # noqa: F811
    take_rights(shop, users["owner"])
    late = introduce(shop, tea, ada, why="They need tea.").json
    settle(shop)
    assert written_to(sent, "@shop.example") == ["deputy@shop.example"]
    on_the_morning_after(shop, late)
    settle(shop)
    assert [email.subject for to, email, _ in sent if to == "deputy@shop.example"][1:] == [OVERDUE]
    assert written_to(sent, "@shop.example") == ["deputy@shop.example"] * 2


def test_where_nobody_may_see_introductions_no_email_of_them_goes_to_anybody(shop, tea, ada, users, sent):  # noqa: F811
    take_rights(shop, users["owner"])
    late = introduce(shop, tea, ada).json
    settle(shop)
    sent.clear()
    on_the_morning_after(shop, late)
    # Queued while the deputy had rights, and not sent yet.
    take_rights(shop, users["deputy"])
    introduce(shop, tea, ada, "joan@navy.example")
    settle(shop)
    shop.wait(days=1)
    shop.run_schedule("check_introductions")
    settle(shop)
    assert written_to(sent, "@shop.example") == []


def test_the_new_holder_of_an_account_sees_no_person_and_no_words_of_the_former_one(shop, tea, ada, sent):  # noqa: F811
    person = {"phone": "+49301234567", "company": "Navy", "role": "Admiral"}
    introduced = introduce(shop, tea, ada, person=person, why="They need tea.").json
    settle(shop)
    shop.wait(minutes=5)
    body = {"email": "new@other.example", "name": "New Holder", "reason": "sale"}
    assert shop.post(f"/v1/partners/{ada['id']}/hand-over", body).status == 200
    shop.wait(minutes=5)
    do(shop, introduced, "ask", words="Is Grace in Boston?")
    settle(shop)
    browser = signed_in(shop, {"id": ada["id"], "email": "new@other.example"})
    path = f"/portal/introductions/{introduced['id']}"
    own = introduce(shop, tea, ada, "joan@navy.example", person={"name": "Joan Clarke"}).json
    page, pages = browser.get(path), browser.get("/portal/introductions")
    emails = " ".join(f"{email.subject} {email.text}" for to, email, _ in sent if to == "new@other.example")
    for text in (page.body, pages.body, emails):
        for part in ("Grace", "grace@navy.example", "+49301234567", "Navy", "Admiral", "They need tea.", "Boston"):
            assert part not in text
    assert "A question about this person" in emails
    assert "Tea Shop needs more from you" in page.body
    assert "<form" not in page.body.partition("<main")[2]
    refused = browser.send(path, action="withdraw")
    assert (refused.status, see(shop, introduced)["state"]) == (422, "needs_more")
    assert "Joan Clarke" in pages.body
    assert "Joan Clarke" in browser.get(f"/portal/introductions/{own['id']}").body


def test_a_stranger_is_sent_no_look_alike_of_a_link_and_no_number_to_call_as_their_name(shop, tea, ada, sent):  # noqa: F811
    name = "URGENT: account closed. Call +49 900 123456 (evil。example/x)"
    lures = ("evil。example/pay", "1.2.3.4/x", "evil[.]example", "evil(.)example", "hxxps:evil", "evil．example")
    introduce(shop, tea, ada, person={"name": name}, why=f"They need tea: {' '.join(lures)} today.", **BY_US)
    settle(shop)
    [(_, email, envelope)] = [one for one in sent if one[0] == "grace@navy.example"]
    assert "They need tea: today." in email.text
    for part in (*lures, "URGENT", "900", "evil"):
        assert part not in email.text + email.html + envelope.name
    assert "Hello there,\n" in email.text
