"""Customers are changed, and a guest becomes the customer they turn out to be, without losing or doubling anything."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.referrals.table import ReferralRow
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault, Meanwhile

pytestmark = pytest.mark.engine

RULES = [
    {"on": "sale", "to": "referrer", "flat": {"amount": 500, "currency": "USD"}, "when": {"number_to": 1}},
    {"on": "sale", "to": "referee", "flat": {"amount": 300, "currency": "USD"}, "when": {"number_to": 1}},
]


@pytest.fixture
def business(shop):
    """A program that rewards a customer's first sale alone; Ada and Ben each have a link."""
    program = shop.program(external_id="tea", rules=RULES)
    ada = shop.partner(program, external_id="ada")
    ben = shop.partner(program, external_id="ben", name="Ben", email="ben@mail.example")
    return program, shop.link(program, ada, code="tea-with-ada"), shop.link(program, ben, code="tea-with-ben")


def customer(shop, reference):
    answer = shop.get(f"/v1/customers/{reference}")
    assert answer.status == 200, answer.body
    return answer.json


def merge(shop, guest="ext_guest", into="ext_account"):
    return shop.post(f"/v1/customers/{guest}/merge", {"into": into})


def partner_of(shop, sale):
    return shop.get(f"/v1/conversions/{sale['id']}").json["partner"]


def rewarded(shop, sale):
    return [(one["to"], one["amount"]) for one in shop.explained(sale)["rewards"] if one["amount"]]


def test_a_customers_name_address_and_id_are_changed_and_the_old_id_still_leads_to_them(shop, business):
    program, *_ = business
    shop.sale(program, customer="cart-7", code="tea-with-ada")
    before = customer(shop, "ext_cart-7")

    answer = shop.patch(
        "/v1/customers/ext_cart-7", {"name": "Grace Hopper", "email": "g@navy.example", "external_id": "user-1"}
    )

    assert answer.status == 200, answer.body
    after = answer.json
    changed = {"name": "Grace Hopper", "email": "g@navy.example", "external_id": "user-1", "other_ids": ["cart-7"]}
    assert after == before | changed
    assert customer(shop, "ext_user-1") == customer(shop, "ext_cart-7") == after
    assert shop.get("/v1/search?q=g@navy").json["data"][0]["id"] == after["id"]
    # What is reported by either id counts for them.
    numbers = [shop.sale(program, f"order-{one}", one).json["number"] for one in ("user-1", "cart-7")]
    assert numbers == [2, 3]
    # A report by the old id changes nothing of what was corrected, and one by their own does.
    assert customer(shop, "ext_user-1")["email"] == "user-1@mail.example"


def test_a_change_that_somebody_else_made_meanwhile_is_not_overwritten(shop, business):
    program, *_ = business
    shop.sale(program, customer="grace")
    etag = shop.get("/v1/customers/ext_grace").headers["ETag"]
    path = "/v1/customers/ext_grace"

    assert shop.patch(path, {"name": "One"}, headers={"If-Match": etag}).status == 200
    late = shop.patch(path, {"name": "Two"}, headers={"If-Match": etag})

    assert (late.status, late.json["code"]) == (412, "precondition_failed")
    assert customer(shop, "ext_grace")["name"] == "One"
    assert shop.patch(path, {"name": "One"}, headers={"If-Match": etag}).status == 200
    assert shop.patch(path, {"email": "no address"}).status == 422


def test_a_change_is_in_the_audit_trail_without_what_it_says(shop, business):
    program, *_ = business
    shop.sale(program, customer="grace")
    identifier = customer(shop, "ext_grace")["id"]
    shop.patch("/v1/customers/ext_grace", {"email": "secret@mail.example"})

    answer = shop.get(f"/v1/audit?subject={identifier}")

    [entry] = answer.json["data"]
    assert (entry["action"], entry["before"] != entry["after"]) == ("customer.changed", True)
    assert "secret" not in answer.body.decode() if isinstance(answer.body, bytes) else "secret" not in answer.body


def test_an_id_that_another_customer_has_is_refused_and_merging_is_suggested(shop, business):
    program, *_ = business
    for one in ("grace", "mary"):
        shop.sale(program, f"order-{one}", one)

    refused = shop.patch("/v1/customers/ext_grace", {"external_id": "mary", "name": "Changed"})

    assert (refused.status, refused.json["code"]) == (409, "external_id_taken")
    assert customer(shop, "ext_grace")["name"] == "Grace"


