"""One mailbox, several profiles: signing in opens all of them, and nobody else has one of them open."""

import re

import pytest

from chalicelib.access.sessions import begin
from chalicelib.kit.keyed_digests import address_digests
from chalicelib.portal.session import COOKIE, LASTING
from tests.flows.test_doors import accept, application, leave
from tests.flows.test_joining import invite, join, share_path
from tests.flows.test_portal import link_for, sent  # noqa: F401
from tests.forms import Browser
from tests.reading import read
from tests.world import NOON


@pytest.fixture
def sign_in(shop, sent):  # noqa: F811
    """Sign in by an address, with a browser of one's own."""

    def sign_in(address):
        browser = Browser(shop)
        entered = browser.send(link_for(shop, sent, address, browser))
        assert entered.status == 303
        return browser

    return sign_in


def profiles(browser):
    """Return the profiles that the portal offers, by what each is called; the first is looked at."""
    page = browser.get("/portal").body
    select = re.search(r'<select id="profile" name="profile">(.*?)</select>', page, re.DOTALL)
    options = re.findall(r'<option value="(\w+)"( selected)?>(.*?)</option>', select[1]) if select else []
    return {name: identifier for identifier, _, name in sorted(options, key=lambda one: not one[1])}


def owe(shop, program, partner, **changes):
    """Have a partner earn something."""
    link = shop.link(program, partner)
    shop.sale(program, f"order-{link['code']}", f"customer-{link['code']}", code=link["code"], **changes)
    assert shop.streams.run() == []


def test_adding_a_partner_with_a_known_address_returns_who_they_are(shop):
    program = shop.program()
    first = shop.post("/v1/partners", {"name": "Ada", "email": "ada@mail.example", "programs": [program["id"]]})
    shop.wait(seconds=1)
    again = shop.post("/v1/partners", {"name": "Ada L.", "email": "ADA@mail.example"})
    nobody = shop.post("/v1/partners", {"name": "Eve"})

    assert (first.status, again.status, nobody.status) == (201, 201, 201)
    assert (first.json["same_email"], nobody.json["same_email"]) == ([], [])
    assert again.json["same_email"] == [first.json["id"]]
    assert shop.get(f"/v1/partners/{first.json['id']}").json["same_email"] == [again.json["id"]]


def test_signing_in_opens_all_profiles_of_an_address_and_what_each_is_owed(shop, sign_in):
    first, second = shop.program(name="Tea Shop"), shop.program(name="Coffee Club")
    one = shop.partner(first)
    shop.wait(seconds=1)
    two = shop.partner(second, name="Ada L.", email="ADA@mail.example")
    owe(shop, second, two)

    ada = sign_in("ada@mail.example")
    opened = profiles(ada)
    before = read(ada.get("/portal").body).text
    after = read(ada.submit("/portal/profile", profile=two["id"]).body)

    assert opened == {"Ada – Tea Shop": one["id"], "Ada L. – Coffee Club": two["id"]}
    assert "Hello Ada" in before
    assert "Hello Ada L." in after.text
    assert after.tile("Ready for payout") == "$3.00"
    # What is changed is changed of the profile that is looked at.
    ada.send("/portal/settings", locale="de")
    assert [shop.get(f"/v1/partners/{one['id']}").json["locale"] for one in (one, two)] == ["en", "de"]
    assert list(profiles(ada)) == ["Ada L. – Coffee Club", "Ada – Tea Shop"]


def test_no_one_opens_another_persons_profile_by_its_id(shop, sign_in):
    program = shop.program()
    shop.partner(program)
    bob = shop.partner(program, name="Bob", email="bob@mail.example")

    ada = sign_in("ada@mail.example")
    page = ada.submit("/portal/profile", profile=bob["id"])
    ada.cookies["__Host-goodword-profile"] = bob["id"]

    assert "Hello Ada" in read(page.body).text
    assert "Hello Ada" in read(ada.get("/portal").body).text


def test_a_partner_who_left_and_joined_again_finds_both_profiles(shop, sign_in):
    program = shop.program(joining="open")
    join(shop, program, name="Nele", email="nele@mail.example")
    [first] = shop.get("/v1/partners").json["data"]
    owe(shop, program, first)
    leave(shop, program, first)
    shop.wait(days=1)
    join(shop, program, name="Nele again", email="nele@mail.example")

    nele = sign_in("nele@mail.example")

    assert list(profiles(nele)) == ["Nele again – Tea Shop", "Nele – Tea Shop (left)"]
    old = nele.submit("/portal/profile", profile=first["id"])
    assert read(old.body).tile("Ready for payout") == "$3.00"


def test_a_partner_who_left_an_open_program_returns_in_the_portal_on_the_terms_in_force(shop, sign_in):
    program = shop.program(joining="open")
    ada = shop.partner(program)
    card = shop.link(program, ada, code="adas-card")
    shop.wait(minutes=5)
    browser = sign_in("ada@mail.example")
    browser.send("/portal/leave", program=program["id"])
    shop.post(f"/v1/programs/{program['id']}/terms", {"rules": []})
    shop.wait(minutes=5)

    page = browser.get("/portal").body
    outdated = browser.send("/portal/come-back", program=program["id"], version="1")
    back = browser.submit("/portal/come-back", program=program["id"], version="2")

    assert f"{program['id']}-2" in page
    assert (outdated.status, "The terms have changed" in outdated.body) == (422, True)
    assert "Welcome back to Tea Shop" in back.body
    assert shop.get(f"/v1/links/{card['id']}").json["disabled_at"] is None
    onboarding = shop.get(f"/v1/partners/{ada['id']}/onboarding").json
    assert onboarding["agreed_version"] == 2
    assert len(shop.get("/v1/partners").json["data"]) == 1


