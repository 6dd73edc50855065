"""The page of an introduced person: what is stored, who wrote it, that it is deleted, and who introduced them."""

import re

import pytest

from chalicelib.introductions import claims
from chalicelib.kit.errors import Busy
from tests.flows.test_introduction_emails import CONSENT, do, sent, tea  # noqa: F401
from tests.forms import Browser
from tests.introduced import introduce, see


@pytest.fixture
def ada(shop, tea):  # noqa: F811
    return shop.partner(tea, name="Ada Lovelace", email="ada@mail.example")


def link_of(shop, sent):  # noqa: F811
    """Return the path that our email to the introduced person leads to."""
    assert shop.streams.run() == []
    text = next(email.text for to, email, _ in reversed(sent) if to == "grace@navy.example")
    return re.search(r"https://go\.example(/introduced/\S+)", text)[1]


def test_the_person_sees_all_that_is_stored_and_who_wrote_it(shop, tea, ada, sent):  # noqa: F811
    person = {"name": "Grace Hopper", "email": "grace@navy.example", "company": "Navy", "role": "Admiral"}
    introduce(shop, tea, ada, person=person, sent_by="us", consent=CONSENT, why="They need <i>tea</i>.")
    page = Browser(shop).get(link_of(shop, sent))
    assert page.status == 200
    for part in ("Grace Hopper", "grace@navy.example", "Navy", "Admiral", "They need &lt;i&gt;tea&lt;/i&gt;."):
        assert part in page.body
    assert "Ada Lovelace introduced you to Tea Shop on" in page.body
    assert ada["id"] not in page.body
    assert "ada@mail.example" not in page.body


def test_deleting_erases_what_is_stored_ends_it_and_tells_the_partner(shop, tea, ada, sent):  # noqa: F811
    introduced = introduce(shop, tea, ada, sent_by="us", consent=CONSENT, why="They need tea.").json
    path, browser = link_of(shop, sent), Browser(shop)
    done = browser.send(path, action="delete")
    assert (done.status, "Your details are deleted." in done.body) == (200, True)
    again = browser.get(path)
    assert (again.status, "Your details are deleted." in again.body) == (200, True)
    stored = see(shop, introduced)
    assert (stored["person"], stored["why"], stored["state"]) == (None, None, "lapsed")
    assert stored["reason"] == "asked_to_be_deleted"


def test_deleting_that_was_interrupted_is_finished_by_the_same_link(shop, tea, ada, sent, monkeypatch):  # noqa: F811
    bob = shop.partner(tea, external_id="bob", name="Bob Second", email="bob@mail.example")
    every = [introduce(shop, tea, ada, sent_by="us", consent=CONSENT).json, introduce(shop, tea, bob).json]
    path, browser = link_of(shop, sent), Browser(shop)
    erase, erased = claims.erase, []

    def fail_second(identifier, **values):
        erased.append(identifier)
        if len(erased) == 2:
            raise Busy("Once more, please.")
        return erase(identifier, **values)

    with monkeypatch.context() as interrupted:
        interrupted.setattr(claims, "erase", fail_second)
        assert browser.send(path, action="delete").status == 503
    assert browser.send(path, action="delete").status == 200
    assert [see(shop, one)["person"] for one in every] == [None, None]


def test_the_persons_own_word_overrides_who_came_first(shop, tea, ada, sent):  # noqa: F811
    bob = shop.partner(tea, external_id="bob", name="Bob Second", email="bob@mail.example")
    first = introduce(shop, tea, ada, sent_by="us", consent=CONSENT).json
    second = introduce(shop, tea, bob).json
    path, browser = link_of(shop, sent), Browser(shop)
    page = browser.get(path).body
    assert "Who introduced you?" in page
    assert "Bob Second" in page
    done = browser.send(path, action="claim", introduction=second["id"])
    assert (done.status, "Thank you." in done.body) == (200, True)
    assert see(shop, second)["state"] == "received"
    assert see(shop, first)["state"] == "second_in_line"
    assert browser.send(path, action="claim", introduction="itr_0").status == 404


