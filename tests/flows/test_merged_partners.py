"""A person who became two partners is merged: both ids lead on, and nothing is lost, doubled or paid to a stranger."""

import contextlib
import csv
import io
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from chalicelib.kit import memory
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault, Meanwhile
from tests.forms import Browser
from tests.reading import read

pytestmark = pytest.mark.engine

RULES = [{"on": "sale", "to": "referrer", "flat": {"amount": 500, "currency": "USD"}}]


@pytest.fixture
def tea(shop):
    return shop.program(external_id="tea", rules=RULES)


@pytest.fixture
def two(shop, tea):
    """The same person twice: Ada stays, and her duplicate brought a customer."""
    ada = shop.partner(tea, external_id="ada")
    duplicate = shop.partner(tea, external_id="ada-2", name="Ada L.", email="ada@home.example")
    shop.link(tea, duplicate, code="tea-for-two")
    shop.lead(tea, code="tea-for-two")
    shop.settle()
    return ada, duplicate


def merge(shop, two, **changes):
    ada, duplicate = two
    answer = shop.post(f"/v1/partners/{duplicate['id']}/merge", {"into": ada["id"]} | changes)
    memory.forget_everything()
    return answer


def partner_of(shop, sale):
    return shop.get(f"/v1/conversions/{sale['id']}").json["partner"]


def paid(shop, payout):
    text = shop.get(f"/v1/payouts/{payout['id']}/export?format=generic").body
    text = text.decode() if isinstance(text, bytes) else text
    return sorted((row["email"], row["amount"]) for row in csv.DictReader(io.StringIO(text)))


def test_both_ids_answer_and_everything_sent_to_the_old_one_is_done_to_the_partner_who_stays(shop, tea, two):
    ada, duplicate = two

    answer = merge(shop, two)

    assert answer.status == 200, answer.body
    assert (answer.json["id"], answer.json["duplicates"]) == (ada["id"], [duplicate["id"]])
    old = shop.get(f"/v1/partners/{duplicate['id']}").json
    assert (old["id"], old["name"], old["merged_into"]) == (duplicate["id"], "Ada L.", ada["id"])
    assert shop.get("/v1/partners/ext_ada-2").json["id"] == ada["id"]
    assert shop.patch(f"/v1/partners/{duplicate['id']}", {"locale": "de"}).json["id"] == ada["id"]
    assert shop.link(tea, duplicate)["partner"] == ada["id"]
    assert merge(shop, two).json["duplicates"] == [duplicate["id"]]
    assert shop.post("/v1/partners/ext_ada-2/merge", {"into": ada["id"]}).status == 200


def test_links_and_customers_of_the_duplicate_earn_for_the_partner_who_stays(shop, tea, two):
    ada, duplicate = two
    before = shop.sale(tea, "order-1").json
    shop.settle()
    merge(shop, two)

    of_a_known_customer = shop.sale(tea, "order-2").json
    of_a_new_one = shop.sale(tea, "order-3", "customer-2", code="tea-for-two").json
    shop.settle()

    assert partner_of(shop, before) == duplicate["id"]
    assert partner_of(shop, of_a_known_customer) == partner_of(shop, of_a_new_one) == ada["id"]
    assert of_a_known_customer["number"] == 2
    assert [shop.balance(one)["due"] for one in two] == [1000, 500]
    assert shop.verified() is None


def test_what_the_duplicate_earned_is_paid_to_the_partner_who_stays_after_the_usual_wait(shop, tea, two):
    _, duplicate = two
    shop.sale(tea, "order-1")
    shop.settle()
    merge(shop, two)
    shop.settle()

    # The duplicate's own address is told, with no more than how the new payee ends.
    recipients = [to for subject, to in shop.emails() if subject == "Your payout details were changed"]
    assert recipients == ['"Ada L." <ada@home.example>']
    during = shop.pay_out()
    assert paid(shop, during) == [("ada@home.example", "5.00")]
    shop.post(f"/v1/payouts/{during['id']}/fail", {"note": "too early"})
    shop.wait(hours=73)
    memory.forget_everything()
    assert paid(shop, shop.pay_out()) == [("ada@mail.example", "5.00")]
    assert shop.balance(duplicate)["frozen"] == 500
    assert shop.verified() is None


def test_a_payout_that_was_frozen_before_the_merge_is_paid_as_it_was_sealed(shop, tea, two):
    shop.sale(tea, "order-1")
    shop.settle()
    payout = shop.pay_out()

    merge(shop, two)
    shop.wait(hours=73)
    memory.forget_everything()

    assert paid(shop, payout) == [("ada@home.example", "5.00")]


def test_what_a_refund_takes_back_from_one_account_is_not_paid_out_from_the_other(shop, tea, two):
    sale = shop.sale(tea, "order-1").json
    shop.settle()
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"proof": "bank"})
    merge(shop, two)
    shop.refund(sale, 1999)
    for number in (2, 3):
        shop.sale(tea, f"order-{number}")
    shop.settle()
    shop.wait(hours=73)
    assert [shop.balance(one)["due"] for one in two] == [1000, -500]

    assert paid(shop, shop.pay_out()) == [("ada@mail.example", "5.00")]

    assert [shop.balance(one)["due"] for one in two] == [500, -500]
    assert shop.verified() is None