def test_a_guest_who_later_makes_an_account_keeps_their_friends_credit(shop, business):
    program, link, _ = business
    first = shop.sale(program, "order-1", "guest", code="tea-with-ada").json
    shop.lead(program, "sign-up", "account")
    shop.settle()
    guest, account = (customer(shop, f"ext_{one}")["id"] for one in ("guest", "account"))

    answer = merge(shop)
    assert answer.status == 200, answer.body
    shop.settle()
    later = shop.sale(program, "order-2", "account").json
    shop.settle()

    assert partner_of(shop, later) == link["partner"] == partner_of(shop, first)
    # It is their second sale: what a first one earns was given, once.
    assert later["number"] == 2
    assert rewarded(shop, first) == [("referrer", 500), ("referee", 300)]
    assert rewarded(shop, later) == []
    assert shop.verified() is None
    merged = customer(shop, guest)
    assert merged["merged_into"] == account
    now = customer(shop, "ext_guest")
    assert (now["id"], now["guests"], now["other_ids"]) == (account, [guest], ["guest"])
    [referral] = now["referrals"]
    assert (referral["partner"], referral["sales"]) == (link["partner"], 2)


def test_an_account_that_was_sent_by_somebody_stays_theirs_and_counts_what_the_guest_bought(shop, business):
    program, ada, ben = business
    guest_sale = shop.sale(program, "order-1", "guest", code="tea-with-ada").json
    own_sale = shop.sale(program, "order-2", "account", code="tea-with-ben").json
    shop.settle()

    merge(shop)
    later = [shop.sale(program, f"order-{n}", one).json for n, one in ((3, "account"), (4, "guest"))]
    shop.settle()

    assert [one["number"] for one in later] == [3, 4]
    assert {partner_of(shop, one) for one in (own_sale, *later)} == {ben["partner"]}
    # What was credited before stays credited.
    assert partner_of(shop, guest_sale) == ada["partner"]
    assert [rewarded(shop, one) for one in later] == [[], []]


def test_what_an_account_bought_after_the_guest_was_sent_is_credited_when_they_are_merged(shop, business):
    program, link, _ = business
    shop.lead(program, "sign-up", "guest", code="tea-with-ada")
    shop.wait(hours=1)
    bought = shop.sale(program, "order-1", "account").json
    shop.settle()
    assert partner_of(shop, bought) is None

    merge(shop)
    shop.settle()

    assert partner_of(shop, bought) == link["partner"]
    assert rewarded(shop, bought) == [("referrer", 500), ("referee", 300)]
    assert shop.verified() is None
    shop.run_schedule("reconcile")


def test_what_a_guest_bought_after_the_account_was_sent_is_credited_when_they_are_merged(shop, business):
    program, link, _ = business
    shop.lead(program, "sign-up", "account", code="tea-with-ada")
    shop.wait(hours=1)
    bought = shop.sale(program, "order-1", "guest").json
    shop.settle()

    merge(shop)
    shop.settle()

    assert partner_of(shop, bought) == link["partner"]
    assert rewarded(shop, bought) == [("referrer", 500), ("referee", 300)]


def test_what_a_merged_guest_bought_is_credited_once_the_account_turns_out_to_have_been_sent(shop, business):
    program, link, _ = business
    click_id = shop.click_id(link)
    shop.wait(hours=1)
    bought = shop.sale(program, "order-1", "guest").json
    shop.lead(program, "sign-up", "account")
    merge(shop)
    shop.settle()
    shop.sale(program, "order-2", "account", click_id=click_id)
    shop.settle()

    assert partner_of(shop, bought) == link["partner"]


def test_what_a_guest_did_is_credited_to_who_had_sent_them_though_they_are_merged_meanwhile(shop, business):
    program, ada, ben = business
    click_id = shop.click_id(ada)
    shop.wait(hours=1)
    bought = shop.sale(program, "order-1", "guest").json
    shop.sale(program, "order-2", "guest", click_id=click_id)
    shop.lead(program, "sign-up", "account", code="tea-with-ben")

    merge(shop)
    shop.settle()

    # The account's own partner had not sent anyone by then.
    assert partner_of(shop, bought) == ada["partner"]
    assert shop.get(f"/v1/conversions/{bought['id']}").json["number"] == 2
    later = shop.sale(program, "order-3", "account").json
    assert (partner_of(shop, later), later["number"]) == (ben["partner"], 3)
    assert shop.verified() is None


