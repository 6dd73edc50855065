"""Emails about introductions: the partner hears each step, who answers hears at once, the person once, with consent."""

import re

import pytest

from chalicelib.kit import memory
from tests.emails import settle
from tests.flows.test_introduction_portal import signed_in
from tests.forms import Browser
from tests.introduced import introduce, open_for_introductions

WORDS = {"en": "We sell tea to offices.", "de": "Wir verkaufen Tee an Büros."}


@pytest.fixture
def sent(monkeypatch):
    """Every email that was handed over: to whom, the email, and the envelope."""
    from chalicelib.emails import deliver

    emails = []
    hand_over = deliver.send

    def send(email, envelope):
        emails.append((envelope.to, email, envelope))
        return hand_over(email, envelope)

    monkeypatch.setattr(deliver, "send", send)
    return emails


@pytest.fixture
def tea(shop):
    owner = {"email": "owner@shop.example", "name": "Olga Owner", "roles": [{"role": "owner"}]}
    assert shop.post("/v1/users", owner).status == 201
    tea = open_for_introductions(
        shop.program(name="Tea Shop", external_id="tea"), first_words=WORDS, calendar_url="https://tea.example/meet"
    )
    memory.forget_everything()
    return tea


@pytest.fixture
def ada(shop, tea, sent):
    ada = shop.partner(tea, name="Ada Lovelace", email="ada@mail.example")
    settle(shop)
    sent.clear()
    return ada


def do(shop, introduction, verb, **body):
    answer = shop.post(f"/v1/introductions/{introduction['id']}/{verb}", body)
    assert answer.status == 200, answer.body
    return answer.json


def heard(shop, sent, address="ada@mail.example"):
    """Return what was sent to an address since this was last looked at: subject and text."""
    settle(shop)
    emails = [(email.subject, email.text.replace("\xa0", " ")) for to, email, _ in sent if to == address]
    sent.clear()
    return emails


def test_the_partner_hears_by_when_and_who_answers_is_told_what_to_do(shop, tea, ada, sent):
    introduced = introduce(shop, tea, ada, why="They need tea.").json
    settle(shop)
    [partners] = [email for to, email, _ in sent if to == "ada@mail.example"]
    [owners] = [email for to, email, _ in sent if to == "owner@shop.example"]
    assert partners.subject == "We have your introduction of Grace Hopper"
    assert "We answer by Mar 12, 2026" in partners.text.replace("\xa0", " ").replace("March", "Mar")
    assert f"/portal/introductions/{introduced['id']}" in partners.text
    assert owners.subject.endswith("Ada Lovelace introduced Grace Hopper")
    assert "They need tea." in owners.text
    assert f"/admin/introductions/{introduced['id']}" in owners.text
    assert {to for to, *_ in sent} == {"ada@mail.example", "owner@shop.example"}


def test_the_partner_hears_each_step_with_its_reason_and_the_words_of_the_business(shop, tea, ada, sent):
    introduced = introduce(shop, tea, ada).json
    heard(shop, sent)
    do(shop, introduced, "ask", words="How many people work there?")
    [(subject, text)] = heard(shop, sent)
    assert (subject, "How many people work there?" in text) == ("A question about Grace Hopper", True)
    do(shop, introduced, "answer", words="Forty.")
    do(shop, introduced, "accept", words="What a nice idea.")
    subjects = dict(heard(shop, sent))
    assert "What a nice idea." in subjects["Tea Shop will talk to Grace Hopper"]
    do(shop, introduced, "move", state="meeting", words="On Monday.")
    [(subject, text)] = heard(shop, sent)
    assert "Tea Shop and Grace Hopper have a meeting." in text
    assert "On Monday." in text
    do(shop, introduced, "lost", reason="no_budget", words="Perhaps next year.")
    [(subject, text)] = heard(shop, sent)
    assert "There is no budget for it." in text
    assert "Perhaps next year." in text


def test_who_is_second_hears_it_at_once_and_hears_when_they_move_up(shop, tea, ada, sent):
    bob = shop.partner(tea, external_id="bob", name="Bob First", email="bob@mail.example")
    first = introduce(shop, tea, bob).json
    introduce(shop, tea, ada)
    [(subject, text)] = heard(shop, sent)
    assert subject == "Someone introduced Grace Hopper before you"
    assert "number 2 in line" in text
    assert "Bob" not in text
    assert bob["id"] not in text
    do(shop, first, "decline", reason="no_fit")
    [(subject, text)] = heard(shop, sent)
    assert subject == "News about Grace Hopper"
    assert "will answer by" in text