def test_the_link_in_the_partners_own_message_shows_and_deletes_but_claims_nothing(shop, tea, ada):  # noqa: F811
    from chalicelib.introductions.person_link import url_in_message

    bob = shop.partner(tea, external_id="bob", name="Bob Second", email="bob@mail.example")
    first = introduce(shop, tea, ada).json
    second = introduce(shop, tea, bob).json
    path, browser = url_in_message(second["id"]).removeprefix("https://go.example"), Browser(shop)
    page = browser.get(path).body
    assert "Bob Second introduced you" in page
    assert "Ada Lovelace" not in page
    assert "Who introduced you?" not in page
    browser.send(path, action="claim", introduction=second["id"])
    assert (see(shop, first)["state"], see(shop, second)["state"]) == ("received", "second_in_line")
    assert "Your details are deleted." in browser.send(path, action="delete").body
    assert (see(shop, first)["person"]["name"], see(shop, second)["person"]) == ("Grace Hopper", None)


def test_deleting_by_the_link_of_our_email_closes_the_mailbox(shop, tea, ada, sent):  # noqa: F811
    introduce(shop, tea, ada, "grace+1@navy.example", sent_by="us", consent=CONSENT)
    assert shop.streams.run() == []
    [text] = [email.text for to, email, _ in sent if to == "grace+1@navy.example"]
    Browser(shop).send(re.search(r"https://go\.example(/introduced/\S+)", text)[1], action="delete")
    assert written_to(shop, tea, sent) == []


def test_whoever_has_the_partners_link_keeps_no_email_from_the_mailbox(shop, tea, ada, sent):  # noqa: F811
    from chalicelib.introductions.person_link import url_in_message

    untouched = introduce(shop, tea, shop.partner(tea, external_id="cy", email="cy@mail.example")).json
    for number, address in enumerate(("grace@navy.example", "Grace+2@navy.example")):
        eve = shop.partner(tea, external_id=f"eve-{number}", email=f"eve-{number}@mail.example")
        false = introduce(shop, tea, eve, address).json
        path = url_in_message(false["id"]).removeprefix("https://go.example")
        page = Browser(shop).get(path).body
        assert "What others wrote about you stays; Tea Shop deletes that, too, if you ask them." in page
        assert "Your details are deleted." in Browser(shop).send(path, action="delete").body
        assert see(shop, false)["person"] is None
        entry = next(one for one in audit(shop, false) if one["action"] == "introduction.erased")
        assert (entry["actor"]["kind"], entry["actor"]["id"]) == ("page", "introduced_by_partner")
    assert see(shop, untouched)["state"] == "received"
    do(shop, untouched, "withdraw")
    assert written_to(shop, tea, sent) == ["grace@navy.example"]


def audit(shop, introduction):
    return shop.get(f"/v1/audit?subject={introduction['id']}").json["data"]


def written_to(shop, program, sent):  # noqa: F811
    """Return which mailboxes of Grace get an email when a partner has us introduce her."""
    assert shop.streams.run() == []
    sent.clear()
    bob = shop.partner(program, external_id="bob", email="bob@mail.example")
    introduced = introduce(shop, program, bob, sent_by="us", consent=CONSENT)
    assert introduced.status == 201, introduced.json
    assert shop.streams.run() == []
    return [to for to, *_ in sent if to.startswith("grace")]


@pytest.mark.parametrize(
    ("contact", "written"),
    [
        ({"email": "Grace+x@navy.example"}, []),
        ({"email": "grace@navy.example", "phone": "+4930123456"}, []),
        # Nothing proves that a number and an address are of one person.
        ({"phone": "+4930123456"}, ["grace@navy.example"]),
    ],
)
def test_a_business_that_erases_at_the_persons_request_writes_to_the_named_mailbox_no_more(
    shop,
    tea,  # noqa: F811
    ada,
    sent,  # noqa: F811
    contact,
    written,
):
    person = {"phone": "+4930123456"}
    first = introduce(shop, tea, ada, person=person).json
    erased = shop.post("/v1/introduced-people/erase", contact)
    assert (erased.status, erased.json["introductions"]) == (200, [first["id"]])
    assert written_to(shop, tea, sent) == written


@pytest.mark.parametrize("token", ["x", "itr_0.x", f"{'0' * 26}-{'A' * 22}", "é" * 40])
def test_every_other_address_is_unknown_alike(shop, token):
    answers = [Browser(shop).get(f"/introduced/{token}"), Browser(shop).send(f"/introduced/{token}", action="delete")]
    assert [answer.status for answer in answers] == [404, 404]
