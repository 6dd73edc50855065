"""Two people for payouts above an amount: who prepares or confirms one needs another who approves it."""

import pytest

from tests.faults.world import built_once
from tests.flows.test_audit import entries, verified
from tests.flows.test_people import entered, invited, sent  # noqa: F401
from tests.reading import read

PAYOUTS = [{"role": "payouts"}]


def above(shop, amount, currency="USD"):
    answer = shop.post("/v1/payout-settings", {"approval_above": [{"amount": amount, "currency": currency}]})
    assert answer.status == 200, answer.body
    return answer.json


@pytest.fixture
@built_once
def due(shop):
    """A program in which 3.00 USD are due to a partner, and 5.00 to a friend."""
    program = shop.program()
    sale = shop.sale(program, code=shop.link(program, shop.partner(program))["code"])
    shop.settle()
    return program, sale.json


@pytest.fixture
def two(shop, sent):  # noqa: F811
    """Two people who may pay, signed in."""
    browsers = []
    for email in ("ada@mail.example", "bob@mail.example"):
        invited(shop, email, PAYOUTS)
        browsers.append(entered(shop, sent, email))
    return browsers


def prepared(browser):
    answer = browser.send("/admin/payouts", currency="USD", once="once")
    assert answer.status == 303
    return answer.headers["Location"]


def test_a_payout_above_the_amount_is_neither_exported_nor_confirmed_before_another_person_approved_it(shop, due, two):
    above(shop, 799)
    ada, bob = two
    path = prepared(ada)
    payout = path.rpartition("/")[2]

    assert "Approve" not in read(ada.get(path).body).buttons
    assert "Mark all as paid" not in ada.get(path).body
    for refused in (
        shop.get(f"/v1/payouts/{payout}/export"),
        shop.post(f"/v1/payouts/{payout}/confirm", {"note": "sent"}),
    ):
        assert (refused.status, refused.json["code"]) == (409, "payout_needs_approval")
    assert ada.send(path, action="confirm", note="sent").status == 409
    assert ada.get(f"{path}/export?format=generic").status == 409
    assert shop.get(f"/v1/payouts/{payout}").json["open"]["items"] == 2

    offered = read(bob.get(path).body)
    assert (offered.tile("Prepared by"), "Approve" in offered.buttons) == ("Ada (ada@mail.example)", True)
    approved = read(bob.submit(path, action="approve").body)

    assert approved.tile("Approved by") == "Bob (bob@mail.example), Mar 10, 2026"
    view = shop.get(f"/v1/payouts/{payout}").json
    ids = {one["email"]: one["id"] for one in shop.get("/v1/users").json["data"]}
    assert (view["approved_by"], view["approved_at"]) == (ids["bob@mail.example"], "2026-03-10T12:00:00.000Z")
    assert ada.get(f"{path}/export?format=generic").status == 200
    assert ada.send(path, action="confirm", note="sent").status == 303
    assert shop.get(f"/v1/payouts/{payout}").json["status"] == "paid"
    [entry] = entries(shop, action="payout.approved")
    assert (entry["subject"], entry["actor"]["id"]) == (payout, ids["bob@mail.example"])
    assert (verified(shop), shop.verified()) == (None, None)


def test_the_same_person_twice_is_refused_whichever_they_did_first(shop, due, two):
    above(shop, 799)
    ada, bob = two
    path = prepared(ada)

    own = ada.send(path, action="approve")
    assert (own.status, "other than the one who prepared" in own.body) == (409, True)
    assert bob.send(path, action="approve").status == 303
    confirmed = bob.send(path, action="confirm", note="sent")

    assert (confirmed.status, "another person must confirm it" in confirmed.body) == (409, True)
    assert bob.send(path, action="approve").status == 303
    assert len(entries(shop, action="payout.approved")) == 1
    assert ada.send(path, action="confirm", note="sent").status == 303


def test_a_key_is_no_second_person_whether_it_calls_or_is_signed_in(shop, due, two, admin):
    above(shop, 799)
    ada, _ = two
    path = prepared(ada)

    by_key = admin.send(path, action="approve")
    assert (by_key.status, "signed in by email" in by_key.body) == (409, True)
    assert "Approve" not in read(admin.get(path).body).buttons
    assert shop.post(f"/v1/payouts/{path.rpartition('/')[2]}/approve").status in (403, 404)
    assert entries(shop, action="payout.approved") == []


def test_who_may_not_pay_may_not_approve(shop, due, two, sent):  # noqa: F811
    above(shop, 799)
    path = prepared(two[0])
    invited(shop, "eve@mail.example", [{"role": "manager"}])
    eve = entered(shop, sent, "eve@mail.example")

    assert eve.send(path, action="approve").status == 403
    assert entries(shop, action="payout.approved") == []


