"""Who a partner is: their name and email address, changed by themselves or by an admin, and by nobody else."""

import re

import pytest

from tests.flows.test_joining import join, share_path
from tests.flows.test_portal import link_for, sent  # noqa: F401
from tests.flows.test_profiles import profiles, sign_in  # noqa: F401
from tests.forms import Browser
from tests.reading import read


@pytest.fixture
def ada(shop, sign_in):  # noqa: F811
    """A partner who is signed in."""
    program = shop.program(joining="open")
    partner = shop.partner(program)
    assert shop.streams.run() == []
    browser = sign_in("ada@mail.example")
    browser.program, browser.partner = program, partner
    return browser


def emails_to(shop, address):
    """Return subject and text of what an address was sent."""
    emails = [one for one in shop.mailbox.written if address in one["Destination"]["ToAddresses"][0]]
    simple = [one["Content"]["Simple"] for one in emails]
    return [(one["Subject"]["Data"], one["Body"]["Text"]["Data"]) for one in simple]


def confirmation_for(shop, address):
    assert shop.streams.run() == []
    text = next(text for subject, text in reversed(emails_to(shop, address)) if subject.startswith("Confirm"))
    return re.search(r"https://go\.example(/portal/confirm/\S+)", text)[1]


def see(shop, partner):
    return shop.get(f"/v1/partners/{partner['id']}").json


def test_a_new_address_is_confirmed_where_it_is_and_told_where_it_was(shop, ada, sign_in):  # noqa: F811
    page = ada.submit("/portal/identity", name="Ada", email="ada@new.example")
    path = confirmation_for(shop, "ada@new.example")
    before = see(shop, ada.partner)["email"]
    for method in ("HEAD", "GET", "GET"):
        assert shop.call(method, path).status == 200
    phone = Browser(shop)

    entered = phone.send(path)
    again = Browser(shop).send(path)
    assert shop.streams.run() == []

    assert "We have sent a link to ada@new.example." in page.body
    assert before == "ada@mail.example"
    assert see(shop, ada.partner)["email"] == "ada@new.example"
    assert (entered.status, again.status) == (303, 410)
    assert "Hello Ada" in read(phone.get("/portal").body).text
    # The mailbox before opens it no more, and is told.
    assert "Your email address" in ada.get("/portal").body
    [(_, text)] = [one for one in emails_to(shop, "ada@mail.example") if one[0] == "Your email address was changed"]
    assert "…a@new.example" in text
    assert "ada@new" not in text
    assert "Hello Ada" in read(sign_in("ada@new.example").get("/portal").body).text
    with pytest.raises(StopIteration):
        link_for(shop, [], "ada@mail.example", Browser(shop))


def test_a_new_address_ends_what_the_one_before_was_sent(shop, ada):
    old = share_path_of(see(shop, ada.partner))
    ada.send("/portal/link", email="ada@mail.example")
    ada.send("/portal/identity", name="Ada", email="ada@new.example")
    Browser(shop).send(confirmation_for(shop, "ada@new.example"))
    signing_in = re.search(r"(/portal/sign-in/\S+)", emails_to(shop, "ada@mail.example")[-1][1])

    assert shop.get(old).status == 404
    assert shop.get(share_path_of(see(shop, ada.partner))).status == 200
    late = Browser(shop)
    late.send(signing_in[1])
    assert "Your email address" in late.get("/portal").body


def share_path_of(partner):
    return partner["enrollments"][0]["share_url"].removeprefix("https://go.example")


def test_a_link_that_confirms_is_good_for_a_day_and_of_its_own_address_only(shop, ada):
    ada.send("/portal/identity", name="Ada", email="one@new.example")
    ada.send("/portal/identity", name="Ada", email="two@new.example")
    first, second = confirmation_for(shop, "one@new.example"), confirmation_for(shop, "two@new.example")
    forged = [second[:-1] + ("A" if second[-1] != "A" else "B"), second[:-1], "/portal/confirm/x", "/portal/confirm/é"]

    assert [Browser(shop).send(path).status for path in forged] == [410] * 4
    assert Browser(shop).send(first).status == 303
    # The other was asked for before the address changed.
    assert Browser(shop).send(second).status == 410
    assert shop.call("GET", second).status == 410


def test_a_link_that_confirms_expires(shop, ada):
    ada.send("/portal/identity", name="Ada", email="ada@new.example")
    path = confirmation_for(shop, "ada@new.example")
    shop.wait(hours=24)

    assert Browser(shop).send(path).status == 410
    assert see(shop, ada.partner)["email"] == "ada@mail.example"


