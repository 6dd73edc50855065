"""Forms: a partner who sends more than a form shows changes nothing of anybody's by it."""

import json
import re
from urllib.parse import urlsplit

import pytest

from chalicelib.access import magic_links
from chalicelib.access.sessions import begin
from chalicelib.access.table import MagicLink, Session, SignedOut
from chalicelib.audit.actor import Actor
from chalicelib.conversions.change_shapes import NewCredit
from chalicelib.conversions.claim_links import claim_url
from chalicelib.conversions.shapes import NewConversion
from chalicelib.emails.unsubscribe import unsubscribe_url
from chalicelib.introductions.person_link import url_in_message
from chalicelib.introductions.shapes import NewIntroduction
from chalicelib.introductions.table import Introduction
from chalicelib.kit.dynamo import writes
from chalicelib.kit.keyed_digests import address_digests
from chalicelib.links.shapes import NewLink
from chalicelib.links.table import Link
from chalicelib.materials.shapes import MaterialRead
from chalicelib.materials.table import Read
from chalicelib.moments.table import Moment
from chalicelib.onboarding.join import Person
from chalicelib.partners import find as partners
from chalicelib.partners import friend_tokens, shared_names, tokens
from chalicelib.partners.feedback_table import Feedback
from chalicelib.partners.hand_over_shapes import NewPayee
from chalicelib.partners.joining_table import Application, Invitation
from chalicelib.partners.preferences import Preferences
from chalicelib.partners.shapes import NewEnrollment, NewFeedback, NewPartner, PartnerChange
from chalicelib.partners.shared_name_table import SharedName
from chalicelib.partners.table import EmailChange, EmailRequest, Enrollment, Partner, email_key
from chalicelib.portal.send_link import send_confirmation
from chalicelib.portal.session import COOKIE, LASTING, SignIn
from chalicelib.referrals.personal_shapes import NewErasure
from chalicelib.web.forms import fields_of
from infra.local import templates
from tests.faults.world import built_once
from tests.flows.friends import ADMIN, WORDS
from tests.forms import Browser
from tests.introduced import introduce, open_for_introductions
from tests.web.test_forms import posted

# By the address of each form: what it shows, filled in, and the structures and rows it is about.
LINES = "name,email,why,closeness\nMary,mary@books.example,Tea.,friend"
FORMS = {
    "/portal/link": ({"email": "m@mail.example"}, [SignIn, MagicLink]),
    "/portal/sign-in/{id}": ({}, [MagicLink, Session]),
    "/portal/identity": ({"name": "Mallory M."}, [PartnerChange, Partner, EmailRequest, EmailChange]),
    "/portal/confirm/{id}": ({}, [EmailRequest, EmailChange, Session]),
    "/portal/profile": ({}, [Session, Partner]),
    "/portal/come-back": ({"program": "{program}", "version": "1"}, [NewEnrollment, Enrollment]),
    "/portal/links": ({"program": "{program}", "channel": "Blog"}, [NewLink, Link]),
    "/portal/settings": ({"locale": "de"}, [PartnerChange, NewPartner, Partner]),
    "/portal/payee": ({"payout_name": "Mallory M."}, [NewPayee, PartnerChange, Partner]),
    "/portal/emails": ({"tips": "on"}, [Preferences, Partner]),
    "/portal/introduce": (
        {
            "program": "{program}",
            "once": "form",
            "name": "Grace",
            "email": "grace@navy.example",
            "why": "Tea.",
            "closeness": "friend",
        },
        [NewIntroduction, Introduction],
    ),
    "/portal/introductions/{id}": ({"action": "sent"}, [Introduction]),
    "/portal/introduce-several": (
        {"program": "{program}", "once": "form", "action": "do", "csv": LINES},
        [Introduction],
    ),
    "/introduced/{id}": ({"action": "claim"}, [Introduction]),
    "/portal/feedback": ({"score": "7"}, [NewFeedback, Feedback]),
    "/portal/materials/{id}": ({"version": "1"}, [MaterialRead, Read]),
    "/portal/names": (
        {"program": "{program}", "shared_name": "Mallory M.", "agrees": "on"},
        [PartnerChange, SharedName],
    ),
    "/portal/names-stop": ({"program": "{program}"}, [PartnerChange, SharedName]),
    "/portal/share-links": ({}, [NewEnrollment, Enrollment]),
    "/portal/leave": ({"program": "{program}"}, [NewEnrollment, Enrollment]),
    "/portal/erase": ({}, [NewErasure, Partner]),
    "/portal/erase-link": ({}, [Session, Partner]),
    "/portal/sign-out": ({}, [Session]),
    "/portal/sign-out-everywhere": ({}, [Session, SignedOut]),
    "/who/{id}": ({"name": "Anna"}, [NewConversion, NewCredit]),
    "/s/{id}": ({}, [NewLink, Link, Enrollment]),
    "/join/{id}": (
        {"form": "{form}", "name": "Mallory", "email": "new@mail.example", "agree": "1"},
        [Person, NewPartner, Partner, Enrollment, Application, Invitation],
    ),
    "/ask/{id}": (
        {"form": "{form}", "name": "Mallory", "email": "new@mail.example", "agree": "1"},
        [Person, NewPartner, Partner, Enrollment, Moment],
    ),
    "/u/{id}": ({}, [Preferences, Partner]),
}
# What a field of these names would say; of any other, that it is about the other partner.
VALUES = {
    "destination": "https://shop.example/elsewhere",
    "expires_at": "2031-07-07T07:07:07Z",
    "good_until": "2031-07-07T07:07:07Z",
    "category": "influencer",
    "payout_email": "thief@evil.example",
    "payout_name": "A Thief",
}


