"""The portal: a partner reads how introductions go, introduces somebody, sends the message, and hears by when."""

import html
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from chalicelib.access.magic_links import make_url, new_link
from chalicelib.access.sessions import begin
from chalicelib.kit.keyed_digests import address_digests
from chalicelib.portal.session import COOKIE, LASTING
from tests.forms import Browser
from tests.introduced import introduce, open_for_introductions, see

GRACE = {"name": "Grace Hopper", "email": "grace@navy.example", "why": "They need tea.", "closeness": "colleague"}


def signed_in(shop, partner):
    browser = Browser(shop)
    mailbox = address_digests(partner["email"])[0]
    browser.cookies[COOKIE] = begin(partner["id"], mailbox=mailbox, lasting=LASTING, at=shop.at).cookie
    return browser


@pytest.fixture
def tea(shop):
    return open_for_introductions(
        shop.program(name="Tea Shop", external_id="tea"),
        calendar_url="https://tea.example/meet",
        first_words={"en": "We sell tea to offices."},
    )


@pytest.fixture
def ada(shop, tea):
    return shop.partner(tea, name="Ada Lovelace", email="ada@mail.example")


def once_in(browser, program):
    page = browser.get(f"/portal/introduce?program={program['id']}").body
    return re.search(r'name="once" value="(\w+)"', page)[1]


def send(browser, program, **fields):
    filled = GRACE | {"program": program["id"], "once": once_in(browser, program), "sent_by": "partner"} | fields
    return browser.send("/portal/introduce", **filled)


def test_the_portal_says_how_to_introduce_somebody_what_happens_next_and_by_when(shop, tea, ada):
    page = signed_in(shop, ada).get("/portal/introductions")
    assert page.status == 200
    assert "Tell us who, and why we should talk." in page.body
    assert "Tea Shop answers within 2 business days." in page.body
    assert "at least every 14 days" in page.body
    assert "You have not introduced anyone yet." in page.body


def test_the_message_to_send_has_both_sides_words_the_calendar_and_what_the_partner_earns(shop, tea, ada):
    browser = signed_in(shop, ada)
    page = browser.get(send(browser, tea).headers["Location"]).body
    assert "Not sent yet." in page
    [mailto] = re.findall(r'href="(mailto:[^"]+)"', page)
    address = urlsplit(html.unescape(mailto))
    message = parse_qs(address.query)["body"][0]
    assert unquote(address.path) == "grace@navy.example"
    for part in (
        "Hello Grace Hopper,",
        "what I told them: “They need tea.”",
        "We sell tea to offices.",
        "https://tea.example/meet",
    ):
        assert part in message
    assert "I may get a reward from Tea Shop" in message
    assert message.endswith("Ada Lovelace")
    assert html.escape(message, quote=False) in html.unescape(page).replace("\r\n", "\n") or message in html.unescape(
        page
    )


def test_what_the_partner_sent_is_received_once_they_say_so_and_the_page_says_until_when_it_is_answered(shop, tea, ada):
    browser = signed_in(shop, ada)
    path = send(browser, tea).headers["Location"].partition("?")[0]
    page = browser.submit(path, action="sent").body.replace("\xa0", " ")
    # Tuesday noon and two business days.
    assert "Tea Shop has it and will answer by Mar 12, 2026." in page
    assert see(shop, {"id": path.rpartition("/")[2]})["state"] == "received"