def test_a_partner_who_left_a_closed_program_reads_how_to_return(shop, sign_in):
    closed, choosy = shop.program(name="Closed"), shop.program(name="Choosy", joining="approval")
    ada = shop.partner(closed, programs=[closed["id"], choosy["id"]])
    browser = sign_in("ada@mail.example")
    for program in (closed, choosy):
        leave(shop, program, ada)

    page = browser.get("/portal").body
    refused = browser.send("/portal/come-back", program=closed["id"], version="1")

    assert "You can rejoin with an invitation." in page
    assert f'href="{choosy["join_url"]}">Apply again</a>' in page
    assert refused.status == 422
    assert [one["left_at"] is None for one in shop.get(f"/v1/partners/{ada['id']}").json["enrollments"]] == [False] * 2


def test_signing_out_everywhere_ends_the_sessions_of_all_profiles(shop, sign_in):
    program = shop.program()
    one, two = (shop.partner(program, name=name) for name in ("Ada", "Ada L."))
    mailbox = address_digests("ada@mail.example")[0]
    browsers = [Browser(shop) for _ in range(2)]
    for browser, partner in zip(browsers, (one, two), strict=True):
        browser.cookies[COOKIE] = begin(partner["id"], mailbox=mailbox, lasting=LASTING, at=shop.at).cookie
    shop.wait(seconds=1)

    assert all("Hello" in browser.get("/portal").body for browser in browsers)
    browsers[0].send("/portal/sign-out-everywhere")

    assert all("Your email address" in browser.get("/portal").body for browser in browsers)


def test_a_session_of_a_release_before_opens_the_profile_it_was_begun_for(shop):
    program = shop.program()
    one, _ = (shop.partner(program, name=name) for name in ("Ada", "Ada L."))
    browser = Browser(shop)
    browser.cookies[COOKIE] = begin(one["id"], lasting=LASTING, at=NOON).cookie

    assert "Hello Ada" in read(browser.get("/portal").body).text
    assert profiles(browser) == {}


def test_an_address_proves_nothing_before_an_email_to_it_was_opened(shop, sign_in):
    open_one, closed = shop.program(name="Tea Shop", joining="open"), shop.program(name="Coffee Club")
    mallory = share_path(join(shop, open_one, name="Mallory", email="ada@mail.example"))
    assert "Hello Mallory" in shop.get(mallory).body
    invite(shop, closed, {"email": "ada@mail.example", "name": "Ada"})

    page = accept(shop, closed, name="Ada", email="ada@mail.example")
    [ada] = shop.get("/v1/partners").json["data"]
    owe(shop, closed, ada)

    # It is one profile, and it is Ada's alone: what Mallory had of it has ended.
    assert {one["program"] for one in shop.get(f"/v1/partners/{ada['id']}").json["enrollments"]} == {
        open_one["id"],
        closed["id"],
    }
    assert "$3.00" in shop.get(share_path(page)).body
    assert shop.get(mallory).status == 404
    assert "Hello" in sign_in("ada@mail.example").get("/portal").body


def test_signing_in_ends_the_link_that_a_form_led_to_and_none_that_came_by_email(shop, sign_in):
    program = shop.program(joining="open")
    joined = share_path(join(shop, program, name="Bea", email="bea@mail.example"))
    [bea] = shop.get("/v1/partners").json["data"]
    [enrollment] = shop.get(f"/v1/partners/{bea['id']}").json["enrollments"]
    by_email = enrollment["share_url"].removeprefix("https://go.example")
    pressed = shop.post(joined, b"", headers={"Content-Type": "application/x-www-form-urlencoded"})
    before = [shop.get(path).status for path in (joined, by_email)]

    portal = sign_in("bea@mail.example")

    assert joined != by_email
    # The page of the form's link never names the other.
    assert pressed.headers["Location"].removeprefix("https://go.example") == joined
    assert by_email not in shop.get(joined).body
    assert before == [200, 200]
    assert [shop.get(path).status for path in (joined, by_email)] == [404, 200]
    assert enrollment["share_url"] in portal.get("/portal").body


def test_a_form_that_is_sent_again_after_the_address_was_proven_leads_to_the_portal(shop, sign_in):
    from tests.flows.test_joining import ENGLISH, send

    program = shop.program(joining="open")
    path = f"/join/{program['id']}"
    page = shop.get(path, headers=ENGLISH)
    first = send(shop, path, page)
    sign_in("bea@mail.example")

    again = send(shop, path, page)

    assert "/s/" in first.headers["Location"]
    assert again.headers["Location"].removeprefix("https://go.example") == "/portal"
    assert len(shop.get("/v1/partners").json["data"]) == 1


def test_an_approved_partner_has_a_profile_of_their_own(shop):
    open_one, choosy = shop.program(joining="open"), shop.program(joining="approval")
    mallory = share_path(join(shop, open_one, name="Mallory", email="bea@mail.example"))

    shop.post(f"/v1/applications/{application(shop, choosy)['id']}/approve")

    assert len(shop.get("/v1/partners").json["data"]) == 1
    assert shop.get(mallory).status == 404


def test_the_sign_in_email_never_uses_a_name_that_another_person_entered(shop, sent, sign_in):  # noqa: F811
    program = shop.program(joining="open")
    join(shop, program, name="Claim your prize at evil.example", email="ada@mail.example")
    shop.wait(seconds=1)
    shop.partner(program)

    sign_in("ada@mail.example")

    assert "Hello Ada," in sent[-1][1]
