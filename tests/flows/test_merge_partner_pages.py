"""The admin pages by which a duplicate is merged: what it does, in money and to whom, is said first."""

import pytest

from tests.reading import read

pytestmark = pytest.mark.engine


@pytest.fixture
def two(shop):
    """The same person twice; the duplicate earned 5.00 in a program that the other is not in."""
    rules = [{"on": "sale", "to": "referrer", "flat": {"amount": 500, "currency": "USD"}}]
    tea, coffee = shop.program(name="Tea"), shop.program(name="Coffee", rules=rules)
    ada = shop.partner(tea, name="Ada", external_id="ada")
    duplicate = shop.partner(coffee, name="Ada L.", email="ada@home.example")
    shop.sale(coffee, code=shop.link(coffee, duplicate)["code"])
    shop.settle()
    return ada["id"], duplicate["id"]


def follow(admin, answer):
    assert answer.status == 303, answer.body
    return read(admin.get(answer.headers["Location"].removeprefix("https://goodword.example")).body)


def test_merging_says_first_what_happens_to_which_money_and_is_done_once(shop, admin, two):
    ada, duplicate = two
    assert f'/admin/partners/{duplicate}/merge"' in admin.get(f"/admin/partners/{duplicate}").body

    before = read(admin.get(f"/admin/partners/{duplicate}/merge?into=ext_ada").body).text

    assert "become one partner: Ada (ada@mail.example)" in before
    assert "takes part in Coffee as well" in before
    assert "$5.00 in the account of Ada L. (ada@home.example) stays there" in before
    assert "and is paid to Ada, ada@mail.example from" in before
    assert "until then, Ada L. (ada@home.example) is still paid" in before
    assert "ada@home.example gets an email" in before
    assert shop.get(f"/v1/partners/{duplicate}").json["merged_into"] is None
    page = follow(admin, admin.send(f"/admin/partners/{duplicate}/merge", into=ada))
    assert "They are one partner now" in page.text
    assert "Merged into this partner, with accounts of their own: Ada L." in page.text
    follow(admin, admin.send(f"/admin/partners/{duplicate}/merge", into=ada))
    actions = [one["action"] for one in shop.get(f"/v1/audit?subject={ada}").json["data"]]
    assert sorted(actions) == ["partner.created", "partner.merged"]
    merged = admin.get(f"/admin/partners/{duplicate}").body
    assert "Merged into <a" in merged
    assert "Save</button>" not in merged
    assert admin.get(f"/admin/partners/{duplicate}/statement").status == 200
    shop.settle()
    shop.wait(minutes=2)
    assert "was merged into another partner" in admin.get(f"/admin/events?subject={duplicate}").body


def test_a_merge_that_is_refused_keeps_what_was_typed_and_says_why(shop, admin, two):
    ada, duplicate = two
    shop.post(f"/v1/partners/{ada}/suspend", {"reason": "under_review"})
    for into, status in (("ext_nobody", 422), (duplicate, 422), ("", 422), (ada, 422)):
        for answer in (
            admin.get(f"/admin/partners/{duplicate}/merge?into={into}"),
            admin.send(f"/admin/partners/{duplicate}/merge", into=into),
        ):
            assert answer.status == status, into
            assert f'name="into" required maxlength="254" autocomplete="off" value="{into}"' in answer.body
    assert "reactivate them before you merge" in admin.get(f"/admin/partners/{duplicate}/merge?into={ada}").body
    assert admin.get("/admin/partners/ptr_nobody/merge?into=ext_ada").status == 404
    assert shop.get(f"/v1/partners/{duplicate}").json["merged_into"] is None


def test_who_stays_is_named_by_an_address_or_a_code_as_well(shop, admin, two):
    ada, duplicate = two
    program = shop.program(external_id="of-ada", name="Of Ada")
    shop.post(f"/v1/partners/{ada}/enrollments", {"program": program["id"]})
    code = shop.link(program, {"id": ada})["code"]
    email = shop.get(f"/v1/partners/{ada}").json["email"]

    for into in (code, email):
        page = read(admin.get(f"/admin/partners/{duplicate}/merge?into={into}").body)
        assert page.hidden("into") == ada
    refused = admin.get(f"/admin/partners/{duplicate}/merge?into=nobody@mail.example")

    assert refused.status == 422
    assert "no partner matches 'nobody@mail.example'" in read(refused.body).text


def test_of_an_account_without_money_no_sum_is_said_to_stay(shop, admin, two):
    ada, _ = two
    empty = shop.partner(shop.get("/v1/programs").json["data"][0], name="Eve", email="eve@mail.example")

    text = read(admin.get(f"/admin/partners/{empty['id']}/merge?into={ada}").body).text

    assert "the account of Eve (eve@mail.example) has nothing left, and what it still gets is paid to" in text