def test_what_is_sent_to_an_address_that_was_entered_names_nobody_and_comes_a_few_times_an_hour(shop, ada):
    for _ in range(7):
        last = ada.send("/portal/identity", name="Claim your prize", email="victim@mail.example")
    assert shop.streams.run() == []

    emails = emails_to(shop, "victim@mail.example")
    assert len(emails) == 5
    assert all("Claim your prize" not in text for _, text in emails)
    assert all("Ada" not in one["Destination"]["ToAddresses"][0] for one in shop.mailbox.written[-5:])
    assert last.status == 422
    assert "We got too many requests this hour." in last.body


def test_a_name_is_changed_at_once_and_whoever_is_paid_by_it_is_warned(shop, ada):
    page = ada.submit("/portal/identity", name="Ada King", email="ada@mail.example")
    wrong = ada.send("/portal/identity", name="x" * 101, email="nobody")
    assert shop.streams.run() == []

    assert "Saved." in page.body
    assert see(shop, ada.partner)["name"] == "Ada King"
    assert wrong.status == 422
    assert "Please enter a name" in wrong.body
    assert "Please enter an email address" in wrong.body
    [text] = [text for subject, text in emails_to(shop, "ada@mail.example") if "payout details" in subject]
    assert "Account holder: …ing\n" in text


def test_an_admin_changes_name_and_address_at_once_by_the_api_and_the_old_address_is_told(shop, ada):
    path = f"/v1/partners/{ada.partner['id']}"
    first = shop.patch(path, {"email": "ada@new.example"})
    same = shop.patch(path, {"name": "Ada", "email": "ada@new.example"})
    renamed = shop.patch(path, {"name": "Ada King"})
    nothing = shop.patch(path, {})
    assert shop.streams.run() == []

    assert (first.status, first.json["email"], first.json["name"]) == (200, "ada@new.example", "Ada")
    assert [one.status for one in (same, renamed, nothing)] == [200] * 3
    assert (nothing.json["name"], nothing.json["email"]) == ("Ada King", "ada@new.example")
    subjects = [subject for subject, _ in emails_to(shop, "ada@mail.example")]
    assert subjects.count("Your email address was changed") == 1


def test_an_address_that_only_changes_its_case_is_the_same_mailbox(shop, ada):
    share = see(shop, ada.partner)["enrollments"][0]["share_url"]
    changed = shop.patch(f"/v1/partners/{ada.partner['id']}", {"email": "Ada@Mail.example"})
    assert shop.streams.run() == []

    assert changed.json["email"] == "Ada@Mail.example"
    assert changed.json["enrollments"][0]["share_url"] == share
    assert [one for one in emails_to(shop, "ada@mail.example") if one[0] == "Your email address was changed"] == []


def test_an_address_that_was_given_up_can_be_had_again_and_by_others(shop, ada, sign_in):  # noqa: F811
    path = f"/v1/partners/{ada.partner['id']}"
    shop.patch(path, {"email": "ada@new.example"})
    shop.wait(seconds=1)
    join(shop, ada.program, name="Another Ada", email="ada@mail.example")
    shop.patch(path, {"email": "ada@mail.example"})
    assert shop.streams.run() == []

    assert list(profiles(sign_in("ada@mail.example"))) == ["Ada – Tea Shop", "Another Ada – Tea Shop"]


def test_a_partner_without_an_address_is_given_one_and_keeps_the_link_of_their_page(shop):
    program = shop.program()
    bea = shop.partner(program, name="Bea", email=None)

    changed = shop.patch(f"/v1/partners/{bea['id']}", {"email": "bea@mail.example"})
    assert shop.streams.run() == []

    assert changed.json["email"] == "bea@mail.example"
    assert share_path_of(changed.json) == share_path_of(bea)


def test_an_admin_changes_both_by_the_page_of_a_partner(shop, ada, admin):
    path = f"/admin/partners/{ada.partner['id']}"

    done = admin.submit(path, name="Ada King", email="ada@new.example")
    wrong = admin.send(path, name="Ada", email="nobody")

    assert "ada@mail.example will be notified by email." in read(done.body).text
    assert see(shop, ada.partner)["name"] == "Ada King"
    assert wrong.status == 422
    assert read(wrong.body).field("Email address") == "nobody"
    assert admin.send("/admin/partners/ptr_nobody", name="x").status == 404


def test_who_proves_an_address_gets_the_name_they_give_and_not_the_one_somebody_else_entered(shop):
    from tests.flows.test_doors import accept
    from tests.flows.test_joining import invite

    program, closed = shop.program(joining="open"), shop.program()
    join(shop, program, name="Mallory", email="ada@mail.example")
    invite(shop, closed, {"email": "ada@mail.example"})

    page = shop.get(share_path(accept(shop, closed, name="Ada", email="ada@mail.example")))

    assert "Hello Ada" in read(page.body).text
    assert [one["name"] for one in shop.get("/v1/partners").json["data"]] == ["Ada"]