def test_a_form_that_is_sent_twice_introduces_once(shop, tea, ada):
    browser = signed_in(shop, ada)
    once = once_in(browser, tea)
    answers = [send(browser, tea, once=once).headers["Location"].partition("?")[0] for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(shop.get(f"/v1/introductions?partner={ada['id']}").json["data"]) == 1


def test_a_form_with_a_fault_keeps_what_was_typed_and_names_the_field(shop, tea, ada):
    browser = signed_in(shop, ada)
    answer = send(browser, tea, sent_by="us", why="Because <b>tea</b>")
    assert answer.status == 422
    assert "Confirm that the person agreed" in answer.body
    assert "Because &lt;b&gt;tea&lt;/b&gt;" in answer.body
    assert 'value="Grace Hopper"' in answer.body
    assert re.search(r'name="consent"[^>]*aria-invalid="true"', answer.body)


def test_own_addresses_and_addresses_for_minutes_are_refused_in_the_readers_language(shop, tea):
    ada = shop.partner(tea, external_id="de", email="ada@mail.example", locale="de")
    browser = signed_in(shop, ada)
    assert "Das ist Ihre eigene Adresse." in send(browser, tea, email="Ada+x@mail.example").body
    assert "Diese E-Mail-Adresse gilt nur für Minuten." in send(browser, tea, email="x@mailinator.com").body


def test_who_is_second_reads_their_place_and_until_when_and_never_who_is_first(shop, tea, ada):
    bob = shop.partner(tea, external_id="bob", name="Bob First", email="bob@mail.example")
    first = introduce(shop, tea, bob).json
    browser = signed_in(shop, ada)
    path = send(browser, tea).headers["Location"].partition("?")[0]
    page = browser.submit(path, action="sent").body.replace("\xa0", " ")
    assert "Someone else introduced Grace Hopper before you." in page
    assert "You are number 2 in line. The one before you is protected until Mar 12, 2026." in page
    assert not any(secret in page for secret in (bob["id"], "Bob First", first["id"], "bob@mail.example"))


def test_another_partners_introduction_is_no_page_of_mine(shop, tea, ada):
    bob = shop.partner(tea, external_id="bob", email="bob@mail.example")
    theirs = introduce(shop, tea, bob).json["id"]
    browser = signed_in(shop, ada)
    assert browser.get(f"/portal/introductions/{theirs}").status == 404
    assert browser.send(f"/portal/introductions/{theirs}", action="withdraw").status == 404
    assert see(shop, {"id": theirs})["state"] == "received"


def test_the_partner_answers_a_question_and_may_withdraw(shop, tea, ada):
    browser = signed_in(shop, ada)
    introduced = introduce(shop, tea, ada).json
    shop.post(f"/v1/introductions/{introduced['id']}/ask", {"words": "How many people work there?"})
    path = f"/portal/introductions/{introduced['id']}"
    page = browser.get(path).body
    assert "Tea Shop needs more from you" in page
    assert "How many people work there?" in page
    assert browser.send(path, action="answer", words="").status == 422
    assert "Your answer was sent." in browser.submit(path, action="answer", words="Forty.").body
    assert see(shop, introduced)["history"][-1]["words"] == "Forty."
    assert "The introduction is withdrawn." in browser.submit(path, action="withdraw").body
    assert see(shop, introduced)["state"] == "lapsed"


def test_a_program_that_is_not_open_offers_nothing(shop):
    program = shop.program(name="Closed", external_id="closed")
    ada = shop.partner(program, email="ada@mail.example")
    browser = signed_in(shop, ada)
    assert "No program takes introductions at the moment." in browser.get("/portal/introductions").body
    assert browser.get(f"/portal/introduce?program={program['id']}").status == 303
    assert browser.send("/portal/introduce", **GRACE, program=program["id"], once="x").status == 422
    assert "/portal/introductions" not in browser.get("/portal").body


def test_the_share_page_leads_to_the_form(shop, tea, ada):
    share = shop.get(f"/v1/partners/{ada['id']}").json["enrollments"][0]["share_url"]
    page = shop.call("GET", urlsplit(share).path).body
    assert f"/portal/introduce?program={tea['id']}" in page


def test_who_was_introduced_before_is_refused_before_the_partner_writes_to_them_with_a_link(shop, tea, ada):
    browser, first = signed_in(shop, ada), introduce(shop, tea, ada).json
    answer = send(browser, tea)
    assert (answer.status, "You introduced this person before." in answer.body) == (422, True)
    assert f'href="/portal/introductions/{first["id"]}"' in answer.body
    assert "They need tea." in answer.body
    listed = shop.get(f"/v1/introductions?partner={ada['id']}").json["data"]
    assert [one["id"] for one in listed] == [first["id"]]


def test_a_draft_of_whom_the_partner_introduced_meanwhile_links_to_that_introduction(shop, tea, ada):
    browser = signed_in(shop, ada)
    path = send(browser, tea).headers["Location"].partition("?")[0]
    first = introduce(shop, tea, ada).json
    answer = browser.send(path, action="sent")
    assert (answer.status, f'href="/portal/introductions/{first["id"]}"' in answer.body) == (422, True)


def test_who_opens_the_form_signed_out_is_on_it_once_they_have_signed_in(shop, tea, ada):
    browser, path = Browser(shop), f"/portal/introduce?program={tea['id']}"
    assert 'name="why"' not in browser.get(path).body
    link = new_link(ada["id"], mailbox=address_digests("ada@mail.example")[0], at=shop.at)
    link.save()
    answer = browser.send(urlsplit(make_url(link)).path)
    assert (answer.status, answer.headers["Location"]) == (303, path)
    assert 'name="why"' in browser.get(path).body
    stranger = Browser(shop)
    stranger.get("/portal/introduce?program=//evil.example")
    assert not stranger.cookies


def test_the_form_of_a_program_is_shown_for_the_profile_that_takes_part_in_it(shop, tea, ada):
    other = open_for_introductions(shop.program(name="Coffee Club", external_id="coffee"))
    shop.wait(seconds=1)
    two = shop.partner(other, external_id="two", name="Ada L.", email="ada@mail.example")
    browser = signed_in(shop, ada)
    path = f"/portal/introduce?program={other['id']}"
    answer = browser.get(path)
    assert (answer.status, answer.headers["Location"]) == (303, path)
    assert browser.cookies["__Host-goodword-profile"] == two["id"]
    assert send(browser, other).status == 303
    assert shop.get(f"/v1/introductions?partner={two['id']}").json["data"]
