"""The page of what happened to a partner, a customer, an order or a reward: found, in sentences, newest first."""

import re

import pytest

from chalicelib.admin import lists
from tests.faults.world import built_once
from tests.flows.test_materials import published
from tests.forms import Browser
from tests.introduced import introduce, open_for_introductions
from tests.reading import read


@pytest.fixture
@built_once
def story(shop):
    """A program in Berlin's time zone in which Ada sent Grace, who bought and got a part back."""
    program = shop.program(timezone="Europe/Berlin", external_id="tea")
    ada = shop.partner(program, external_id="ada-1")
    code = shop.link(program, ada, code="tea-with-ada")["code"]
    shop.lead(program, code=code)
    sale = shop.sale(program, amount=10_000).json
    assert shop.streams.run() == []
    shop.wait(minutes=5)
    shop.refund(sale, 2_500)
    assert shop.streams.run() == []
    shop.wait(minutes=2)
    return program, ada, sale


def find(admin, text):
    return admin.send("/admin/events", find=text)


def rows(page):
    return read(page.body).table("Events")


def test_what_happened_to_an_order_is_read_in_sentences_newest_first_by_the_programs_clock(shop, admin, story):
    _, ada, sale = story

    page = admin.get(f"/admin/events?subject={sale['id']}")

    happened = rows(page)
    words = [one["What"] for one in happened]
    # They happened at once.
    assert set(words[:3]) == {
        "$25.00 was refunded (refund refund-1); $75.00 remains.",
        "$1.25 of the reward (Sale, for the friend) of Grace was reversed after a refund.",
        "$3.75 of the reward (Sale, for the partner) of Ada was reversed after a refund.",
    }
    assert "The sale order-1 of $100.00 by Grace was reported, and credited to Ada: Referred before." in words
    assert "Ada earned $15.00 (Sale, for the partner), due immediately." in words
    assert [one["When"] for one in happened][-1] == "Mar 10, 2026, 13:00 CET"
    text = read(page.body).text
    assert "Events of the sale order-1" in text
    assert "Complete up to Mar 10, 2026, 12:06 UTC" in text
    links = set(re.findall(r'<a href="(/admin/(?:partners|rewards|events)[^"]*)"', page.body))
    assert {f"/admin/partners/{ada['id']}", f"/admin/rewards/{shop.reward(sale)['id']}"} <= links
    assert any(one.startswith("/admin/events?subject=cus_") for one in links)


def test_what_an_event_is_about_is_called_what_it_is_and_a_sign_up_is_no_order(shop, admin, story):
    program, ada, _ = story
    called = {"program": program["id"], "type": "demo_call", "external_id": "call-1", "customer": {"external_id": "c"}}
    assert shop.post("/v1/conversions", called | {"code": "tea-with-ada"}).status == 201
    assert shop.streams.run() == []
    shop.wait(minutes=2)

    labels = set(
        re.findall(
            r'<a href="/admin/conversions/cnv_[^"]*"><bdi>([^<]+)</bdi></a>',
            admin.get(f"/admin/events?subject={ada['id']}").body,
        )
    )

    assert labels == {"Sign-up", "Sale", "Demo call"}


@pytest.mark.parametrize("text", ["{partner}", "ada-1", "ext_ada-1", " ADA@mail.example "])
def test_a_partner_is_found_by_our_id_by_the_websites_or_by_their_address_which_no_address_has(admin, story, text):
    _, ada, _ = story

    answer = find(admin, text.format(partner=ada["id"]))

    assert (answer.status, answer.headers["Location"]) == (303, f"/admin/events?subject={ada['id']}")
    assert "Ada joined the program." in [one["What"] for one in rows(admin.get(answer.headers["Location"]))]


def test_a_customer_and_an_order_are_found_by_the_websites_own_ids(shop, admin, story):
    _, _, sale = story
    reward = shop.reward(sale)["id"]

    customer = find(admin, "customer-1").headers["Location"]

    assert customer.startswith("/admin/events?subject=cus_")
    assert find(admin, customer.partition("=")[2]).headers["Location"] == customer
    assert "Grace was referred by Ada" in admin.get(customer).body
    assert find(admin, "order-1").headers["Location"] == f"/admin/events?subject={sale['id']}"
    assert find(admin, sale["id"]).headers["Location"] == f"/admin/events?subject={sale['id']}"
    assert find(admin, reward).headers["Location"] == f"/admin/events?subject={reward}"
    assert {one["What"].partition(" ")[0] for one in rows(admin.get(f"/admin/events?subject={reward}"))} == {
        "Ada",
        "$3.75",
    }