def test_a_guest_is_merged_once_however_often_and_by_whichever_id_it_is_asked(shop, business):
    program, *_ = business
    shop.sale(program, "order-1", "guest", code="tea-with-ada")
    shop.lead(program, "sign-up", "account")
    shop.settle()
    guest, account = (customer(shop, f"ext_{one}")["id"] for one in ("guest", "account"))
    first = merge(shop).json

    assert merge(shop, guest, account).json == merge(shop).json == first
    assert len(shop.get(f"/v1/audit?subject={account}&action=customer.merged").json["data"]) == 1
    assert merge(shop, "ext_account", "ext_account").json["code"] == "invalid_value"
    shop.sale(program, "order-9", "other")
    refused = merge(shop, guest, "ext_other")
    assert (refused.status, refused.json["code"]) == (409, "customer_merged")
    assert merge(shop, "ext_other", guest).json["code"] == "customer_merged"
    assert shop.patch(f"/v1/customers/{guest}", {"name": "X"}).json["code"] == "customer_merged"


def test_guests_of_guests_follow_and_every_id_leads_to_the_last_account(shop, business):
    program, link, _ = business
    shop.sale(program, "order-1", "one", code="tea-with-ada")
    for number, name in ((2, "two"), (3, "three")):
        shop.sale(program, f"order-{number}", name)
    ids = {name: customer(shop, f"ext_{name}")["id"] for name in ("one", "two", "three")}

    merge(shop, "ext_one", "ext_two")
    merge(shop, "ext_two", "ext_three")

    assert {customer(shop, f"ext_{name}")["id"] for name in ids} == {ids["three"]}
    assert {customer(shop, ids[name])["merged_into"] for name in ("one", "two")} == {ids["three"]}
    assert shop.sale(program, "order-4", "one").json["partner"] == link["partner"]
    assert customer(shop, "ext_three")["guests"] == [ids["two"], ids["one"]]


def test_a_partner_who_bought_as_a_guest_by_their_own_link_is_found_out_when_merged(shop, business):
    program, _link, _ = business
    shop.sale(program, "order-1", "guest", code="tea-with-ada")
    shop.sale(program, "order-2", "ada")
    shop.settle()

    merge(shop, "ext_guest", "ext_ada")

    [referral] = customer(shop, "ext_ada")["referrals"]
    assert referral["self_referral"] == "account"


def test_lists_of_the_account_have_what_the_guest_did_and_no_one_is_listed_twice(shop, business):
    program, *_ = business
    orders = [shop.sale(program, "order-1", "guest", code="tea-with-ada").json]
    shop.settle()
    shop.wait(minutes=1)
    orders.append(shop.sale(program, "order-2", "account").json)
    shop.settle()
    merge(shop)
    shop.settle()
    shop.wait(minutes=2)
    account = customer(shop, "ext_account")["id"]

    listed = shop.get("/v1/conversions?customer=ext_account").json["data"]
    rewards = shop.get("/v1/rewards?customer=ext_account").json["data"]
    customers = shop.get("/v1/customers").json["data"]

    assert {one["id"] for one in listed} == {one["id"] for one in orders}
    assert {one["conversion"] for one in rewards} == {orders[0]["id"]}
    assert [(one["id"], one["referral"]["customer"]) for one in customers] == [(account, account)]


def test_whoever_is_erased_is_erased_with_the_guests_they_were(shop, business):
    program, *_ = business
    shop.sale(program, "order-1", "guest", code="tea-with-ada")
    shop.lead(program, "sign-up", "account")
    guest = customer(shop, "ext_guest")["id"]
    merge(shop)
    shop.patch("/v1/customers/ext_account", {"external_id": "account-2"})
    shop.settle()

    answer = shop.post("/v1/customers/ext_account/erase", {"gives_up": True})

    assert answer.status == 200, answer.body
    assert customer(shop, guest)["email"] is None
    rows = [row.serialize() for row in ReferralRow.scan()]
    assert not [
        row for row in rows if any(word in str(row) for word in ("guest@", "account@", "ext#guest", "account-2"))
    ]
    # What is reported of them later is theirs, and nothing of it is stored.
    again = shop.sale(program, "order-5", "guest")
    assert again.status == 201, again.body
    assert again.json["customer"] == answer.json["customer"]


