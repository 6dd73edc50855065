"""A partner's page: everything about them is seen there and done there, and two windows at once harm nothing."""

import re

import pytest

from tests.flows.test_audit import entries
from tests.forms import Browser
from tests.reading import read

RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1000}]
TIERS = [{"name": "gold", "minimum_sales": 50}, {"name": "silver", "minimum_sales": 10}]


@pytest.fixture
def business(shop):
    program = shop.program(rules=RULES, tiers=TIERS, hold_days=14)
    ada = shop.partner(program, external_id="crm-1", metadata={"shirt": "M"})
    return program, ada


def page_of(partner):
    return f"/admin/partners/{partner['id']}"


def stored(shop, partner):
    return shop.get(f"/v1/partners/{partner['id']}").json


def form_of(admin, partner):
    """Return the form for who they are, as it is filled in."""
    page = read(admin.get(page_of(partner)).body)
    form = next(one for one in page.all("form") if one.attributes["action"] == page_of(partner))
    return {one.attributes["name"]: _value(one) for one in form.all("input", "select", "textarea")}


def _value(field):
    if field.tag == "select":
        return next(one.attributes["value"] for one in field.all("option") if "selected" in one.attributes)
    return field.raw.removeprefix("\n") if field.tag == "textarea" else field.attributes["value"]


def test_who_they_are_is_changed_by_one_form(shop, admin, business):
    _, ada = business
    form = form_of(admin, ada)
    assert (form["external_id"], form["metadata"]) == ("crm-1", "shirt: M")

    new = {
        "name": "Ada King",
        "locale": "de",
        "payout_name": "A. King",
        "payout_email": "bank@mail.example",
        "friend_name": "Ada K.",
        "external_id": "crm-2",
        "metadata": "shirt: L\r\n\r\nbirthday: 12: 10",
    }
    page = read(admin.submit(page_of(ada), **form | new).body)

    assert "Saved." in page.text
    now = stored(shop, ada)
    assert {name: now[name] for name in new} == new | {"metadata": {"shirt": "L", "birthday": "12: 10"}}


def test_what_the_form_does_not_change_stays_and_nothing_is_entered_in_the_audit_trail(shop, admin, business):
    _, ada = business
    shop.patch(f"/v1/partners/{ada['id']}", {"metadata": {"shirt": "  M "}})
    before, form = stored(shop, ada), form_of(admin, ada)
    entries = len(shop.rows("audit"))

    admin.submit(page_of(ada), **form)

    assert stored(shop, ada) == before
    assert len(shop.rows("audit")) == entries


def test_what_is_left_empty_is_taken_away_and_an_address_is_not(shop, admin, business):
    _, ada = business
    form = form_of(admin, ada)

    refused = admin.send(page_of(ada), **form | {"email": ""})
    admin.submit(page_of(ada), **form | {"external_id": "", "metadata": ""})

    assert refused.status == 422
    assert (stored(shop, ada)["external_id"], stored(shop, ada)["metadata"]) == (None, {})
    assert stored(shop, ada)["email"] == "ada@mail.example"


@pytest.mark.parametrize("metadata", ["shirt", "shirt: M\nshirt: L", "Shirt size: M", "shirt:"])
def test_metadata_that_cannot_be_read_are_refused_and_kept(shop, admin, business, metadata):
    _, ada = business

    refused = admin.send(page_of(ada), **form_of(admin, ada) | {"metadata": metadata})

    assert refused.status == 422
    [field] = [one for one in read(refused.body).all("textarea") if "aria-invalid" in one.attributes]
    assert (field.attributes["name"], field.raw.strip()) == ("metadata", metadata)
    assert stored(shop, ada)["metadata"] == {"shirt": "M"}


def test_of_two_windows_that_change_one_partner_the_second_is_refused_and_sees_the_values_of_the_first(
    shop, admin, business
):
    _, ada = business
    form = form_of(admin, ada)
    admin.submit(page_of(ada), **form | {"name": "Mine"})

    second = admin.send(page_of(ada), **form | {"name": "Yours"})
    page = read(second.body)

    assert (second.status, "Now: Mine" in page.text, page.field("Name")) == (422, True, "Yours")
    assert "Someone else saved this page" in page.text
    assert stored(shop, ada)["name"] == "Mine"

    etag = next(one.attributes["value"] for one in page.all("input") if one.attributes.get("name") == "etag")
    admin.submit(page_of(ada), **form | {"name": "Yours", "etag": etag})
    assert stored(shop, ada)["name"] == "Yours"


def once_on(admin, partner):
    return re.search(r'name="once" value="([^"]+)"', admin.get(page_of(partner)).body)[1]


def test_the_category_is_changed_once_however_often_the_form_is_sent(shop, admin, business):
    _, ada = business
    form = {"category": "influencer", "note": "Ten thousand followers", "once": once_on(admin, ada)}

    pages = [read(admin.submit(f"{page_of(ada)}/category", **form).body) for _ in range(2)]
    shop.wait(minutes=1)

    assert all("The category is Influencer" in page.text for page in pages)
    assert stored(shop, ada)["category"] == "influencer"
    [change] = shop.get(f"/v1/partners/{ada['id']}/standing").json["data"]
    assert change["note"]["words"] == "Ten thousand followers"
    assert "Ten thousand followers" in admin.get(page_of(ada)).body


