"""A link to unsubscribe is its reader's: it changes nothing for who has the account after them."""

import re
from datetime import datetime
from urllib.parse import urlsplit

import pytest

from chalicelib.emails.unsubscribe import unsubscribe_url
from chalicelib.kit import memory
from tests.reading import read

pytestmark = pytest.mark.engine

RULES = [{"on": "sale", "to": "referrer", "flat": {"amount": 500, "currency": "USD"}}]
GRACE = {"name": "Grace Hopper", "email": "grace@mail.example", "reason": "sale"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ONE_CLICK = b"List-Unsubscribe=One-Click"


@pytest.fixture
def tea(shop):
    return shop.program(external_id="tea", rules=RULES)


def earn(shop, tea, partner, number):
    """Have a partner get an email that they can unsubscribe from; return where it leads for that."""
    code = f"tea-{partner['id'][-6:]}-{number}".lower()
    shop.link(tea, partner, code=code)
    shop.sale(tea, f"order-{code}", f"customer-{code}", code=code)
    shop.settle()
    email = shop.get(f"/v1/partners/{partner['id']}").json["email"]
    with_links = [
        header["Value"]
        for one in shop.mailbox.written
        if email in one["Destination"]["ToAddresses"][0]
        for header in one["Content"]["Simple"]["Headers"]
        if header["Name"] == "List-Unsubscribe"
    ]
    return re.fullmatch(r"<https://go\.example(/u/[\w-]+)>", with_links[-1])[1]


def hand_over(shop, partner, **changes):
    assert shop.post(f"/v1/partners/{partner['id']}/hand-over", GRACE | changes).status == 200
    memory.forget_everything()
    shop.wait(seconds=1)


def click(shop, path, body=ONE_CLICK):
    answer = shop.post(path, body, headers=FORM)
    memory.forget_everything()
    return answer


def turned_off(shop, partner):
    return shop.get(f"/v1/partners/{partner['id']}/emails").json["off"]


def test_a_former_holders_link_changes_nothing_for_the_new_one_and_the_page_says_so(shop, tea):
    ada = shop.partner(tea, email="ada@mail.example")
    old = earn(shop, tea, ada, 1)
    hand_over(shop, ada)

    for answer in (shop.get(old), click(shop, old), click(shop, old, b"again=yes")):
        assert answer.status == 410
        assert "was handed over to someone else" in read(answer.body).text
        assert "<form" not in answer.body
    assert turned_off(shop, ada) == []
    actions = [one["action"] for one in shop.get(f"/v1/audit?subject={ada['id']}").json["data"]]
    assert "partner.emails_changed" not in actions


def test_the_page_for_a_former_holder_is_in_the_readers_language(shop, tea):
    ada = shop.partner(tea, email="ada@mail.example", locale="de")
    old = earn(shop, tea, ada, 1)
    hand_over(shop, ada)

    assert "wurde an jemand anderen übergeben" in read(shop.get(old).body).text


def test_the_new_holders_links_are_theirs_until_the_next_hand_over(shop, tea):
    ada = shop.partner(tea, email="ada@mail.example")
    hand_over(shop, ada)
    graces = earn(shop, tea, ada, 1)

    assert click(shop, graces).status == 200
    assert turned_off(shop, ada) != []
    assert click(shop, graces, b"again=yes").status == 200
    hand_over(shop, ada, name="Edsger", email="edsger@mail.example")
    assert click(shop, graces).status == 410
    assert turned_off(shop, ada) == []


def test_links_of_an_unchanged_holder_work_for_good_also_after_their_address_changed(shop, tea):
    ada = shop.partner(tea, email="ada@mail.example")
    old = earn(shop, tea, ada, 1)
    shop.wait(days=800)
    assert shop.patch(f"/v1/partners/{ada['id']}", {"email": "ada@new.example"}).status == 200
    memory.forget_everything()

    assert click(shop, old).status == 200
    assert turned_off(shop, ada) != []


def test_a_merged_duplicates_link_is_of_who_had_the_account_at_the_merge(shop, tea):
    ada = shop.partner(tea, email="ada@mail.example", name="Ada")
    hand_over(shop, ada)
    shop.post(f"/v1/partners/{ada['id']}/payee", {})
    second = shop.partner(tea, name="Grace", email="grace@work.example")
    of_second = earn(shop, tea, second, 1)
    assert shop.post(f"/v1/partners/{second['id']}/merge", {"into": ada["id"]}).status == 200
    memory.forget_everything()

    assert click(shop, of_second).status == 200
    assert turned_off(shop, ada) != []
    assert click(shop, of_second, b"again=yes").status == 200
    hand_over(shop, ada, name="Edsger", email="edsger@mail.example")
    assert click(shop, of_second).status == 410
    assert turned_off(shop, ada) == []


def merge(shop, duplicate, into):
    assert shop.post(f"/v1/partners/{duplicate['id']}/merge", {"into": into["id"]}).status == 200
    memory.forget_everything()
    shop.wait(seconds=1)


def confirm(shop, partner):
    assert shop.post(f"/v1/partners/{partner['id']}/payee", {}).status == 200


def test_a_duplicates_former_holder_changes_nothing_for_who_it_was_merged_into(shop, tea):
    second = shop.partner(tea, email="ada@mail.example")
    adas = earn(shop, tea, second, 1)
    hand_over(shop, second, email="grace@work.example")
    confirm(shop, second)
    graces = earn(shop, tea, second, 2)
    grace = shop.partner(tea, name="Grace", email="grace@mail.example")
    merge(shop, second, grace)

    assert click(shop, adas).status == 410
    assert turned_off(shop, grace) == []
    assert click(shop, graces).status == 200
    assert turned_off(shop, grace) != []


def test_a_duplicates_former_holder_changes_nothing_for_a_survivor_who_was_handed_over_before(shop, tea):
    second = shop.partner(tea, email="ada@mail.example")
    adas = earn(shop, tea, second, 1)
    grace = shop.partner(tea, name="Eve", email="eve@mail.example")
    hand_over(shop, grace)
    confirm(shop, grace)
    hand_over(shop, second, email="grace@work.example")
    confirm(shop, second)
    merge(shop, second, grace)

    assert click(shop, adas).status == 410
    assert turned_off(shop, grace) == []


def test_a_duplicates_link_with_the_moment_of_the_survivor_is_theirs(shop, tea):
    second = shop.partner(tea, email="ada@mail.example")
    hand_over(shop, second, email="grace@work.example")
    confirm(shop, second)
    grace = shop.partner(tea, name="Eve", email="eve@mail.example")
    merge(shop, second, grace)
    hand_over(shop, grace)
    since = datetime.fromisoformat(shop.get(f"/v1/partners/{grace['id']}").json["handed_over_at"])
    link = urlsplit(unsubscribe_url(second["id"], "earned", since)).path

    assert click(shop, link).status == 200
    assert turned_off(shop, grace) == ["rewards"]


def test_a_hand_over_between_two_merges_ends_the_links_of_who_had_the_account_before(shop, tea):
    first = shop.partner(tea, email="ada@mail.example")
    adas = earn(shop, tea, first, 1)
    second = shop.partner(tea, email="ada@home.example")
    merge(shop, first, second)
    hand_over(shop, second, email="grace@work.example")
    confirm(shop, second)
    graces = earn(shop, tea, second, 2)
    grace = shop.partner(tea, name="Grace", email="grace@mail.example")
    merge(shop, second, grace)

    assert click(shop, adas).status == 410
    assert turned_off(shop, grace) == []
    assert click(shop, graces).status == 200
    assert turned_off(shop, grace) != []


def test_links_of_one_person_with_three_accounts_work_after_both_merges(shop, tea):
    first, second, third = (shop.partner(tea, email=f"ada@{number}.example") for number in "xyz")
    old = earn(shop, tea, first, 1)
    merge(shop, first, second)
    merge(shop, second, third)

    assert click(shop, old).status == 200
    assert turned_off(shop, third) != []


def test_a_link_is_not_made_anothers_by_writing_a_moment_into_it(shop, tea):
    ada = shop.partner(tea, email="ada@mail.example")
    old = earn(shop, tea, ada, 1)
    hand_over(shop, ada)
    new = earn(shop, tea, ada, 2)
    name, _, signature = old.partition("-")

    assert shop.get(f"{name}h{new.partition('-')[0].rpartition('h')[2]}-{signature}").status == 404