def test_what_the_partner_did_is_no_news_to_them(shop, tea, ada, sent):
    introduced = introduce(shop, tea, ada).json
    heard(shop, sent)
    do(shop, introduced, "withdraw")
    assert heard(shop, sent) == []


CONSENT = {"digest": "a" * 64, "at": "2026-03-10T11:00:00.000Z"}


def test_the_introduced_person_is_written_to_once_naming_the_partner_in_full_with_a_way_to_delete(shop, tea, ada, sent):
    body = {"sent_by": "us", "consent": CONSENT, "why": "They need tea, see https://evil.example now."}
    introduced = introduce(shop, tea, ada, **body).json
    do(shop, introduced, "accept")
    settle(shop)
    [(_, email, envelope)] = [one for one in sent if one[0] == "grace@navy.example"]
    assert email.subject == "Ada Lovelace introduces you to Tea Shop"
    for part in ("Ada Lovelace suggested", "They need tea, see now.", WORDS["en"], "https://tea.example/meet"):
        assert part in email.text
    assert "evil.example" not in email.text + email.html
    assert "/introduced/" in email.text
    assert "gets your answer" not in email.text
    assert envelope.unsubscribe_url in email.text


def test_without_consent_or_where_the_partner_sends_the_person_is_never_written_to(shop, tea, ada, sent):
    introduce(shop, tea, ada)
    settle(shop)
    assert not [to for to, *_ in sent if to == "grace@navy.example"]


def test_together_means_that_answers_reach_the_partner_and_the_business(shop, tea, ada, sent):
    introduced = introduce(shop, tea, ada, sent_by="together", consent=CONSENT).json
    path, browser = f"/portal/introductions/{introduced['id']}", signed_in(shop, ada)
    assert "wrote to" not in browser.get(path).body
    settle(shop)
    [(_, email, envelope)] = [one for one in sent if one[0] == "grace@navy.example"]
    assert envelope.also_reply_to == "ada@mail.example"
    assert "If you reply, Ada Lovelace gets your answer, too." in email.text
    assert envelope.reply_to == envelope.sender
    assert "Tea Shop wrote to Grace Hopper on Mar 10, 2026." in browser.get(path).body.replace("\xa0", " ")


def test_who_wants_no_such_emails_gets_none_of_any_partner(shop, tea, ada, sent):
    introduce(shop, tea, ada, sent_by="us", consent=CONSENT)
    settle(shop)
    [(_, _, envelope)] = [one for one in sent if one[0] == "grace@navy.example"]
    stopped = Browser(shop).send(envelope.unsubscribe_url.removeprefix("https://go.example"))
    assert (stopped.status, "You are unsubscribed" in stopped.body) == (200, True)
    sent.clear()
    other = open_for_introductions(shop.program(name="Coffee", external_id="coffee"))
    bob = shop.partner(other, external_id="bob", email="bob@mail.example")
    introduce(shop, other, bob, sent_by="us", consent=CONSENT)
    settle(shop)
    assert not [to for to, *_ in sent if to == "grace@navy.example"]


def test_a_german_partner_and_a_german_person_read_german(shop, tea, sent):
    ada = shop.partner(tea, external_id="de", name="Ada Lovelace", email="ada@mail.example", locale="de-DE")
    settle(shop)
    sent.clear()
    person = {"name": "Grete Hopper", "email": "grace@navy.example", "locale": "de"}
    introduce(shop, tea, ada, person=person, sent_by="us", consent=CONSENT)
    settle(shop)
    texts = {to: email.text for to, email, _ in sent}
    assert "Sie erfahren jeden Schritt" in texts["ada@mail.example"]
    assert WORDS["de"] in texts["grace@navy.example"]
    assert "Wir schreiben Ihnen dazu ein Mal." in texts["grace@navy.example"]