def test_the_partner_who_stays_takes_part_where_only_the_duplicate_did_with_its_tier_and_terms(shop, two):
    ada, duplicate = two
    coffee = shop.tiered_program(external_id="coffee")
    shop.post(f"/v1/partners/{duplicate['id']}/enrollments", {"program": coffee["id"]})
    pinned = {"program": coffee["id"], "tier": "gold", "note": "agreed", "pinned_until": "2027-01-01T00:00:00Z"}
    assert shop.post(f"/v1/partners/{duplicate['id']}/tier", pinned).status == 201
    shop.wait(minutes=2)
    shop.settle()
    emails = len(shop.emails())

    merge(shop, two)
    shop.wait(minutes=2)
    memory.forget_everything()
    shop.settle()

    stays = shop.get(f"/v1/partners/{ada['id']}").json["enrollments"]
    assert {(one["program"], one["tier"], one["left_at"]) for one in stays if one["program"] == coffee["id"]} == {
        (coffee["id"], "gold", None)
    }
    left = shop.get(f"/v1/partners/{duplicate['id']}").json["enrollments"]
    assert all(one["left_at"] for one in left)
    # Nobody is welcomed to what they are in, or bidden farewell from what they stay in.
    assert {subject for subject, _ in shop.emails()[emails:]} == {
        "Your payout details were changed",
        "Your two accounts with Tea Shop are now one",
        "You have reached Gold in Tea Shop",
    }
    shop.wait(minutes=2)
    [merged] = shop.get(f"/v1/events?subject={duplicate['id']}&type=partner.merged").json["data"]
    assert merged["data"] == {"into": ada["id"]}


def test_sessions_and_links_of_the_duplicate_end_and_its_address_opens_the_partner_who_stays(shop, tea, two, sign_in):
    _, duplicate = two
    earlier, unused = sign_in("ada@home.example"), Browser(shop)
    assert "Ada L." in earlier.get("/portal").body
    share = shop.get(f"/v1/partners/{duplicate['id']}").json["enrollments"][0]["share_url"]
    link = sign_in.link("ada@home.example", unused)

    merge(shop, two)

    assert "Ada L." not in earlier.get("/portal").body
    unused.send(link)
    assert "Ada L." not in unused.get("/portal").body
    assert shop.get(share.removeprefix("https://go.example")).status == 404
    shop.wait(hours=2)
    now = sign_in("ada@home.example")
    assert "Hello Ada" in read(now.get("/portal").body).text
    # What was granted is in the duplicate's account, which is chosen like any other profile.
    assert "merged, earlier rewards" in now.get("/portal").body
    now.send("/portal/profile", profile=duplicate["id"])
    assert now.get("/portal/statement").status == 200


def test_links_of_the_duplicate_end_when_the_partner_leaves_and_are_back_when_they_return(shop, tea, two):
    ada, _ = two
    merge(shop, two)

    def ended():
        return shop.get("/v1/links/tea-for-two").json["disabled_at"] is not None

    shop.post(f"/v1/partners/{ada['id']}/leave", {"program": tea["id"]})
    assert ended()
    shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": tea["id"]})
    assert not ended()


def test_nobody_is_merged_who_is_erased_stopped_or_merged_or_the_same(shop, tea, two):
    ada, duplicate = two
    third = shop.partner(tea, name="Carl", email="carl@mail.example")
    assert merge(shop, two, into=duplicate["id"]).status == 422
    assert merge(shop, two, into="ptr_unknown").status == 404
    suspended = {"reason": "under_review"}
    for one in two:
        shop.post(f"/v1/partners/{one['id']}/suspend", suspended)
        answer = merge(shop, two)
        assert (answer.status, answer.json["type"].rpartition("#")[2]) == (409, "partner_stopped")
        shop.post(f"/v1/partners/{one['id']}/reactivate", {})
        shop.wait(minutes=2)
    assert merge(shop, two).status == 200
    for pair in ((third, duplicate), (duplicate, third), (ada, duplicate)):
        answer = merge(shop, pair[::-1])
        assert (answer.status, answer.json["type"].rpartition("#")[2]) == (409, "partner_merged")
    shop.post(f"/v1/partners/{third['id']}/erase", {})
    assert merge(shop, (ada, third)).status == 410


def test_a_partner_with_duplicates_is_merged_with_them_and_every_id_is_one_step_from_who_stays(shop, tea, two):
    ada, duplicate = two
    third = shop.partner(tea, name="A. Lovelace", email="ada@work.example", external_id="ada-3")
    merge(shop, two)

    assert merge(shop, (third, ada)).json["duplicates"] == [ada["id"], duplicate["id"]]

    sale = shop.sale(tea, "order-9").json
    assert partner_of(shop, sale) == third["id"]
    assert {shop.get(f"/v1/partners/ext_{one}").json["id"] for one in ("ada", "ada-2", "ada-3")} == {third["id"]}


