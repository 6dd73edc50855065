"""Links in emails, and what is found by a digest, outlive every rotation of the signing secret; old forms are read."""

import hashlib
import json

import pytest

from chalicelib.access.sessions import begin
from chalicelib.audit.actor import Actor
from chalicelib.emails import suppressions
from chalicelib.kit import keyed_digests, signing
from chalicelib.portal.send_link import send_link
from chalicelib.portal.session import COOKIE, LASTING
from tests.flows.test_joining import join
from tests.flows.test_unasked_emails import BEA, FORM, ONE_CLICK, invite, stop_path
from tests.forms import Browser

ADDRESS = "bea@mail.example"


@pytest.fixture
def older(monkeypatch):
    """Within it, the code is as it was: digests have no key, and every link is signed with the signing secret."""

    def without_key(_use, content):
        return [hashlib.sha256(content).hexdigest()]

    with monkeypatch.context() as patched:
        patched.setattr(keyed_digests, "_forms", without_key)
        patched.setattr(signing, "sign_lasting", signing.sign)
        yield patched


def rotate_twice(monkeypatch):
    for secret in ("n" * 48, "m" * 48):
        monkeypatch.setenv("GOODWORD_SECRETS", secret)


def links_of(shop, program):
    """Send a partner an email, and somebody an invitation; return the paths of the links in them."""
    ada = shop.partner(program)
    shop.lead(program, code=shop.link(program, ada)["code"])
    shop.streams.run()
    [share, *_] = [one["share_url"] for one in shop.get(f"/v1/partners/{ada['id']}").json["enrollments"]]
    stopping = next(stop_path(email) for email in shop.mailbox.written if "ada@" in json.dumps(email))
    invite(shop, program, BEA)
    text = shop.mailbox.written[-1]["Content"]["Simple"]["Body"]["Text"]["Data"]
    invited = next(word for word in text.split() if "invited=" in word)
    return [share.removeprefix("https://go.example"), stopping, invited.removeprefix("https://go.example")]


def open_links(shop, links):
    share, stopping, invited = (shop.get(link) for link in links)
    return share.status, stopping.status, invited.status, ADDRESS in invited.body


def test_links_in_emails_lead_on_after_two_rotations_of_the_signing_secret(shop, monkeypatch):
    links = links_of(shop, shop.program())
    assert open_links(shop, links) == (200, 200, 200, True)

    rotate_twice(monkeypatch)

    assert open_links(shop, links) == (200, 200, 200, True)
    assert shop.post(links[1], ONE_CLICK, headers=FORM).status == 200


def test_links_of_before_lead_on_while_their_secret_is_in_use(shop, older, monkeypatch):
    links = links_of(shop, shop.program())
    older.undo()
    assert open_links(shop, links) == (200, 200, 200, True)

    rotate_twice(monkeypatch)

    assert open_links(shop, links)[:2] == (404, 404)


def test_nobody_who_has_the_signing_secret_alone_makes_a_lasting_link(shop, monkeypatch):
    [share, *_] = links_of(shop, shop.program())
    name = share.removeprefix("/s/")[:52]

    monkeypatch.setenv("GOODWORD_LASTING_SECRETS", "x" * 48)

    assert shop.get(share).status == 404
    assert shop.get(f"/s/{name}{'A' * 22}").status == 404


def test_an_address_that_older_code_suppressed_gets_no_email_until_it_is_lifted(shop, older):
    suppressions.suppress(
        json.dumps(
            {
                "eventType": "Bounce",
                "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": ADDRESS}]},
            }
        ),
        at=shop.at,
    )
    older.undo()

    assert suppressions.suppression_reason(ADDRESS, invitation=False) == "suppressed: bounce"
    assert shop.post("/v1/suppressions/lift", {"email": ADDRESS}).json["was_suppressed"] is True
    assert suppressions.suppression_reason(ADDRESS, invitation=False) is None


def test_whom_older_code_knew_invited_or_had_apply_is_not_taken_for_somebody_new(shop, older):
    program, open_one = shop.program(), shop.program(name="Open", joining="approval")
    shop.partner(program, name="Bea", email=ADDRESS)
    invite(shop, open_one, {"email": "eve@mail.example"})
    join(shop, open_one)
    [application] = shop.get(f"/v1/applications?program={open_one['id']}").json["data"]
    older.undo()

    again = [invite(shop, program, BEA), invite(shop, open_one, {"email": "eve@mail.example"})]
    shop.wait(minutes=1)
    join(shop, open_one)

    assert again == [["partner_already"], ["invited_before"]]
    assert shop.get(f"/v1/applications?program={open_one['id']}").json["data"] == [application]


def test_what_older_code_took_is_answered_as_then_and_with_another_body_refused(shop, older):
    program = shop.program()
    key = {"Idempotency-Key": "once"}
    partner = shop.post("/v1/partners", {"name": "Bea", "email": ADDRESS}, headers=key)
    sale = shop.sale(program)
    refund = shop.refund(sale.json, 100)
    older.undo()

    again = shop.sale(program), shop.refund(sale.json, 100)
    changed = shop.sale(program, amount=1), shop.refund(sale.json, 101)
    partners = [shop.post("/v1/partners", {"name": name, "email": ADDRESS}, headers=key) for name in ("Bea", "Eve")]

    assert [answer.body for answer in again] == [sale.body, refund.body]
    assert [answer.json["code"] for answer in changed] == ["conversion_conflict", "refund_conflict"]
    assert (partners[0].body, partners[1].json["code"]) == (partner.body, "idempotency_key_reused")


def test_no_table_holds_an_unkeyed_digest_of_an_address(shop):
    program = shop.program(joining="approval")
    shop.partner(program, name="Bea", email=ADDRESS)
    send_link(ADDRESS, at=shop.at)
    invite(shop, program, {"email": "eve@mail.example"})
    suppressions.set_invitations(ADDRESS, on=False, actor=Actor("page", "unsubscribe"), at=shop.at)

    unkeyed = hashlib.sha256(ADDRESS.encode()).hexdigest()
    tables = ("partners", "emails", "access", "conversions", "idempotency")
    assert unkeyed not in json.dumps([row for table in tables for row in shop.rows(table)], default=str)


def share_address(shop, partner):
    [enrollment] = shop.get(f"/v1/partners/{partner['id']}").json["enrollments"]
    return enrollment["share_url"].removeprefix("https://go.example")


@pytest.mark.parametrize("by", ["the partner", "the business"])
def test_a_share_link_can_be_ended_and_another_takes_its_place(shop, by):
    program = shop.program()
    ada = shop.partner(program)
    before = share_address(shop, ada)
    assert shop.get(before).status == 200

    if by == "the partner":
        browser = Browser(shop)
        browser.cookies[COOKIE] = begin(ada["id"], lasting=LASTING, at=shop.at).cookie
        assert "Your page has a new address." in browser.submit("/portal/share-links").body
    else:
        answer = shop.post(f"/v1/partners/{ada['id']}/share-link", {"program": program["id"]})
        assert (answer.status, answer.json["share_url"]) == (200, f"https://go.example{share_address(shop, ada)}")

    assert share_address(shop, ada) != before
    assert shop.get(before).status == 404
    assert shop.post(before).status == 404
    assert shop.get(share_address(shop, ada)).status == 200


def test_nobody_renews_the_link_of_who_takes_no_part(shop):
    ada, other = shop.partner(shop.program()), shop.program()

    answer = shop.post(f"/v1/partners/{ada['id']}/share-link", {"program": other["id"]})

    assert (answer.status, answer.json["code"]) == (422, "partner_not_enrolled")