def test_the_list_of_emails_names_who_got_them_and_the_page_of_each_can_be_read(shop, tea, ada, sent):
    introduced = introduce(shop, tea, ada, sent_by="us", consent=CONSENT).json
    settle(shop)
    admin = Browser(shop)
    assert admin.send("/admin/sign-in", key=shop.key).status == 303
    page = admin.get("/admin/messages?status=any")
    assert page.status == 200
    messages = shop.get("/v1/messages?status=any&limit=100").json["data"]
    about = [one for one in messages if introduced["id"] in one["recipient"]]
    assert {one["template"] for one in about} == {"introduction_to_answer", "introduced"}
    for one in about:
        assert admin.get(f"/admin/messages/{one['id']}").status == 200


def test_after_a_word_the_next_date_is_that_of_the_word_in_the_email_and_on_the_page(shop, tea, ada, sent):
    introduced = introduce(shop, tea, ada).json
    heard(shop, sent)
    shop.wait(days=4)
    shop.run_schedule("check_introductions")
    text = dict(heard(shop, sent))["Nothing new about Grace Hopper yet"]
    assert "is late" in text
    assert "You hear from us again by Mar 28, 2026, whatever happens." in text
    do(shop, introduced, "word", words="On Monday.", next_word_by="2026-03-20T12:00:00.000Z")
    [(subject, text)] = heard(shop, sent)
    assert subject == "News about Grace Hopper"
    assert "has not decided yet" in text
    assert "You hear from us again by Mar 20, 2026." in text
    page = signed_in(shop, ada).get(f"/portal/introductions/{introduced['id']}").body.replace("\xa0", " ")
    assert "You hear from us by Mar 20, 2026 at the latest" in page
    assert "is late" not in page
    admin = Browser(shop)
    assert admin.send("/admin/sign-in", key=shop.key).status == 303
    board = admin.get(f"/admin/programs/{tea['id']}/introductions").body
    assert "Overdue since" not in board


def test_who_is_second_hears_the_new_date_of_the_first_and_reads_no_reason_twice(shop, tea, ada, sent):
    bob = shop.partner(tea, external_id="bob", name="Bob First", email="bob@mail.example")
    first = introduce(shop, tea, bob).json
    second = introduce(shop, tea, ada).json
    do(shop, first, "accept")
    heard(shop, sent)
    shop.wait(days=4)
    shop.run_schedule("check_introductions")
    text = dict(heard(shop, sent))["News about Grace Hopper"]
    until = re.search(r"The introduction before yours is now protected until (\w+ \d+, 2026)\.", text)[1]
    assert "before you." not in text
    page = signed_in(shop, ada).get(f"/portal/introductions/{second['id']}").body.replace("\xa0", " ")
    assert f"The introduction before yours is now protected until {until}." in page
    assert "was introduced before" not in page
    assert page.count("Second in line") == 2


@pytest.mark.parametrize(
    ("locale", "subject", "ended"),
    [
        ("en", "Your introduction has ended: Name deleted", "This person asked to have their details deleted."),
        ("de", "Ihre Vorstellung ist beendet: Name gelöscht", "Diese Person hat die eigenen Angaben löschen lassen."),
    ],
)
def test_whose_person_is_deleted_reads_whole_sentences_without_the_name(shop, tea, sent, locale, subject, ended):
    ada = shop.partner(tea, external_id="a", name="Ada Lovelace", email="ada@mail.example", locale=locale)
    introduced = introduce(shop, tea, ada).json
    heard(shop, sent)
    assert shop.post("/v1/introduced-people/erase", {"email": "grace@navy.example"}).status == 200
    [(heading, text)] = heard(shop, sent)
    assert (heading, ended in text) == (subject, True)
    assert not [words for words in ("introduce them again", "erneut vorstellen", "in time", "Zeit") if words in text]
    page = signed_in(shop, ada).get(f"/portal/introductions/{introduced['id']}").body
    assert ended in page


def test_what_ended_for_another_reason_can_be_introduced_again(shop, tea, ada, sent):
    introduce(shop, tea, ada)
    heard(shop, sent)
    shop.wait(days=100)
    for _ in range(2):
        shop.run_schedule("check_introductions")
    text = dict(heard(shop, sent))["Your introduction has ended: Grace Hopper"]
    assert "has ended. There was no answer in time." in text
    assert "If you still want Tea Shop and Grace Hopper to talk, you can introduce them again." in text
