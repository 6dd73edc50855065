"""Messages: found by status, by what they are, and to whom; each has a page that says what became of it, and why."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from chalicelib.admin import lists
from chalicelib.outbox.queue import enqueue, new_message
from tests.flows.receivers import HOST, receiving
from tests.forms import Browser
from tests.reading import read
from tests.world import NOON

pytestmark = pytest.mark.engine


def ask(shop, **query):
    answer = shop.get(f"/v1/messages?{urlencode({'status': 'any', **query})}")
    assert answer.status == 200, answer.body
    return answer.json


def what(page):
    return {(one["template"], one["recipient"]) for one in page["data"]}


def signed_in(shop):
    browser = Browser(shop)
    assert browser.send("/admin/sign-in", key=shop.key).status == 303
    return browser


@pytest.fixture
def business(shop):
    """Ada and Ben take part in a program; Ada's link brought Grace, who bought."""
    program = shop.program(external_id="tea", joining="approval")
    ada = shop.partner(program, external_id="ada", name="Ada", email="ada@mail.example")
    ben = shop.partner(program, external_id="ben", name="Ben", email="ben@mail.example")
    shop.sale(program, code=shop.link(program, ada)["code"], customer="grace")
    shop.settle()
    return program, ada, ben


def test_messages_are_found_by_who_gets_them_and_by_exact_address(shop, business):
    _, ada, ben = business
    grace = shop.get("/v1/customers/ext_grace").json["id"]

    to_ada, by_address = ask(shop, partner="ext_ada"), ask(shop, email="Ada@Mail.example")

    assert {one["recipient"] for one in to_ada["data"]} == {ada["id"]}
    assert by_address["data"] == to_ada["data"]
    assert {one[1] for one in what(ask(shop, partner=ben["id"]))} == {ben["id"]}
    to_grace = {("welcome", grace), ("yours", grace)}
    assert what(ask(shop, customer="ext_grace")) == what(ask(shop, email="grace@mail.example")) == to_grace
    assert ask(shop, email="nobody@mail.example")["data"] == []
    # Half an address is nobody's: a message is private.
    assert shop.get("/v1/messages?email=ada@").status == 422
    assert ask(shop, partner="ext_ada", email="grace@mail.example")["data"] == []


def test_whoever_was_invited_or_applied_is_found_by_their_address_too(shop, business):
    program, _, _ = business
    invited = {"invitations": [{"email": "eve@mail.example"}]}
    assert shop.post("/v1/invitations", {"program": program["id"], **invited}).status in (200, 201)
    shop.settle()

    assert {one["template"] for one in ask(shop, email="eve@mail.example")["data"]} == {"invitation"}


def test_messages_are_filtered_by_what_they_are_and_by_program(shop, business):
    program, ada, _ = business

    assert {one["template"] for one in ask(shop, template="welcome")["data"]} == {"welcome"}
    assert ask(shop, program="ext_tea", channel="webhook")["data"] == []
    everything = ask(shop)["data"]
    assert {one["status"] for one in everything} == {"sent", "skipped"}
    of_program = ask(shop, program=program["id"])["data"]
    assert of_program == [one for one in everything if one["program"] == program["id"]]
    assert ask(shop, status="scheduled", partner=ada["id"], template="follow_up")["data"][0]["recipient"] == ada["id"]
    assert shop.get("/v1/messages?template=greeting").json["code"] == "invalid_value"


@pytest.mark.parametrize("status", ["any", "pending", "scheduled"])
def test_a_list_of_messages_goes_on_both_ways_and_nothing_is_lost(shop, status):
    made = []
    for number in range(23):
        at = NOON + timedelta(minutes=number)
        send_at = NOON + timedelta(days=1 + number % 5, minutes=number) if status == "scheduled" else None
        message = new_message("held", f"ent_{number}", f"ptr_{number % 3}", "prg_1", at=at, send_at=send_at)
        enqueue([message])
        made.append(message.id)
    newest_first = sorted(made, reverse=True)

    pages = [ask(shop, status=status, limit=5)]
    while pages[-1]["has_more"]:
        pages.append(ask(shop, status=status, limit=5, cursor=pages[-1]["next_cursor"]))
    assert [one["id"] for page in pages for one in page["data"]] == newest_first
    assert pages[-1]["count"] == {"at_least": 23, "exact": True}

    back, backwards = pages[-1], []
    while back["previous_cursor"]:
        back = ask(shop, status=status, limit=5, cursor=back["previous_cursor"])
        backwards.append([one["id"] for one in back["data"]])
    assert backwards == [[one["id"] for one in page["data"]] for page in reversed(pages[:-1])]


def test_a_span_of_messages_is_by_when_they_were_to_be_sent(shop):
    for number in range(4):
        enqueue([new_message("held", f"ent_{number}", "ptr_1", "prg_1", at=NOON + timedelta(days=number))])
    first, last = ((NOON + timedelta(days=days)).date().isoformat() for days in (1, 3))

    listed = ask(shop, **{"from": first, "to": last})["data"]

    assert [one["subject"] for one in listed] == ["ent_2", "ent_1"]


def test_one_persons_message_is_found_among_thousands_by_a_bounded_number_of_calls(shop):
    others = [
        new_message("held", f"ent_{number}", f"ptr_{number}", "prg_1", at=NOON + timedelta(seconds=number))
        for number in range(1500)
    ]
    enqueue([new_message("held", "ent_x", "ptr_wanted", "prg_1", at=NOON), *others])
    ada = shop.partner(shop.program(), external_id="ada")
    enqueue([new_message("held", "ent_y", ada["id"], "prg_1", at=NOON)])

    before = len(shop.line.calls)
    page = ask(shop, status="pending", partner="ext_ada", template="held", limit=5)

    assert [one["subject"] for one in page["data"]] == ["ent_y"]
    # Its own sign-in, the partner, four shards of two parts of the list, and one batch.
    assert len(shop.line.calls) - before <= 16


