"""The end of a program: what clicks, codes and sales still count, until when, and what is said of it."""

from datetime import timedelta

import pytest

from chalicelib.kit import instants, memory
from tests.flows.money.test_proof import reconciled
from tests.flows.test_audit import entries, verified

SITE = "https://shop.example"
A_MOMENT = timedelta(milliseconds=1)


class Ending:
    """A program that ends: touches in ten days, sales in twenty; and Ada, who has a link in it."""

    def __init__(self, shop, **changes):
        self.shop, self.program = shop, shop.program(origins=[SITE], **changes)
        self.ada = shop.partner(self.program)
        self.link = shop.link(self.program, self.ada, code="tea-with-ada")
        self.touches_until, self.sales_until = shop.at + timedelta(days=10), shop.at + timedelta(days=20)
        answer = self.set()
        assert answer.status == 200, answer.body

    def set(self, touches_until=None, sales_until=None, **more):
        dates = {"touches_until": touches_until or self.touches_until, "sales_until": sales_until or self.sales_until}
        answer = self.shop.post(
            f"/v1/programs/{self.program['id']}/end",
            {name: instants.text(date) for name, date in dates.items()} | more,
        )
        memory.forget_everything()
        return answer

    def at(self, moment):
        self.shop.at = moment
        memory.forget_everything()

    def sale(self, number=1, **changes):
        sale = self.shop.sale(self.program, f"order-{number}", f"customer-{number}", **changes).json
        self.shop.settle()
        return sale

    def earned(self, sale):
        explained = self.shop.explained(sale)
        return {one["to"]: one["amount"] for one in explained["rewards"]}, explained["reason"]


@pytest.fixture
def ending(shop):
    return Ending(shop)


BOTH = {"referrer": 300, "referee": 500}


def test_a_click_before_touches_end_still_pays_for_a_sale_before_sales_end(shop, ending):
    ending.at(ending.touches_until - A_MOMENT)
    click = shop.click_id(ending.link)
    ending.at(ending.sales_until - A_MOMENT)

    sale = ending.sale(click_id=click)

    assert (sale["partner"], ending.earned(sale)) == (ending.ada["id"], (BOTH, "rewarded"))


def test_a_click_from_the_moment_on_at_which_touches_end_binds_nobody(shop, ending):
    ending.at(ending.touches_until)
    click = shop.click_id(ending.link)

    sale = ending.sale(click_id=click)

    assert (sale["partner"], sale["attribution"]) == (None, "program_ended")
    assert [touch["result"] for touch in sale["touches"]] == ["program_ended"]
    assert ending.earned(sale) == ({}, "program_ended")


@pytest.mark.parametrize(("early", "attribution"), [(A_MOMENT, "last_touch"), (timedelta(0), "program_ended")])
def test_a_code_counts_if_it_is_reported_before_touches_end(ending, early, attribution):
    ending.at(ending.touches_until - early)

    assert ending.sale(code="tea-with-ada")["attribution"] == attribution


def test_a_code_that_is_reported_later_binds_nobody_whatever_moment_is_claimed_for_it(ending):
    ending.at(ending.touches_until + timedelta(days=1))
    earlier = instants.text(ending.touches_until - timedelta(days=1))

    sale = ending.sale(touches=[{"code": "tea-with-ada", "at": earlier}])

    assert sale["attribution"] == "program_ended"


def test_friends_who_were_referred_before_go_on_earning_until_sales_end(shop, ending):
    shop.lead(ending.program, "signup-1", "customer-1", code="tea-with-ada")
    ending.at(ending.sales_until - A_MOMENT)
    last = ending.sale()
    ending.at(ending.sales_until)

    first_unpaid = shop.sale(ending.program, "order-late", "customer-1").json
    shop.settle()

    assert ending.earned(last) == (BOTH, "rewarded")
    assert (first_unpaid["partner"], first_unpaid["attribution"]) == (ending.ada["id"], "already_referred")
    assert ending.earned(first_unpaid) == ({}, "program_ended")
    failed = [one for one in shop.explained(first_unpaid)["checks"] if not one["holds"]]
    assert [one["condition"] for one in failed] == ["before_program_end"]
    until = instants.text(ending.sales_until)
    assert failed[0]["detail"] == f"{until}, before {until}"


def test_a_sale_before_the_end_that_is_reported_after_it_is_paid(shop, ending):
    shop.lead(ending.program, "signup-1", "customer-1", code="tea-with-ada")
    ending.at(ending.sales_until + timedelta(days=30))

    sale = ending.sale(occurred_at=instants.text(ending.sales_until - A_MOMENT))

    assert ending.earned(sale) == (BOTH, "rewarded")


def test_refunds_and_amendments_of_what_was_earned_go_on_after_the_end(shop, ending):
    sale, other = ending.sale(1, code="tea-with-ada"), ending.sale(2, code="tea-with-ada")
    ending.at(ending.sales_until + timedelta(days=30))

    amount = {"amount": 3998, "currency": "USD"}
    amended = shop.post(f"/v1/conversions/{sale['id']}/amendments", {"amendment_id": "a-1", "amount": amount})
    refund = shop.refund(other, 1999)
    shop.settle()

    assert (amended.status, refund.status) == (201, 201)
    assert shop.reward(sale)["remaining"]["amount"] == 600
    assert shop.reward(other)["remaining"]["amount"] == 0
    assert shop.verified() is None


