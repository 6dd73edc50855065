"""Invitations go to people who asked for nothing: one click stops them, and whoever invites is told so."""

import json
import random
import re
import string

import pytest

from chalicelib.emails.table import Suppression
from chalicelib.kit import memory
from chalicelib.outbox.table import Message
from tests.forms import Browser, read_cookie

pytestmark = pytest.mark.engine

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ONE_CLICK = b"List-Unsubscribe=One-Click"
BEA = {"email": "bea@mail.example", "name": "Bea"}


def invite(shop, program, *people):
    answer = shop.post("/v1/invitations", {"program": program["id"], "invitations": list(people)})
    assert answer.status == 200, answer.body
    shop.streams.run()
    return [one["result"] for one in answer.json["data"]]


def invited(shop, program):
    return shop.get(f"/v1/invitations?program={program['id']}").json["data"]


def stop_path(email):
    headers = {one["Name"]: one["Value"] for one in email["Content"]["Simple"]["Headers"]}
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return re.fullmatch(r"<https://go\.example(/u/[\w-]+)>", headers["List-Unsubscribe"])[1]


def test_an_invitation_has_the_headers_and_the_link_and_says_why_it_comes(shop):
    invite(shop, shop.program(), BEA)

    [email] = shop.mailbox.written
    path = stop_path(email)
    body = email["Content"]["Simple"]["Body"]
    assert f"No more invitations: https://go.example{path}" in body["Text"]["Data"]
    assert f'href="https://go.example{path}"' in body["Html"]["Data"]
    assert "You get this email because you were invited to join Tea Shop.\n" in body["Text"]["Data"]


def test_one_click_stops_invitations_to_every_program_and_whoever_invites_is_told(shop):
    program, other = shop.program(), shop.program(name="Other")
    invite(shop, program, BEA)

    for _ in range(2):
        assert shop.post(stop_path(shop.mailbox.written[0]), ONE_CLICK, headers=FORM).status == 200

    assert invite(shop, other, BEA | {"email": "BEA@Mail.example"}, {"email": "eve@mail.example"}) == [
        "unsubscribed",
        "invited",
    ]
    assert invite(shop, program, BEA) == ["unsubscribed"]
    assert [to for _, to in shop.emails()] == ["Bea <bea@mail.example>", "eve@mail.example"]
    assert [one["unsubscribed_at"] for one in invited(shop, program)] == ["2026-03-10T12:00:00.000Z"]
    assert [(one["email"], one["unsubscribed_at"]) for one in invited(shop, other)] == [("eve@mail.example", None)]
    answer = shop.post(f"/v1/invitations/csv?program={other['id']}", b"email\nbea@mail.example", headers=CSV).json
    assert answer["data"] == [{"result": "unsubscribed", "invitation": None}]


CSV = {"Content-Type": "text/csv"}


def test_the_admin_page_names_who_wants_no_invitations_and_lists_it(shop):
    program, other = shop.program(), shop.program(name="Other")
    invite(shop, program, BEA)
    assert shop.post(stop_path(shop.mailbox.written[0]), ONE_CLICK, headers=FORM).status == 200
    admin = Browser(shop)
    admin.send("/admin/sign-in", key=shop.key)

    done = admin.send(
        f"/admin/programs/{other['id']}/joining", action="invite_all", csv="email\nbea@mail.example\neve@mail.example"
    )
    answer = admin.get(done.headers["Location"])

    assert "<bdi>1 invited. bea@mail.example unsubscribed from invitations.</bdi>" in answer.body
    listed = admin.get(f"/admin/programs/{program['id']}/joining").body
    assert "unsubscribed from invitations on Mar\xa010,\xa02026" in listed


def test_of_many_who_want_no_invitations_some_are_named_and_the_others_counted(shop):
    program, other = shop.program(), shop.program(name="Other")
    people = [f"p{number}@mail.example" for number in range(13)]
    invite(shop, program, *({"email": one} for one in people))
    for email in shop.mailbox.written:
        shop.post(stop_path(email), ONE_CLICK, headers=FORM)
    admin = Browser(shop)
    admin.send("/admin/sign-in", key=shop.key)

    done = admin.send(f"/admin/programs/{other['id']}/joining", action="invite_all", csv="\n".join(["email", *people]))
    page = admin.get(done.headers["Location"])

    assert f"{', '.join(people[:10])}, and 3 more unsubscribed from invitations." in page.body