def test_of_several_that_one_id_may_mean_all_are_offered(shop, admin, story):
    program, _, _ = story
    shop.partner(program, name="Bob", email="bob@mail.example", external_id="order-1")
    other = shop.program(
        name="Other", rules=[{"on": "demo_call", "to": "referrer", "flat": {"amount": 1, "currency": "USD"}}]
    )
    shop._report(other, "demo_call", "order-1", "customer-9", {})

    page = read(admin.submit("/admin/events", find="order-1").body)

    assert page.items == ["Partner: Bob", "Demo call: order-1, Other", "Sale: order-1, Tea Shop"]
    assert "Events of Bob" in admin.get(page.link("Partner: Bob")).body


@pytest.mark.parametrize("text", ["", "nobody", "ptr_none", "cnv_none", "ext_", "x" * 300])
def test_what_is_not_there_is_said_and_what_was_typed_stays(admin, story, text):
    answer = find(admin, text)

    assert answer.status == 422
    assert 'class="notice bad"' in answer.body
    assert read(answer.body).field("Find a partner") == text


@pytest.mark.parametrize(
    "subject", ["ptr_none", "cus_none", "cnv_none", "rwd_none", "itr_none", "mat_none", "lnk_1", ""]
)
def test_events_of_what_is_not_there_are_not_found(admin, story, subject):
    assert admin.get(f"/admin/events?subject={subject}").status == 404


@pytest.mark.moto
def test_what_happened_to_an_introduction_and_to_a_material_is_listed_from_their_pages(shop):
    program = open_for_introductions(shop.program())
    introduction = introduce(shop, program, shop.partner(program, name="Ada")).json
    introduce(shop, program, shop.partner(program, name="Bob", email="bob@mail.example"), "linus@navy.example")
    material = published(shop, program, title="How to recommend {{program}}")
    published(shop, program, kind="guide", title="The first week")
    shop.wait(minutes=5)
    assert shop.streams.run() == []
    shop.wait(minutes=2)
    admin = Browser(shop)
    assert admin.send("/admin/sign-in", key=shop.key).status == 303

    for page, heading, types in (
        (f"/admin/introductions/{introduction['id']}", "Events of the introduction of Grace Hopper", 1),
        (f"/admin/materials/{material['id']}", "Events of How to recommend Tea Shop", 1),
    ):
        listed = admin.get(read(admin.get(page).body).link("Show events"))
        assert heading in listed.body
        assert len(rows(listed)) == types


def test_many_events_are_read_page_by_page_and_the_last_page_is_not_empty(shop, admin, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 25)
    program = shop.program()
    ada = shop.partner(program)
    for number in range(49):
        shop.link(program, ada, code=f"tea-{number:02}")
        shop.wait(minutes=5)
        assert shop.streams.run() == []
    shop.wait(minutes=2)

    first = admin.get(f"/admin/events?subject={ada['id']}")
    second = admin.get(read(first.body).link("Older"))

    pages = [[one["What"].split()[2] for one in rows(page)] for page in (first, second)]
    assert [len(page) for page in pages] == [25, 25]
    newest_first = [f"tea-{number:02}" for number in reversed(range(49))]
    assert [*pages[0], *pages[1]][:48] == newest_first[:48]
    # They happened at once.
    assert set(pages[1][-2:]) == {"tea-00", "the"}
    assert "Older" not in [one.text for one in read(second.body).all("a")]


def test_what_was_written_down_late_says_so_and_what_is_younger_than_a_minute_is_not_there(shop, admin):
    program = shop.program()
    ada = shop.partner(program)
    shop.wait(minutes=30)
    assert shop.streams.run() == []
    path = f"/admin/events?subject={ada['id']}"
    assert "No events." in admin.get(path).body

    shop.wait(minutes=2)

    [joined] = rows(admin.get(path))
    assert joined["When"] == "Mar 10, 2026, 12:00 UTC recorded Mar 10, 2026, 12:30 UTC"


def test_a_partners_page_and_the_evidence_of_a_reward_lead_to_what_happened(shop, admin, story):
    _, ada, sale = story

    partner = read(admin.get(f"/admin/partners/{ada['id']}").body)
    evidence = read(admin.get(f"/admin/rewards/{shop.reward(sale)['id']}").body)

    assert partner.link("Show events") == f"/admin/events?subject={ada['id']}"
    assert evidence.link("Show events") == f"/admin/events?subject={sale['id']}"
    assert "Show events" in read(admin.get("/admin").body).buttons
