"""What became of a payout: its sums foot, nobody is settled twice, and what the bank sent back is due again, once."""

import pytest

from chalicelib.payouts import settle as settling
from chalicelib.payouts.table import PayoutRow
from tests.flows.money.test_payouts import settle, state


def sums(payout):
    """Return what is paid, returned and open, and check that it comes to the total."""
    parts = [payout[name] for name in ("paid", "returned", "open")]
    assert sum(part["items"] for part in parts) == payout["items"]
    assert sum(part["total"]["amount"] for part in parts) == payout["total"]["amount"]
    return [(part["items"], part["total"]["amount"]) for part in parts]


def return_items(shop, payout, *owners, note="account closed"):
    return shop.post(f"/v1/payouts/{payout['id']}/return", {"note": note, "owners": list(owners)})


def test_a_payout_shows_its_results_and_its_sums_foot(shop, owed):
    _, members = owed
    begun = shop.post("/v1/payouts", {"currency": "USD"}).json
    payout = shop.post(f"/v1/payouts/{begun['id']}/prepare").json

    assert (begun["status"], begun["paid"], begun["returned"], begun["open"]) == ("preparing", None, None, None)
    assert sums(payout) == [(0, 0), (0, 0), (3, 6000)]
    some = settle(shop, payout, "confirm", owners=[members[0]["id"]]).json
    assert (some["status"], sums(some)) == ("prepared", [(1, 1000), (0, 0), (2, 5000)])
    rest = settle(shop, payout, "fail").json
    assert (rest["status"], sums(rest)) == ("partly_paid", [(1, 1000), (2, 5000), (0, 0)])
    assert shop.get("/v1/payouts").json["data"] == [rest]


@pytest.mark.parametrize(
    ("verb", "status", "foot"), [("confirm", "paid", [(3, 6000), (0, 0)]), ("fail", "failed", [(0, 0), (3, 6000)])]
)
def test_a_payout_of_which_all_went_one_way_says_which(shop, owed, verb, status, foot):
    payout = settle(shop, shop.pay_out(), verb).json

    assert (payout["status"], sums(payout)) == (status, [*foot, (0, 0)])


def test_what_the_bank_sent_back_is_due_again_once_and_the_next_payout_pays_it(shop, owed):
    _, members = owed
    ada = members[0]
    payout = shop.pay_out()
    settle(shop, payout, "confirm")

    back = return_items(shop, payout, ada["id"])
    again = return_items(shop, payout, ada["id"], note="said twice")

    assert (back.status, back.json["status"], sums(back.json)) == (200, "partly_paid", [(2, 5000), (1, 1000), (0, 0)])
    assert again.json == back.json
    assert state(shop, ada) == (1000, 0, 0)
    item = next(one for one in shop.get(f"/v1/payouts/{payout['id']}/items").json["data"] if one["owner"] == ada["id"])
    assert (item["status"], item["note"]["words"]) == ("returned", "account closed")
    last = shop.get(f"/v1/partners/{ada['id']}/entries?currency=USD").json["data"][-1]
    assert (last["kind"], last["paid"], last["due"], last["note"]["words"]) == (
        "payout_returned",
        -1000,
        1000,
        "account closed",
    )
    assert last["source"] == payout["id"]

    following = shop.pay_out()
    assert (following["items"], following["total"]["amount"]) == (1, 1000)
    settle(shop, following, "confirm")
    assert state(shop, ada) == (0, 0, 1000)
    assert shop.verified() is None
    # Each payment is told, and that one came back, once.
    shop.streams.run()
    assert [email[0] for email in shop.emails() if "p0@" in email[1]].count("Your payout of $10.00 is on its way") == 2
    assert [email[0] for email in shop.emails() if "p0@" in email[1]].count(
        "Your payout of $10.00 came back to us"
    ) == 1
    # However often everything comes back, it is counted once.
    for member in members[1:]:
        all_back = return_items(shop, payout, member["id"]).json
    assert (all_back["status"], sums(all_back)) == ("failed", [(0, 0), (3, 6000), (0, 0)])


def test_what_comes_back_while_the_next_payout_is_on_its_way_stays_out_of_that_one(shop, owed):
    program, members = owed
    ada = members[0]
    first = shop.pay_out()
    settle(shop, first, "confirm")
    shop.sale(program, "later", "c-0", amount=5000)
    shop.settle()
    second = shop.pay_out()

    return_items(shop, first, ada["id"])

    assert state(shop, ada) == (1000, 500, 0)
    assert sums(settle(shop, second, "confirm").json) == [(1, 500), (0, 0), (0, 0)]
    assert state(shop, ada) == (1000, 0, 500)
    assert shop.pay_out()["total"]["amount"] == 1000


def test_a_refund_after_a_payment_came_back_takes_from_what_is_due(shop, owed):
    program, members = owed
    payout = shop.pay_out()
    settle(shop, payout, "confirm")
    return_items(shop, payout, members[0]["id"])

    sale = shop.get(f"/v1/conversions/ext_order-0?program={program['id']}&type=sale").json
    shop.refund(sale, 10_000)
    shop.settle()

    assert state(shop, members[0]) == (0, 0, 0)
    assert shop.verified() is None