def test_a_tier_is_given_by_hand_until_a_moment(shop, admin, business):
    program, ada = business
    form = {"program": program["id"], "tier": "gold", "note": "A promise", "pinned_until": "2026-06-01T12:30"}

    page = read(admin.submit(f"{page_of(ada)}/tier", **form, once=once_on(admin, ada)).body)
    shop.wait(minutes=1)

    assert "In Tea Shop, Gold from a minute from now on." in page.text
    [change] = shop.get(f"/v1/partners/{ada['id']}/standing").json["data"]
    assert (change["to"], change["pinned_until"]) == ("gold", "2026-06-01T12:30:00.000Z")
    assert stored(shop, ada)["enrollments"][0]["tier"] == "gold"


def test_a_tier_is_taken_away_by_hand(shop, admin, business):
    program, ada = business
    shop.post(f"/v1/partners/{ada['id']}/tier", {"program": program["id"], "tier": "gold", "note": "A promise"})
    shop.wait(minutes=2)

    admin.submit(f"{page_of(ada)}/tier", program=program["id"], note="Over", once=once_on(admin, ada))
    shop.wait(minutes=1)

    assert stored(shop, ada)["enrollments"][0]["tier"] is None


def test_they_are_enrolled_in_another_program_and_it_is_shown_in_detail_when_chosen(shop, admin, business):
    program, ada = business
    cups = shop.program(name="Cups")

    page = read(admin.submit(f"{page_of(ada)}/programs", program=cups["id"]).body)
    assert "Ada takes part in Cups." in page.text
    assert {one["program"] for one in stored(shop, ada)["enrollments"]} == {program["id"], cups["id"]}
    assert {row["Program"]: row["Page"] for row in page.table("Programs")}.keys() == {"Tea Shop", "Cups"}

    chosen = read(admin.get(f"{page_of(ada)}?program={program['id']}").body)
    assert {row["Program"]: row["Page"] for row in chosen.table("Programs")} == {
        "Tea Shop": "shown below",
        "Cups": "details",
    }


def test_a_link_is_created_once_however_often_the_form_is_sent_and_ended_after_a_page_says_what_happens(
    shop, admin, business
):
    program, ada = business
    form = {"program": program["id"], "code": "ada-tea", "channel": "Newsletter", "once": once_on(admin, ada)}

    pages = [admin.submit(f"{page_of(ada)}/links", **form).body for _ in range(2)]
    assert all("Created https://go.example/ada-tea." in read(page).text for page in pages)
    [link] = shop.get(f"/v1/links?partner={ada['id']}").json["data"]
    assert (link["channel"], shop.click(link).status) == ("Newsletter", 302)

    page = read(admin.get(f"/admin/links/{link['id']}").body)
    end = page.link("End this link")
    assert "stops working within ten seconds" in read(admin.get(end).body).text
    done = [read(admin.submit(end).body) for _ in range(2)]

    assert all("The link was ended." in one.text for one in done)
    assert shop.get(f"/v1/links/{link['id']}").json["disabled_at"] is not None


@pytest.mark.parametrize(
    ("form", "sent", "at_fault"),
    [
        ("tier", {"tier": "platinum", "note": "x"}, "tier"),
        ("tier", {"tier": "gold", "note": "x", "pinned_until": "2020-01-01T00:00"}, "pinned_until"),
        ("tier", {"tier": "gold", "note": "x" * 501}, "note"),
        ("category", {"category": "influencer", "note": "x" * 501}, "note"),
        ("category", {"category": "king", "note": "x"}, "category"),
        ("links", {"code": "a b", "channel": "Blog"}, "code"),
        ("links", {"destination": "https://elsewhere.example/"}, "destination"),
    ],
)
def test_a_form_that_is_refused_is_open_marks_its_own_field_and_keeps_what_was_typed(
    shop, admin, business, form, sent, at_fault
):
    program, ada = business
    once = once_on(admin, ada)

    refused = admin.send(f"{page_of(ada)}/{form}", program=program["id"], once=once, **sent)
    page = read(refused.body)

    assert refused.status in (400, 422)
    marked = [one for one in page.all("input", "select", "textarea") if "aria-invalid" in one.attributes]
    assert [one.attributes["name"] for one in marked] == [at_fault]
    assert len([one for one in page.all("details") if "open" in one.attributes]) == 1
    if at_fault in ("note", "code", "destination", "pinned_until"):
        assert marked[0].attributes["value"] == sent[at_fault]