def counted(shop):
    """Return the sales that are counted for the account, in the order of their numbers."""
    [referral] = customer(shop, "ext_account")["referrals"]
    return referral["sales"]


@pytest.mark.slow
@pytest.mark.parametrize("sent", ["referred", "unknown"])
def test_a_report_at_any_moment_of_a_merge_counts_once_for_the_account(shop, business, sent):
    program, link, _ = business
    at = 0
    while True:
        guest, account = f"guest-{at}", f"account-{at}"
        code = {"code": "tea-with-ada"} if sent == "referred" else {}
        shop.sale(program, f"first-{at}", guest, **code)
        shop.lead(program, f"sign-up-{at}", account)
        shop.wait(minutes=30)
        reported = []

        def report(number=at, guest=guest, reported=reported):
            reported.append(shop.sale(program, f"second-{number}", guest, code="tea-with-ada").json)

        fault = Meanwhile(len(shop.line.calls) + at, report)
        shop.line.fault = fault
        answer = merge(shop, f"ext_{guest}", f"ext_{account}")
        shop.line.fault = Fault()
        assert answer.status == 200, answer.body
        if not fault.hit:
            break
        shop.settle()
        third = shop.sale(program, f"third-{at}", guest).json
        assert partner_of(shop, reported[0]) == partner_of(shop, third) == link["partner"]
        [referral] = customer(shop, f"ext_{account}")["referrals"]
        assert referral["sales"] == third["number"] == (3 if sent == "referred" else 2)
        paid = [one for n in ("first", "second", "third") for one in _first_rewards(shop, f"{n}-{at}")]
        assert paid == [("referrer", 500), ("referee", 300)]
        at += 1
    assert at > 8
    assert shop.verified() is None


def _first_rewards(shop, order):
    return rewarded(shop, shop.get(f"/v1/conversions/ext_{order}?program=ext_tea&type=sale").json)


@pytest.mark.slow
@pytest.mark.parametrize("crash", [CrashBefore, CrashAfter])
def test_a_merge_that_ends_anywhere_is_finished_by_the_next_call(shop, business, crash):
    program, link, _ = business
    at = 0
    while True:
        guest, account = f"guest-{at}", f"account-{at}"
        shop.lead(program, f"lead-{at}", guest, code="tea-with-ada")
        shop.wait(minutes=1)
        bought = shop.sale(program, f"order-{at}", account).json
        shop.settle()
        shop.line.fault = crash(len(shop.line.calls) + at)
        with contextlib.suppress(Crash):
            merge(shop, f"ext_{guest}", f"ext_{account}")
        hit = shop.line.fault.hit
        shop.line.fault = Fault()
        if not hit:
            break
        answer = merge(shop, f"ext_{guest}", f"ext_{account}")
        assert answer.status == 200, answer.body
        shop.settle()
        assert partner_of(shop, bought) == link["partner"]
        assert rewarded(shop, bought) == [("referrer", 500), ("referee", 300)]
        [referral] = answer.json["referrals"]
        assert (referral["leads"], customer(shop, f"ext_{account}")["referrals"][0]["sales"]) == (1, 1)
        at += 1
    assert at > 8
    assert shop.verified() is None


def test_parallel_merges_and_reports_end_in_one_customer_with_every_sale_counted_once(shop, business):
    program, *_ = business
    shop.sale(program, "order-0", "guest", code="tea-with-ada")
    shop.lead(program, "sign-up", "account")

    def act(number):
        if number % 4 == 0:
            return merge(shop, *(("ext_guest", "ext_account") if number % 8 else ("ext_account", "ext_guest"))).status
        return shop.sale(program, f"order-{number}", ("guest", "account")[number % 2]).status

    with ThreadPoolExecutor(4) as pool:
        statuses = set(pool.map(act, range(1, 33)))
    merge(shop)
    shop.settle()

    assert statuses <= {200, 201, 409, 422, 503}
    one, other = customer(shop, "ext_guest"), customer(shop, "ext_account")
    assert one["id"] == other["id"]
    [referral] = one["referrals"]
    orders = [number for number in range(1, 33) if number % 4]
    numbers = sorted(
        conversion["number"]
        for number in [0, *orders]
        if (conversion := shop.get(f"/v1/conversions/ext_order-{number}?program=ext_tea&type=sale").json)
    )
    assert referral["sales"] >= max(numbers)
    assert len([one for one in numbers if one == 1]) <= 1
    assert shop.verified() is None