def test_a_message_says_which_event_caused_it(shop, business, monkeypatch):
    program, ada, _ = business
    with receiving(monkeypatch):
        hook = shop.post("/v1/endpoints", {"program": program["id"], "url": f"https://{HOST}/hook"}).json
        shop.wait(minutes=2)
        shop.sale(program, "order-9", "dora", code=shop.link(program, ada)["code"])
        shop.settle()
    shop.wait(minutes=2)
    events = {one["id"]: one["type"] for one in shop.get("/v1/events?limit=100").json["data"]}

    def cause(one):
        event = shop.get(f"/v1/messages/{one['id']}").json["event"]
        return events.get(event)

    causes = {one["template"]: cause(one) for one in ask(shop, partner="ext_ada")["data"]}
    assert causes["first_steps"] == "partner.enrolled"
    assert causes["joined"] == "referral.created"
    calls = ask(shop, channel="webhook")["data"]
    assert calls
    assert {one["recipient"] for one in calls} == {hook["endpoint"]["id"]}
    assert all(cause(one) is not None for one in calls)
    assert shop.get("/v1/messages/msg_nobody").json["code"] == "message_not_found"


def test_the_page_of_an_email_says_what_happened_why_and_how_it_would_read_now(shop, business):
    _, ada, _ = business
    [earned] = ask(shop, partner=ada["id"], template="earned")["data"]

    answer = signed_in(shop).get(f"/admin/messages/{earned['id']}")
    page = read(answer.body)

    assert answer.status == 200
    assert [one["What"] for one in page.table("What happened")] == ["Created", "Last attempt", "Sent"]
    assert "How this email would read if it were sent now" in page.text
    assert "ada@mail.example" in page.text
    assert "[private link]" in page.text
    # No page of a partner, and no way to unsubscribe them, is in it.
    assert not re.search(r"/s/\w|/u/\w", answer.body)
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_no_link_that_signs_in_is_ever_rendered_for_an_admin(shop, business):
    Browser(shop).send("/portal/link", email="ada@mail.example")
    shop.settle()
    [sign_in] = ask(shop, template="sign_in")["data"]

    page = signed_in(shop).get(f"/admin/messages/{sign_in['id']}").body

    assert "It is never shown here" in page
    assert "/portal/sign-in/" not in page


def test_a_name_in_a_rendered_email_is_text_and_nothing_else(shop):
    program = shop.program(name="<script>alert(1)</script>")
    shop.partner(program, external_id="eve", name="<img src=x onerror=alert(1)>", email="eve@mail.example")
    shop.settle()
    [one] = [one for one in ask(shop, partner="ext_eve")["data"] if one["template"] == "first_steps"]

    page = signed_in(shop).get(f"/admin/messages/{one['id']}").body

    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<img" not in page


def test_filters_stay_in_the_address_and_lead_both_ways(shop, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 25)
    for number in range(30):
        enqueue([new_message("held", f"ent_{number}", "ptr_1", "prg_1", at=NOON + timedelta(minutes=number))])
    admin = signed_in(shop)

    first = admin.get("/admin/messages?status=pending&channel=email").body
    [older] = re.findall(
        r'href="(/admin/messages\?status=pending&amp;channel=email&amp;cursor=[^"]+)" rel="next"', first
    )
    second = admin.get(older.replace("&amp;", "&")).body
    [newer] = re.findall(r'href="(/admin/messages\?[^"]+)" rel="prev"', second)

    assert len(re.findall(r'href="/admin/messages/msg_', first)) == 25
    assert len(re.findall(r'href="/admin/messages/msg_', second)) == 5
    assert admin.get(newer.replace("&amp;", "&")).body.count("/admin/messages/msg_") == 25
    refused = admin.get("/admin/messages?partner=nobody")
    assert (refused.status, 'value="nobody"' in refused.body) == (422, True)


def test_a_message_that_was_sent_is_not_sent_again_and_the_page_says_so(shop, business):
    _, ada, _ = business
    [sent] = ask(shop, partner=ada["id"], template="earned")["data"]
    admin = signed_in(shop)

    refused = admin.send(f"/admin/messages/{sent['id']}")

    assert refused.status == 422
    assert "already sent" in refused.body


def test_a_retry_leads_to_the_messages_page_which_says_who_did_it(shop):
    program = shop.program()
    shop.partner(program, external_id="mute", email=None)
    shop.settle()
    [skipped] = ask(shop, status="skipped")["data"][:1]
    admin = signed_in(shop)

    done = admin.send(f"/admin/messages/{skipped['id']}")
    page = read(admin.get(done.headers["Location"].replace("https://goodword.example", "")).body)

    assert done.status == 303
    assert "It will be sent again" in page.text
    assert any("Message retried by" in one["What"] for one in page.table("What happened"))


def test_pages_of_messages_take_at_most_thirty_calls(shop, business):
    _, ada, _ = business
    admin = signed_in(shop)
    paths = [
        *(f"/admin/messages?status={one}" for one in ("any", "failed", "sent", "scheduled", "digested")),
        "/admin/messages?status=any&email=ada@mail.example",
        *(f"/admin/messages/{one['id']}" for one in ask(shop, partner=ada["id"])["data"]),
    ]
    for path in paths:
        before = len(shop.line.calls)
        assert admin.get(path).status == 200
        assert len(shop.line.calls) - before <= 30, path