def fields_of_structures(structures):
    """Return every field of structures and rows, in order."""
    names = [
        name
        for one in structures
        for name in (getattr(one, "__struct_fields__", None) or getattr(one, "_fields", None) or one.get_attributes())
    ]
    return list(dict.fromkeys(names))


def rows_with(shop, *texts):
    """Return all rows in which one of these is written."""
    rows = [
        json.dumps(row, sort_keys=True, default=str)
        for table in templates.tables(stage="test")
        for row in shop.rows(table["TableName"].removeprefix("goodword-test-"))
    ]
    return sorted(row for row in rows if any(text in row for text in texts))


def aim(shop, path, program, partner):
    """Return the address of a form as a partner has it."""
    here = urlsplit(partner["enrollments"][0]["share_url"]).path
    if path == "/portal/sign-in/{id}":
        link = magic_links.new_link(partner["id"], mailbox=address_digests(partner["email"])[0], at=shop.at)
        assert writes.add_once(link)
        return urlsplit(magic_links.make_url(link)).path
    if path == "/portal/payee":
        return aim_at_payee(shop, partner)
    if path == "/who/{id}":
        shared_names.share(partner["id"], program["id"], "Anna", **WORDS, actor=ADMIN, at=shop.at)
        touch = {"friend_name": friend_tokens.write(program["id"], "which", "0" * 32, "", at=shop.at)}
        return urlsplit(claim_url(shop.sale(program, f"order-{shop.at:%H%M}", touches=[touch]).json["id"])).path
    if path == "/portal/confirm/{id}":
        profile = partners.find(partner["id"])
        address, actor = f"{shop.at:%H%M}@mail.example", Actor("operator", "test")
        send_confirmation(profile, address, actor=actor, at=shop.at)
        [*_, request] = EmailRequest.query(email_key(partner["id"]), EmailRequest.sort.startswith("request#"))
        return urlsplit(tokens.confirmation_url(request)).path
    if path == "/portal/materials/{id}":
        new = {"program": program["id"], "kind": "guide", "language": "en", "title": "Guide", "words": "Words."}
        material = shop.post("/v1/materials", new).json["id"]
        assert shop.post(f"/v1/materials/{material}/publish", {"version": 1}).status == 200
        return f"/portal/materials/{material}"
    if path == "/ask/{id}":
        return ask_somebody(shop, program)
    if path == "/u/{id}":
        return urlsplit(unsubscribe_url(partner["id"], "first_steps")).path
    if "introduc" in path:
        return aim_at_introduction(shop, path, program, partner)
    return {"/s/{id}": here, "/join/{id}": f"/join/{program['id']}"}.get(path, path)


def aim_at_payee(shop, partner):
    """Hand the partner over, so that a new holder has a payee to confirm."""
    holder = {"name": "Mallory M.", "email": "n@mail.example", "reason": "sale"}
    assert shop.post(f"/v1/partners/{partner['id']}/hand-over", holder).status == 200
    # Only who signs in afterwards is the new holder.
    shop.wait(seconds=1)
    return "/portal/payee"


def aim_at_introduction(shop, path, program, partner):
    """Return the address of a form about introductions; of one of the partner's, if the form is about one."""
    open_for_introductions(program)
    own = shop.get(f"/v1/introductions?partner={partner['id']}").json["data"]
    if "{id}" not in path:
        return path
    introduced = own[0] if own else introduce(shop, program, partner, "ida@lamp.example").json
    if path.startswith("/introduced"):
        return urlsplit(url_in_message(introduced["id"])).path
    return path.replace("{id}", introduced["id"])