def test_the_longest_addresses_that_are_named_fit_into_a_cookie_and_are_in_no_address(shop):
    """A browser keeps no cookie of more than 4,096 bytes; and what is in an address is in histories and logs."""
    program, other = shop.program(), shop.program(name="Other")
    # Of random letters, which nothing packs.
    letters = "".join(random.Random(11).choices(string.ascii_lowercase + string.digits, k=11 * 244))
    parts = [letters[start : start + 244] for start in range(0, len(letters), 244)]
    people = [f"{one[:64]}@{one[64:124]}.{one[124:184]}.{one[184:]}.mail" for one in parts]
    assert {len(one) for one in people} == {252}
    invite(shop, program, *({"email": one} for one in people))
    for email in shop.mailbox.written:
        shop.post(stop_path(email), ONE_CLICK, headers=FORM)
    admin = Browser(shop)
    admin.send("/admin/sign-in", key=shop.key)
    path = f"/admin/programs/{other['id']}/joining"

    done = admin.send(path, action="invite_all", csv="\n".join(["email", *people]))

    location, cookie = done.headers["Location"], done.headers["Set-Cookie"]
    assert re.fullmatch(re.escape(path) + r"\?done=[\w-]{22}", location)
    assert len(cookie.partition(";")[0]) <= 4096
    assert read_cookie(cookie)[2] == {"Max-Age=300", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"}
    assert all(one in admin.get(location).body for one in people[:10])
    assert people[0] not in admin.get(path).body.partition('<section class="card">')[0]


def test_a_scanner_stops_nothing_a_person_needs_one_button_and_may_take_it_back(shop):
    program, other = shop.program(), shop.program(name="Other")
    invite(shop, program, BEA | {"locale": "de"})
    path = stop_path(shop.mailbox.written[0])

    for method in ("GET", "HEAD", "GET"):
        page = shop.call(method, path)
    assert (page.status, page.body.count("<button>")) == (200, 1)
    assert "weder zu diesem Programm noch zu einem anderen" in page.body
    assert "bea@" not in page.body
    assert list(Suppression.scan()) == []
    done = shop.post(path, b"", headers=FORM)
    assert invite(shop, other, BEA) == ["unsubscribed"]
    undone = shop.post(path, b"again=yes", headers=FORM)

    assert "Sie haben diese E-Mails abbestellt." in done.body
    assert "Sie bekommen diese E-Mails wieder." in undone.body
    assert list(Suppression.scan()) == []
    assert invite(shop, other, BEA) == ["invited"]


def test_an_invitation_that_is_under_way_when_its_reader_stops_them_is_not_sent(shop):
    program, other = shop.program(), shop.program(name="Other")
    invite(shop, program, BEA)
    shop.post("/v1/invitations", {"program": other["id"], "invitations": [BEA]})
    shop.post(stop_path(shop.mailbox.written[0]), ONE_CLICK, headers=FORM)

    shop.streams.run()
    [skipped] = [one for one in Message.scan() if one.status == "skipped"]
    again = shop.post(f"/v1/messages/{skipped.id}/retry")
    shop.streams.run()

    assert (skipped.template, skipped.reason, again.status) == ("invitation", "unsubscribed", 200)
    assert len(shop.emails()) == 1


def test_what_is_kept_names_nobody_and_lifting_a_bounce_takes_back_no_word_of_theirs(shop):
    program, other = shop.program(), shop.program(name="Other")
    invite(shop, program, BEA)
    shop.post(stop_path(shop.mailbox.written[0]), ONE_CLICK, headers=FORM)

    lifted = shop.post("/v1/suppressions/lift", {"email": "bea@mail.example"}).json

    assert "bea" not in json.dumps([row.to_simple_dict() for row in Suppression.scan()], default=str)
    assert lifted["was_suppressed"] is False
    assert invite(shop, other, BEA) == ["unsubscribed"]


def test_who_wants_no_invitations_may_join_by_themselves_and_gets_a_partners_emails(shop):
    program, open_one = shop.program(), shop.program(name="Open", joining="open")
    invite(shop, program, BEA)
    shop.post(stop_path(shop.mailbox.written[0]), ONE_CLICK, headers=FORM)

    shop.partner(open_one, name="Bea", email="bea@mail.example")
    memory.forget_everything()
    shop.streams.run()

    assert shop.emails()[-1] == ("Welcome: your first steps with Open", "Bea <bea@mail.example>")
    assert invite(shop, open_one, BEA) == ["partner_already"]


def test_nobody_stops_anothers_invitations(shop):
    program = shop.program()
    invite(shop, program, BEA, {"email": "eve@mail.example"})
    bea, eve = (stop_path(email).removeprefix("/u/") for email in shop.mailbox.written)
    name, _, signature = bea.partition("-")
    forged = [bea[:-1], f"{eve.partition('-')[0]}-{signature}", f"p{bea[1:]}", f"{name}0-{signature}", f"i-{signature}"]

    answers = [shop.post(f"/u/{one}", ONE_CLICK, headers=FORM) for one in forged]

    assert {answer.status for answer in answers} == {404}
    assert list(Suppression.scan()) == []


def test_an_answer_to_an_application_is_not_unasked_and_cannot_be_stopped(shop):
    from tests.flows.test_joining import join

    program = shop.program(joining="approval")
    join(shop, program)
    [application] = shop.get(f"/v1/applications?program={program['id']}").json["data"]
    shop.post(f"/v1/applications/{application['id']}/refuse", {"note": "no customer of ours"})
    shop.streams.run()

    [email] = shop.mailbox.written
    assert "/u/" not in json.dumps(email)
    text = email["Content"]["Simple"]["Body"]["Text"]["Data"]
    assert text.endswith("\nYou get this email because you applied to join Tea Shop.\n")