@pytest.mark.parametrize(("amount", "currency"), [(800, "USD"), (1, "EUR")])
def test_a_payout_of_no_more_than_the_amount_or_of_another_currency_needs_one_person(shop, due, two, amount, currency):
    above(shop, amount, currency)
    path = prepared(two[0])

    assert two[0].get(f"{path}/export?format=generic").status == 200
    assert two[0].send(path, action="confirm", note="sent").status == 303


def test_a_payout_that_a_key_prepared_needs_one_person_who_approves_it_and_failing_it_needs_none(shop, due, two):
    above(shop, 799)
    first, path = shop.pay_out()["id"], "/admin/payouts/"
    assert shop.post(f"/v1/payouts/{first}/fail", {"note": "again"}).json["status"] == "failed"
    second = shop.pay_out()["id"]

    assert two[0].send(path + second, action="approve").status == 303
    assert shop.post(f"/v1/payouts/{second}/confirm", {"note": "sent"}).json["status"] == "paid"


def test_the_amounts_are_set_whole_by_who_may_do_everything_and_each_change_is_entered(shop):
    key = shop.post("/v1/keys", {"name": "payer", "scopes": ["payouts:write"]}).json["secret"]
    assert shop.get("/v1/payout-settings", key=key).json == {"object": "payout_settings", "approval_above": []}
    body = {"approval_above": [{"amount": 5, "currency": "USD"}, {"amount": 7, "currency": "EUR"}]}

    assert shop.post("/v1/payout-settings", body, key=key).status == 403
    assert shop.post("/v1/payout-settings", body).json["approval_above"] == body["approval_above"][::-1]
    assert shop.post("/v1/payout-settings", {"approval_above": []}).json["approval_above"] == []
    twice = {"approval_above": [{"amount": 5, "currency": "USD"}, {"amount": 7, "currency": "USD"}]}

    assert shop.post("/v1/payout-settings", twice).json["errors"][0]["pointer"] == "/approval_above"
    assert len(entries(shop, action="payout.approval_set")) == 2
    assert verified(shop) is None


def test_a_payout_of_an_earlier_release_names_no_preparer_and_may_be_approved_by_anyone_with_the_role(
    shop, due, two, monkeypatch
):
    from chalicelib.payouts.table import Payout

    path = prepared(two[0])
    row = Payout.get(path.rpartition("/")[2], "payout")
    row.update(actions=[Payout.created_by.remove(), Payout.prepared_by.remove()])
    above(shop, 799)

    assert two[0].get(path).status == 200
    assert two[0].send(path, action="approve").status == 303


def test_an_owner_sets_the_amounts_on_the_page_of_payouts_and_a_wrong_line_changes_nothing(shop, admin, due, two):
    page = read(admin.submit("/admin/payout-settings", action="set", approval_above="7.99 USD\n1000 JPY").body)

    assert "Saved." in page.text
    assert page.field("A second person") == "1000 JPY\n7.99 USD"
    amounts = [{"amount": 1000, "currency": "JPY"}, {"amount": 799, "currency": "USD"}]
    assert shop.get("/v1/payout-settings").json["approval_above"] == amounts
    assert shop.get("/v1/adjustment-settings").json["approval_above"] == []
    assert [one["actor"]["kind"] for one in entries(shop, action="payout.approval_set")] == ["session"]

    wrong = admin.send("/admin/payout-settings", action="set", approval_above="20 USD\nmuch EUR")
    assert wrong.status == 422
    assert read(wrong.body).field("A second person") == "20 USD\nmuch EUR"
    assert shop.get("/v1/payout-settings").json["approval_above"] == amounts
    assert admin.get("/admin/payout-settings").headers["Location"].endswith("/admin/payouts")

    ada, bob = two
    assert "approve payouts above ¥1,000 or $7.99" in ada.get("/admin/payouts").body
    assert ada.send("/admin/payout-settings", action="set", approval_above="").status == 403
    path = prepared(ada)
    assert ada.send(path, action="confirm", note="sent").status == 409
    assert "Approve" in read(bob.get(path).body).buttons


def test_the_page_of_today_says_which_payout_waits_for_a_second_person(shop, due, two):
    above(shop, 799)
    ada, bob = two
    path = prepared(ada)

    assert read(bob.get("/admin").body).link("Payout of $8.00: a second person must approve it") == path
    assert bob.send(path, action="approve").status == 303
    assert read(ada.get("/admin").body).link("Payout of $8.00: payments to confirm") == path