def test_a_link_to_sign_in_is_sent_to_their_address_and_not_more_often_than_they_may_ask(shop, admin, business):
    _, ada = business

    sent = read(admin.submit(f"{page_of(ada)}/sign-in").body)
    assert shop.streams.run() == []
    later = [admin.send(f"{page_of(ada)}/sign-in").status for _ in range(6)]

    assert "A link to sign in was sent to ada@mail.example." in sent.text
    path = next(
        re.search(r"https://go\.example(/portal/sign-in/\S+)", one["Content"]["Simple"]["Body"]["Text"]["Data"])[1]
        for one in shop.mailbox.written
        if "/portal/sign-in/" in one["Content"]["Simple"]["Body"]["Text"]["Data"]
    )
    assert Browser(shop).send(path).status == 303
    assert later[:4] == [303] * 4
    assert later[-1] in (422, 429)
    [entry, *_] = shop.get(f"/v1/audit?subject={ada['id']}&action=partner.sign_in_link_sent").json["data"]
    assert entry["actor"]["kind"] == "session"


def test_held_rewards_payouts_and_events_are_on_the_page_and_it_leads_to_statements_and_bonuses(shop, admin, business):
    program, ada = business
    code = shop.link(program, ada)["code"]
    shop.sale(program, "order-1", "grace", code=code)
    shop.settle()
    held = read(admin.get(page_of(ada)).body)
    shop.wait(days=15)
    shop.settle()
    payout = shop.pay_out()
    shop.sale(program, "order-2", "linus", code=code)
    shop.settle()
    shop.wait(minutes=2)
    admin.send("/admin/sign-in", key=shop.key)

    page = read(admin.get(page_of(ada)).body)

    assert [row["Until"] for row in held.table("Held rewards in USD")] == ["Mar 24, 2026"]
    [paid] = page.table("Payouts in USD")
    assert page.link(paid["What"]) == f"/admin/payouts/{payout['id']}"
    assert len(page.table("Held rewards in USD")) == 1
    events = [one.text for one in page.section("Events").all("li")]
    assert len(events) == 10
    assert all("in UTC" not in one for one in events)
    assert admin.get(page.link("Statement")).status == 200
    assert admin.get(page.link("Bonuses and deductions")).status == 200


def test_what_they_said_is_on_the_page_newest_first(shop, admin, business):
    _, ada = business
    shop.post(f"/v1/partners/{ada['id']}/feedback", {"score": 3, "words": "Too slow"})
    shop.wait(days=1)
    shop.post(f"/v1/partners/{ada['id']}/feedback", {"score": 9, "words": "Better"})
    admin.send("/admin/sign-in", key=shop.key)

    text = read(admin.get(page_of(ada)).body).text

    assert text.index("Better") < text.index("Too slow")


def test_a_partner_in_no_program_and_without_an_address_has_a_page_too(shop, admin):
    program = shop.program()
    bob = shop.partner(program, name="Bob", email=None, programs=[])

    page = read(admin.get(page_of(bob)).body)
    admin.submit(f"{page_of(bob)}/programs", program=program["id"])

    assert "In no program yet." in page.text
    assert admin.send(f"{page_of(bob)}/sign-in").status == 422
    assert stored(shop, bob)["enrollments"][0]["program"] == program["id"]


def test_emails_that_a_partner_no_longer_wants_are_turned_off_and_by_no_admin_on_again(shop, admin, business):
    _, ada = business
    path = f"{page_of(ada)}/emails"
    assert "Only they can turn it on again" in read(admin.get(page_of(ada)).body).text

    for _ in range(2):
        assert admin.send(path, off_tips="on", off_summaries="on").status == 303
    shop.post(f"/v1/partners/{ada['id']}/emails", {"off": ["tips", "summaries", "friends"], "daily": True})
    assert admin.send(path, off_tips="on").status == 303
    empty = admin.send(path, daily="on", on_tips="on")

    now = shop.get(f"/v1/partners/{ada['id']}/emails").json
    assert (now["off"], now["daily"]) == (["tips", "friends", "summaries"], True)
    assert empty.status == 422
    page = read(admin.get(page_of(ada)).body)
    fields = [one.attributes["name"] for one in page.all("input") if one.attributes["name"].startswith("off_")]
    assert fields == ["off_rewards"]
    assert "First steps and reminders: off" in page.text
    changed = [one for one in entries(shop, subject=ada["id"]) if one["action"] == "partner.emails_changed"]
    assert {one["actor"]["kind"] for one in changed} == {"session", "key"}


@pytest.mark.parametrize("form", ["category", "tier", "programs", "links", "emails", "sign-in"])
def test_the_address_of_a_form_leads_to_the_page_and_nobody_is_not_found(shop, admin, business, form):
    _, ada = business

    assert admin.get(f"{page_of(ada)}/{form}").headers["Location"].endswith(page_of(ada))
    assert admin.send(f"/admin/partners/ptr_nobody/{form}").status == 404


def test_of_an_erased_partner_nothing_can_be_changed(shop, admin, business):
    _, ada = business
    shop.post(f"/v1/partners/{ada['id']}/erase", {"gives_up": True})

    page = read(admin.get(page_of(ada)).body)

    assert [
        one
        for one in page.all("form")
        if "/admin/partners/" in one.attributes["action"] and "statement" not in one.attributes["action"]
    ] == []
    refused = admin.send(page_of(ada), name="Eve", email="e@mail.example", locale="en")
    assert (refused.status, f"{ada['id']} was erased." in read(refused.body).text) == (422, True)