def ask_somebody(shop, program):
    """Ask a new customer, and return the address of the form that the link leads to."""
    happy = {"name": "happy", "on": "score", "active": True}
    assert shop.post(f"/v1/programs/{program['id']}/asking", {"rules": [happy], "hold_out_bp": 0}).status == 200
    customer = f"c-{shop.at:%j-%H}"
    score = {"program": program["id"], "type": "score", "external_id": customer}
    assert shop.post("/v1/conversions", score | {"customer": {"external_id": customer}}).status == 201
    assert shop.streams.run() == []
    answer = shop.get(f"/v1/customers/ext_{customer}/ask?program={program['id']}").json
    return urlsplit(answer["join_url"]).path


def fill_in(shop, form, program, address):
    """Return a form as it is filled in, on its page or on the one that anybody may open."""
    page = shop.get(address if address.startswith("/ask/") else f"/join/{program['id']}").body
    token = re.search(r'name="form" value="([^"]+)"', page)[1]
    return {name: value.format(program=program["id"], form=token) for name, value in form.items()}


def signed_in(shop, partner):
    browser = Browser(shop)
    browser.cookies[COOKIE] = begin(partner["id"], lasting=LASTING, at=shop.at).cookie
    return browser


def test_these_are_all_forms_that_people_without_a_key_send():
    assert FORMS.keys() == {path for path in posted() if not path.startswith("/admin")}


@pytest.fixture
@built_once
def open_to_all(shop):
    """A program that anybody may join, a partner with a link, and another one."""
    program = shop.program(joining="open")
    victim = shop.partner(program, name="Vic", email="v@mail.example", external_id="vic")
    shop.link(program, victim, code="vics-own")
    return program, victim, shop.partner(program, name="Mallory", email="m@mail.example")


@pytest.mark.engine
@pytest.mark.parametrize("path", FORMS)
def test_what_a_form_does_not_show_changes_nothing(shop, open_to_all, path):
    program, victim, mallory = open_to_all
    own = f"share-page:{victim['id']}:{program['id']}"
    values = VALUES | {"external_id": own}
    filled_in, structures = FORMS[path]
    hidden = [name for name in fields_of_structures(structures) if name not in fields_of(posted()[path])]
    assert hidden
    address = aim(shop, path, program, mallory)
    browser = signed_in(shop, mallory)
    form = fill_in(shop, filled_in, program, address)
    begun, cookies = shop.state(), dict(browser.cookies)
    # What is refused anyway would prove nothing.
    answer = browser.send(address, **form)
    assert answer.status in (200, 201, 303), answer.body

    for name in hidden:
        shop.put_back(begun)
        browser.cookies = dict(cookies)
        value = values.get(name, victim["id"])
        before = rows_with(shop, victim["id"], value)

        browser.send(address, **{name: value}, **form)

        assert rows_with(shop, victim["id"], value) == before, name


# Who signs in is not signed in yet.
_OPEN = {"/admin/sign-in", "/admin/link", "/admin/sign-in/{id}"}
ADMINS = sorted(path for path in posted() if path.startswith("/admin") and path not in _OPEN)


@pytest.fixture
@built_once
def with_a_sale(shop):
    """A program that asks who joins, a partner who earned something, and another one."""
    program = shop.program(joining="approval")
    victim, mallory = shop.partner(program, email="v@mail.example"), shop.partner(program, email="m@mail.example")
    shop.sale(program, code=shop.link(program, victim)["code"])
    shop.settle()
    return program, victim, mallory


@pytest.mark.parametrize("path", ADMINS)
def test_a_form_of_the_admin_pages_that_a_partner_sends_changes_nothing(shop, with_a_sale, path):
    program, victim, mallory = with_a_sale
    everything = {
        "action": "refuse",
        "note": "x",
        "owner": victim["id"],
        "owners": victim["id"],
        "currency": "USD",
        "once": "x" * 26,
        "email": "new@mail.example",
        "draft": json.dumps({"rules": []}),
        "version": "1",
    }
    browser = signed_in(shop, mallory)
    before = rows_with(shop, "")

    answer = browser.send(path.replace("{id}", program["id"]), **everything)

    assert (answer.status, "Nothing was saved" in answer.body) == (401, True)
    assert rows_with(shop, "") == before