def test_what_was_decided_before_the_end_was_set_is_no_difference_afterwards(shop):
    ending = Ending.__new__(Ending)
    ending.shop, ending.program = shop, shop.program(origins=[SITE])
    ending.ada = shop.partner(ending.program)
    ending.link = shop.link(ending.program, ending.ada, code="tea-with-ada")
    ending.touches_until = ending.sales_until = shop.at + timedelta(hours=6)
    ending.sale(1, code="tea-with-ada")
    ending.set()
    ending.at(ending.sales_until + timedelta(hours=1))
    ending.sale(2, code="tea-with-ada")
    ending.sale(3)
    shop.sale(ending.program, "order-4", "customer-1")
    shop.settle()
    shop.wait(minutes=15)

    differences, checked = reconciled(shop, "2026-03-10")

    assert (differences, bool(checked)) == ([], True)
    assert shop.verified() is None


def test_both_dates_can_be_set_later_until_a_minute_before_they_are_reached_and_never_earlier(shop, ending):
    later = ending.touches_until + timedelta(days=5)
    assert ending.set(touches_until=later).json["end"]["touches_until"] == instants.text(later)
    earlier = ending.set(touches_until=ending.touches_until)
    assert (earlier.status, earlier.json["errors"][0]["pointer"]) == (422, "/touches_until")

    ending.at(later - timedelta(minutes=1))
    assert ending.set(touches_until=later + A_MOMENT).status == 200
    ending.at(later - timedelta(minutes=1) + 2 * A_MOMENT)
    late = ending.set(touches_until=later + timedelta(days=1))
    assert (late.status, late.json["code"]) == (409, "program_ended")
    # The other date has not been reached.
    assert ending.set(touches_until=later + A_MOMENT, sales_until=ending.sales_until + A_MOMENT).status == 200


@pytest.mark.parametrize(
    ("ahead", "status"), [(timedelta(minutes=1), 200), (timedelta(minutes=1) - A_MOMENT, 422), (timedelta(0), 422)]
)
def test_a_program_ends_a_minute_from_now_at_the_soonest(shop, ahead, status):
    program = shop.program()
    body = dict.fromkeys(("touches_until", "sales_until"), instants.text(shop.at + ahead))

    assert shop.post(f"/v1/programs/{program['id']}/end", body).status == status


def test_sales_end_no_sooner_than_touches_and_nothing_ends_in_a_far_future(shop, ending):
    swapped = ending.set(touches_until=ending.sales_until + A_MOMENT)
    far = ending.set(sales_until=shop.at + timedelta(days=5 * 366))

    assert [one.json["errors"][0]["pointer"] for one in (swapped, far)] == ["/sales_until", "/sales_until"]


def test_what_was_decided_by_a_function_that_knew_the_earlier_date_is_what_the_later_one_decides(shop, ending):
    shop.lead(ending.program, "signup-1", "customer-1", code="tea-with-ada")
    ending.at(ending.sales_until - timedelta(minutes=1))
    # This function remembers the program as it was before the date was set later.
    sale = shop.sale(ending.program, "order-1", "customer-1").json
    ending.set(touches_until=ending.touches_until, sales_until=ending.sales_until + timedelta(days=1))
    ending.at(ending.sales_until + timedelta(hours=1))
    shop.settle()

    assert ending.earned(sale) == (BOTH, "rewarded")


def test_setting_an_end_is_shown_audited_and_idempotent(shop, ending):
    note = "The last payout is made on May 1."
    first = ending.set(payout_note=note)
    again = ending.set(payout_note=note)

    assert first.json["end"] == {
        "touches_until": instants.text(ending.touches_until),
        "sales_until": instants.text(ending.sales_until),
        "payout_note": note,
    }
    assert (again.status, again.headers["ETag"]) == (200, first.headers["ETag"])
    written = [one for one in entries(shop) if one["action"] == "program.end_set"]
    assert [one["subject"] for one in written] == [ending.program["id"]] * 2
    assert all(one["before"] != one["after"] for one in written)
    assert verified(shop) is None


def test_a_stale_form_of_the_end_changes_nothing(shop, ending):
    path = f"/v1/programs/{ending.program['id']}"
    stale = shop.get(path).headers["ETag"]
    shop.call("PATCH", path, {"name": "Tea"})
    body = {"touches_until": instants.text(ending.touches_until), "sales_until": instants.text(ending.sales_until)}

    answer = shop.call("POST", f"{path}/end", body | {"payout_note": "Soon"}, headers={"If-Match": stale})

    assert answer.status == 412
    assert shop.get(path).json["end"]["payout_note"] is None


@pytest.mark.parametrize(("early", "reason"), [(A_MOMENT, None), (timedelta(0), "program_ended")])
def test_the_code_check_says_that_the_program_has_ended(shop, ending, early, reason):
    key = shop.post(f"/v1/programs/{ending.program['id']}/keys", {"name": "website"}).json["secret"]
    ending.at(ending.touches_until - early)

    answer = shop.call("GET", "/v1/codes/tea-with-ada", key=key, headers={"Origin": SITE}).json

    assert (answer["valid"], answer["reason"]) == (reason is None, reason)
    assert (answer["sentence"] == "This offer has ended.") == (reason is not None)


def test_a_link_of_an_ended_program_leads_on_and_promises_nothing(shop, ending):
    ending.at(ending.sales_until + timedelta(days=1))

    answer = shop.click(ending.link)

    assert answer.status == 302
    assert answer.headers["Location"].startswith(ending.link["destination"])