def test_who_is_suspended_later_is_not_paid_what_the_duplicate_earned(shop, tea, two):
    ada, _ = two
    shop.sale(tea, "order-1")
    shop.settle()
    merge(shop, two)
    shop.post(f"/v1/partners/{ada['id']}/suspend", {"reason": "fraud", "earned": "hold"})
    shop.wait(hours=73)
    memory.forget_everything()

    assert shop.pay_out()["items"] == 0


def test_erasing_the_partner_erases_the_duplicates_and_their_addresses(shop, tea, two):
    ada, _ = two
    merge(shop, two)

    assert shop.post(f"/v1/partners/{ada['id']}/erase", {}).status == 200

    for one in two:
        stored = shop.get(f"/v1/partners/{one['id']}").json
        assert (stored["name"], stored["email"], stored["external_id"]) == (one["id"], None, None)
    assert shop.get("/v1/partners/ext_ada-2").status == 404
    link = shop.get("/v1/links/tea-for-two").json
    assert link["disabled_at"] is not None


@pytest.mark.slow
@pytest.mark.parametrize("crash", [CrashBefore, CrashAfter])
def test_a_merge_that_ends_anywhere_is_finished_by_the_next_call(shop, tea, crash):
    at = 0
    while True:
        pair = tuple(shop.partner(tea, name=f"Ada {at}", email=f"{one}-{at}@mail.example") for one in ("a", "b"))
        shop.link(tea, pair[1], code=f"tea-number-{at}")
        shop.settle()
        shop.line.fault = crash(len(shop.line.calls) + at)
        with contextlib.suppress(Crash):
            merge(shop, pair)
        hit = shop.line.fault.hit
        shop.line.fault = Fault()
        if not hit:
            break
        assert merge(shop, pair).json["duplicates"] == [pair[1]["id"]]
        sale = shop.sale(tea, f"order-{at}", f"customer-{at}", code=f"tea-number-{at}").json
        assert partner_of(shop, sale) == pair[0]["id"]
        shop.settle()
        assert shop.balance(pair[0])["due"] == 500
        at += 1
    assert at > 5
    assert shop.verified() is None


def test_a_merge_between_any_two_calls_of_a_sale_credits_it_once_to_one_of_the_two(shop, tea):
    at, credited = 0, set()
    while True:
        pair = tuple(shop.partner(tea, name=f"Ada {at}", email=f"{one}-{at}@mail.example") for one in ("a", "b"))
        shop.link(tea, pair[1], code=f"tea-number-{at}")
        shop.settle()
        memory.forget_everything()
        fault = shop.line.fault = Meanwhile(len(shop.line.calls) + at, partial(merge, shop, pair))
        sale = shop.sale(tea, f"order-{at}", f"customer-{at}", code=f"tea-number-{at}")
        shop.line.fault = Fault()
        assert sale.status == 201, sale.body
        if not fault.hit:
            break
        shop.settle()
        # Each in the account of the one who is credited; both are paid to the same person.
        dues = [shop.balance(one)["due"] for one in pair]
        assert sorted(dues) == [0, 500]
        credited.add(partner_of(shop, sale.json) == pair[0]["id"])
        assert partner_of(shop, sale.json) == pair[dues.index(500)]["id"]
        at += 1
    assert at > 3
    assert credited == {True, False}
    assert shop.verified() is None


def test_a_suspension_at_the_same_moment_is_not_lost_in_a_merge(shop, tea):
    at = 0
    while True:
        pair = tuple(shop.partner(tea, name=f"Ada {at}", email=f"{one}-{at}@mail.example") for one in ("a", "b"))
        body = {"reason": "fraud", "earned": "hold"}
        suspend = f"/v1/partners/{pair[1]['id']}/ban"
        fault = shop.line.fault = Meanwhile(len(shop.line.calls) + at, partial(shop.post, suspend, body))
        answer = merge(shop, pair)
        shop.line.fault = Fault()
        if not fault.hit:
            break
        # Either the ban came first, and there is no merge; or it is the partner's who stays.
        states = [shop.get(f"/v1/partners/{one['id']}").json["state"] for one in pair]
        assert states == (["active", "banned"] if answer.status == 409 else ["banned", "active"])
        at += 1
    assert at > 5


def test_parallel_merges_and_sales_end_in_one_partner_with_every_sale_credited_once(shop, tea, two):
    ada, duplicate = two

    def act(number):
        if number % 5 == 0:
            return merge(shop, two if number % 2 else two[::-1]).status
        return shop.sale(tea, f"order-{number}", f"customer-{number}", code="tea-for-two").status

    with ThreadPoolExecutor(4) as pool:
        statuses = set(pool.map(act, range(1, 21)))
    memory.forget_everything()
    shop.settle()

    assert statuses <= {200, 201, 409, 503}
    merged = {shop.get(f"/v1/partners/{one['id']}").json["merged_into"] for one in two}
    assert merged in ({None, ada["id"]}, {None, duplicate["id"]})
    assert sum(shop.balance(one)["due"] for one in two) == 16 * 500
    assert shop.verified() is None
