"""The page of an introduced person: what is stored, who wrote it, that it is deleted, and who introduced them."""

import re

import pytest

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


@pytest.mark.parametrize("token", ["x", "itr_0.x", f"{'0' * 26}-{'A' * 22}", "é" * 40])
def test_every_other_address_is_unknown_alike(shop, token):
    answers = [Browser(shop).get(f"/introduced/{token}"), Browser(shop).send(f"/introduced/{token}", action="delete")]
    assert [answer.status for answer in answers] == [404, 404]