def test_owners_who_were_settled_otherwise_are_named_and_nothing_is_done(shop, owed):
    paid, failed, frozen = (one["id"] for one in owed[1])
    payout = shop.pay_out()
    settle(shop, payout, "confirm", owners=[paid])
    before = settle(shop, payout, "fail", owners=[failed]).json

    refusals = [
        (settle(shop, payout, "fail", owners=[frozen, paid]), [paid]),
        (settle(shop, payout, "confirm", owners=[frozen, failed]), [failed]),
        (return_items(shop, payout, frozen, failed), [frozen, failed]),
        (return_items(shop, payout, paid, frozen), [frozen]),
    ]

    for refused, named in refusals:
        assert (refused.status, refused.json["code"], refused.json["owners"]) == (409, "payout_items_settled", named)
    assert "`return`" in refusals[0][0].json["detail"]
    assert shop.get(f"/v1/payouts/{payout['id']}").json == before
    # What is said again in the same way is done already.
    assert settle(shop, payout, "confirm", owners=[paid]).json == before
    assert settle(shop, payout, "fail", owners=[failed]).json == before


def test_all_who_are_named_are_settled_and_everybody_else_as_far_as_time_allows(shop, owed, monkeypatch):
    members = owed[1]
    payout = shop.pay_out()
    monkeypatch.setattr(settling, "MOST_SECONDS", -1.0)
    two = [one["id"] for one in members[:2]]

    assert sums(settle(shop, payout, "confirm").json)[0] == (0, 0)
    assert sums(settle(shop, payout, "confirm", owners=two).json)[0] == (2, 3000)
    assert sums(return_items(shop, payout, *two, two[0]).json)[1] == (2, 3000)


def test_who_is_settled_by_another_call_at_the_same_time_is_not_settled_twice(shop, owed, monkeypatch):
    ada = owed[1][0]
    payout = shop.pay_out()
    inner = settling.account_states

    def overtaken(accounts):
        monkeypatch.setattr(settling, "account_states", inner)
        assert settle(shop, payout, "confirm", owners=[ada["id"]]).status == 200
        return inner(accounts)

    monkeypatch.setattr(settling, "account_states", overtaken)
    late = settle(shop, payout, "fail", owners=[ada["id"]])

    assert (late.status, late.json["owners"]) == (409, [ada["id"]])
    assert state(shop, ada) == (0, 0, 1000)
    assert sums(shop.get(f"/v1/payouts/{payout['id']}").json) == [(1, 1000), (0, 0), (2, 5000)]
    assert shop.verified() is None


def test_owners_may_be_named_by_the_callers_own_ids(shop):
    program = shop.program()
    rob = shop.partner(program, name="Rob", email=None, external_id="rob")
    shop.sale(program, "order-1", "rob-s-friend", code=shop.link(program, rob)["code"])
    shop.settle()
    payout = shop.pay_out()

    paid = settle(shop, payout, "confirm", owners=["ext_rob", "ext_rob-s-friend"])

    assert (paid.status, paid.json["status"], paid.json["paid"]["items"]) == (200, "paid", 2)
    assert settle(shop, payout, "confirm", owners=["ext_nobody"]).json["errors"][0]["pointer"] == "/owners"


def test_a_partner_and_a_customer_with_the_same_name_have_different_ids(shop):
    program = shop.program()
    rob = shop.partner(program, name="Rob", email=None, external_id="rob")
    ada = shop.partner(program)
    shop.sale(program, "order-1", "carl", code=shop.link(program, rob)["code"])
    shop.sale(program, "order-2", "rob", code=shop.link(program, ada)["code"])
    shop.settle()
    payout = shop.pay_out()
    assert payout["items"] == 4

    both = settle(shop, payout, "confirm", owners=["ext_rob"])

    assert (both.status, both.json["code"]) == (422, "invalid_value")
    assert "Both a partner and a customer" in both.json["detail"]
    assert settle(shop, payout, "confirm", owners=[rob["id"]]).json["paid"]["items"] == 1


def test_a_payout_that_was_settled_before_its_sums_were_noted_says_them_too(shop, owed):
    _, members = owed
    payout = shop.pay_out()
    settle(shop, payout, "confirm", owners=[members[0]["id"]])
    settle(shop, payout, "fail", owners=[members[1]["id"]])
    row = next(one for one in shop.rows("payouts") if one["kind"]["S"] == "payout")
    noted = ("paid_items", "paid", "returned_items", "returned")
    shop.put_row("payouts", {name: value for name, value in row.items() if name not in noted})
    assert not any(getattr(one, "paid", 0) for one in PayoutRow.scan() if one.sort == "payout")

    assert sums(shop.get("/v1/payouts").json["data"][0]) == [(1, 1000), (1, 2000), (1, 3000)]
    settle(shop, payout, "confirm")
    back = return_items(shop, payout, members[0]["id"]).json

    assert (back["status"], sums(back)) == ("partly_paid", [(1, 3000), (2, 3000), (0, 0)])


def test_the_email_about_a_month_in_which_a_payment_came_back_says_that_nothing_was_paid(shop, owed):
    program, members = owed
    payout = shop.pay_out()
    settle(shop, payout, "confirm")
    shop.wait(days=30)
    return_items(shop, payout, members[0]["id"])
    shop.sale(program, "april", "c-0", amount=5000)
    shop.settle()
    shop.wait(days=24)

    shop.run_schedule("send_monthly")
    shop.settle()

    bodies = [one["Content"]["Simple"]["Body"]["Text"]["Data"] for one in shop.mailbox.written]
    [april] = [body for body in bodies if "Here is how your" in body and "in April" in body]
    assert "Earned: $5.00" in april
    assert "Paid to you" not in april
    assert "Ready for payout at the end of the month: $15.00\n" in april
