"""An account is handed over: what it has goes on under its id, and nothing of the former holder opens it or is paid."""

import contextlib
import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.kit import memory
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault
from tests.forms import Browser
from tests.reading import read

pytestmark = pytest.mark.engine

RULES = [{"on": "sale", "to": "referrer", "flat": {"amount": 500, "currency": "USD"}}]
GRACE = {"name": "Grace Hopper", "email": "grace@mail.example", "reason": "sale"}


@pytest.fixture
def tea(shop):
    return shop.program(external_id="tea", rules=RULES)


@pytest.fixture
def ada(shop, tea):
    """Ada has a link, a customer, something due, a payee and a name that friends see."""
    ada = shop.partner(tea, external_id="ada", metadata={"shirt": "M"})
    chosen = {"payout_name": "Ada L.", "payout_email": "pay@ada.example", "friend_name": "Ada"}
    assert shop.patch(f"/v1/partners/{ada['id']}", chosen).status == 200
    shop.link(tea, ada, code="tea-for-two")
    shop.sale(tea, "order-1", code="tea-for-two")
    shop.settle()
    shop.wait(hours=73)
    memory.forget_everything()
    return ada


def hand_over(shop, partner, **changes):
    answer = shop.post(f"/v1/partners/{partner['id']}/hand-over", GRACE | changes)
    memory.forget_everything()
    shop.wait(seconds=1)
    return answer


def confirm(shop, partner, **payee):
    return shop.post(f"/v1/partners/{partner['id']}/payee", payee)


def code_of(answer):
    return answer.status, answer.json["type"].rpartition("#")[2]


def paid(shop, payout):
    text = shop.get(f"/v1/payouts/{payout['id']}/export?format=generic").body
    text = text.decode() if isinstance(text, bytes) else text
    return [(row["name"], row["email"], row["amount"]) for row in csv.DictReader(io.StringIO(text))]


def subjects_to(shop, address):
    return [subject for subject, to in shop.emails() if address in to]


def test_links_customers_balance_and_tier_go_over_under_the_same_id(shop, tea, ada):
    coffee = shop.tiered_program(external_id="coffee")
    shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": coffee["id"]})
    gold = {"program": coffee["id"], "tier": "gold", "note": "agreed", "pinned_until": "2027-01-01T00:00:00Z"}
    assert shop.post(f"/v1/partners/{ada['id']}/tier", gold).status == 201
    shop.wait(minutes=2)

    answer = hand_over(shop, ada)

    assert answer.status == 200, answer.body
    now = shop.get("/v1/partners/ext_ada").json
    assert (now["id"], now["name"], now["email"]) == (ada["id"], "Grace Hopper", "grace@mail.example")
    assert {one["program"]: one["tier"] for one in now["enrollments"]} == {tea["id"]: None, coffee["id"]: "gold"}
    assert (now["payout_name"], now["payout_email"], now["metadata"]) == (None, None, {})
    assert now["handed_over_at"] == now["payee_awaited_since"] is not None
    assert shop.balance(ada)["due"] == 500
    # Of the customer who is known, and of a new one by the old code.
    for number, more in ((2, {}), (3, {"code": "tea-for-two"})):
        sale = shop.sale(tea, f"order-{number}", f"customer-{1 if number == 2 else 3}", **more).json
        assert sale["partner"] == ada["id"]
    shop.settle()
    assert shop.balance(ada)["due"] == 1500
    assert shop.verified() is None


def test_friends_see_the_new_name_if_they_saw_one_or_the_name_that_is_given(shop, ada):
    path = f"/v1/partners/{ada['id']}"
    hand_over(shop, ada)
    assert shop.get(path).json["friend_name"] == "Grace Hopper"
    hand_over(shop, ada, name="Rear Admiral " * 5, email="a@mail.example", friend_name="The Admiral")
    assert shop.get(path).json["friend_name"] == "The Admiral"
    hand_over(shop, ada, name="Bea", email="bea@mail.example", friend_name=None)
    assert shop.get(path).json["friend_name"] is None
    hand_over(shop, ada, name="Carl", email="carl@mail.example")
    assert shop.get(path).json["friend_name"] is None


def test_sessions_and_emailed_links_of_the_former_holder_are_dead_also_in_the_same_mailbox(shop, tea, ada, sign_in):
    for email in ("grace@mail.example", "ada@mail.example"):
        earlier, unused = sign_in("ada@mail.example"), Browser(shop)
        share = (
            shop.get(f"/v1/partners/{ada['id']}").json["enrollments"][0]["share_url"].removeprefix("https://go.example")
        )
        assert earlier.get("/portal/statement").status == 200
        link = sign_in.link("ada@mail.example", unused)
        shop.wait(seconds=1)

        assert hand_over(shop, ada, email=email, name=f"New {email}").status == 200

        assert "/portal/link" in earlier.get("/portal").body
        assert unused.get(link).status == unused.send(link).status == 410
        assert shop.get(share).status == 404
        shop.wait(hours=2)
        assert f"Hello New {email}" in read(sign_in(email).get("/portal").body).text
        hand_over(shop, ada, name="Ada", email="ada@mail.example", reason="other")
        shop.wait(hours=2)


def test_another_address_that_the_former_holder_had_wished_for_is_not_confirmed(shop, ada, sign_in, monkeypatch):
    browser = sign_in("ada@mail.example")
    browser.send("/portal/identity", name="Ada", email="ada@thief.example")
    shop.streams.run()
    [request] = [row for row in shop.rows("partners") if row["kind"]["S"] == "email_request"]
    from chalicelib.partners import tokens
    from chalicelib.partners.find import find_email_request

    wish = find_email_request(ada["id"], request["sk"]["S"])
    link = tokens.confirmation_url(wish).removeprefix("https://go.example")
    assert browser.get(link).status == 200
    shop.wait(seconds=1)
    # The mailbox is the same, but not the person.
    hand_over(shop, ada, email="ada@mail.example", reason="change_of_person")

    assert browser.get(link).status == browser.send(link).status == 410
    assert shop.get(f"/v1/partners/{ada['id']}").json["email"] == "ada@mail.example"


def test_payouts_wait_until_the_new_holder_confirms_who_is_paid_and_never_pay_the_former_one(shop, ada, sign_in):
    hand_over(shop, ada)
    assert shop.pay_out()["items"] == 0
    # What an admin or the website enters is not what the new holder confirms.
    assert shop.patch(f"/v1/partners/{ada['id']}", {"payout_email": "books@shop.example"}).status == 200
    assert shop.pay_out()["items"] == 0

    shop.settle()
    browser = sign_in("grace@mail.example")
    assert "Payouts wait until you have confirmed" in read(browser.get("/portal").body).text
    assert browser.send("/portal/payee", payout_name="Grace H.", payout_email="not an address").status == 422
    page = browser.submit("/portal/payee", payout_name="Grace H.", payout_email="pay@grace.example")
    assert "Confirmed." in page.body
    assert browser.get("/portal/payee").status == 303
    assert browser.send("/portal/payee", payout_name="Grace H.", payout_email="pay@grace.example").status == 303

    assert shop.get(f"/v1/partners/{ada['id']}").json["payee_awaited_since"] is None
    assert paid(shop, shop.pay_out()) == [("Grace H.", "pay@grace.example", "5.00")]
    shop.settle()
    assert "Your payout details were changed" in subjects_to(shop, "grace@mail.example")
    assert code_of(confirm(shop, ada, payout_email="else@where.example")) == (409, "payee_confirmed")
    assert shop.verified() is None


def test_a_website_without_a_portal_confirms_the_payee_by_the_api(shop, ada):
    hand_over(shop, ada)
    assert confirm(shop, ada).json["payee_awaited_since"] is None
    assert confirm(shop, ada).status == 200
    assert paid(shop, shop.pay_out()) == [("Grace Hopper", "grace@mail.example", "5.00")]


def test_a_list_that_was_prepared_for_the_former_payee_is_not_exported_and_the_next_pays_the_new_one(shop, ada):
    before = shop.pay_out()
    hand_over(shop, ada)
    confirm(shop, ada)

    refused = shop.get(f"/v1/payouts/{before['id']}/export?format=generic")
    assert code_of(refused) == (409, "payee_changed")
    assert shop.post(f"/v1/payouts/{before['id']}/fail", {"note": "handed over"}).status == 200
    assert paid(shop, shop.pay_out()) == [("Grace Hopper", "grace@mail.example", "5.00")]


def test_what_was_paid_before_stays_on_record_with_the_name_of_then_until_it_is_erased(shop, ada):
    payout = shop.pay_out()
    assert paid(shop, payout) == [("Ada L.", "pay@ada.example", "5.00")]
    assert shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"}).status == 200
    hand_over(shop, ada)
    confirm(shop, ada)

    assert paid(shop, payout) == [("Ada L.", "pay@ada.example", "5.00")]
    assert shop.post(f"/v1/partners/{ada['id']}/erase", {"former": True}).status == 200
    assert paid(shop, payout) == [("", "", "5.00")]


def test_the_new_holder_is_emailed_a_way_in_and_the_former_one_is_told_once(shop, ada):
    hand_over(shop, ada)
    hand_over(shop, ada)
    shop.settle()
    assert subjects_to(shop, "grace@mail.example") == ["Your partner account with Tea Shop"]
    assert subjects_to(shop, "ada@mail.example")[-1] == "Your partner account was handed over"
    assert subjects_to(shop, "ada@mail.example").count("Your partner account was handed over") == 1
    shop.wait(minutes=2)
    [event] = shop.get(f"/v1/events?subject={ada['id']}&type=partner.handed_over").json["data"]
    assert event["data"].keys() == {"hand_over", "reason"}
    assert event["data"]["reason"] == "sale"


def test_no_one_writes_to_who_has_died_or_reads_in_the_same_mailbox_that_they_were_replaced(shop, tea):
    for number, changes in enumerate(({"reason": "inheritance"}, {"email": "one@mail.example", "reason": "sale"})):
        partner = shop.partner(tea, name=f"One {number}", email="one@mail.example")
        shop.settle()
        hand_over(shop, partner, **changes)
        shop.settle()
    assert "Your partner account was handed over" not in subjects_to(shop, "one@mail.example")


def test_who_unsubscribed_does_not_unsubscribe_the_new_holder(shop, ada):
    everything = ["tips", "friends", "rewards", "summaries"]
    assert shop.post(f"/v1/partners/{ada['id']}/emails", {"off": everything}).status == 200
    hand_over(shop, ada)
    assert shop.get(f"/v1/partners/{ada['id']}/emails").json["off"] == []


def test_the_new_holder_is_who_refers_themselves_and_the_former_one_is_a_customer_like_any_other(shop, tea, ada):
    hand_over(shop, ada, external_id="grace-1")
    results = {}
    for number, (customer, email) in enumerate(
        [("guest-1", "grace+shop@mail.example"), ("grace-1", "g@home.example"), ("ada", "ada@mail.example")]
    ):
        body = {"program": tea["id"], "type": "sale", "external_id": f"own-{number}", "code": "tea-for-two"}
        body |= {"customer": {"external_id": customer, "email": email}, "amount": {"amount": 1999, "currency": "USD"}}
        results[customer] = shop.post("/v1/conversions", body).json["self_referral"]
    assert results == {"guest-1": "address", "grace-1": "account", "ada": None}


def test_no_one_is_handed_over_who_is_stopped_or_erased_or_to_a_banned_or_the_present_holder(shop, tea, ada):
    path = f"/v1/partners/{ada['id']}"
    banned = shop.partner(tea, name="Bea", email="bea@mail.example")
    shop.post(f"/v1/partners/{banned['id']}/ban", {"reason": "fraud"})
    assert code_of(hand_over(shop, ada, email="bea@mail.example")) == (409, "partner_banned")
    assert code_of(hand_over(shop, ada, name="Ada", email="ADA@mail.example")) == (422, "invalid_value")
    assert code_of(hand_over(shop, ada, reason="because")) == (422, "invalid_value")
    shop.partner(tea, name="Carl", email="carl@mail.example", external_id="carl")
    assert code_of(hand_over(shop, ada, external_id="carl")) == (409, "external_id_taken")
    shop.post(f"{path}/suspend", {"reason": "under_review"})
    assert code_of(hand_over(shop, ada)) == (409, "partner_stopped")
    shop.post(f"{path}/reactivate", {})
    assert shop.get(path).json["name"] == "Ada"
    assert shop.post(f"{path}/erase", {"gives_up": True}).status == 200
    assert code_of(hand_over(shop, ada)) == (410, "partner_erased")


def test_who_was_handed_over_is_merged_only_once_their_payee_is_confirmed(shop, tea, ada):
    other = shop.partner(tea, name="Grace", email="grace@home.example")
    hand_over(shop, ada)
    for pair in ((ada, other), (other, ada)):
        answer = shop.post(f"/v1/partners/{pair[0]['id']}/merge", {"into": pair[1]["id"]})
        assert code_of(answer) == (409, "payee_awaited")
    confirm(shop, ada)
    assert shop.post(f"/v1/partners/{ada['id']}/merge", {"into": other["id"]}).status == 200


def test_accounts_of_duplicates_go_over_too_and_wait_for_the_same_payee(shop, tea, ada):
    twin = shop.partner(tea, name="Ada again", email="ada@home.example")
    shop.link(tea, twin, code="tea-again")
    shop.sale(tea, "order-9", "customer-9", code="tea-again")
    shop.settle()
    assert shop.post(f"/v1/partners/{twin['id']}/merge", {"into": ada["id"]}).status == 200
    memory.forget_everything()
    hand_over(shop, ada)

    assert shop.pay_out()["items"] == 0
    confirm(shop, ada)
    shop.settle()
    assert {row[:2] for row in paid(shop, shop.pay_out())} == {("Grace Hopper", "grace@mail.example")}
    # Neither address of the former holder finds the account.
    assert shop.get("/v1/search?query=ada@home.example").json.get("data", []) == []
    assert shop.post(f"/v1/partners/{ada['id']}/erase", {"former": True}).status == 200
    assert "Ada again" not in shop.get(f"/v1/partners/{twin['id']}").body


def test_the_audit_says_who_did_it_with_before_and_after_and_no_name_or_address(shop, ada):
    hand_over(shop, ada, note="The notary wrote on 3 May.")
    confirm(shop, ada)
    entries = {one["action"]: one for one in shop.get(f"/v1/audit?subject={ada['id']}").json["data"]}
    for action in ("partner.handed_over", "partner.payee_confirmed"):
        assert entries[action]["before"] != entries[action]["after"]
        assert None not in (entries[action]["before"], entries[action]["after"])
    assert not [word for word in ("Ada", "Grace", "mail.example", "notary") if word in json.dumps(entries)]


def test_the_former_holder_is_erased_on_their_own_and_the_account_goes_on(shop, tea, ada, sign_in):
    sign_in("ada@mail.example").send("/portal/feedback", score="9", words="Ada loves it")
    shop.patch(f"/v1/partners/{ada['id']}", {"email": "countess@mail.example"})
    shop.wait(seconds=1)
    hand_over(shop, ada, note="Ada sold it")
    shop.patch(f"/v1/partners/{ada['id']}", {"email": "grace@home.example", "metadata": {"shirt": "S"}})
    shop.settle()

    # The new holder's own copy has nothing of who had it before.
    copy = shop.get(f"/v1/partners/{ada['id']}/data?limit=500").body
    assert "Grace Hopper" in copy
    assert not [word for word in ("Ada", "ada@mail", "countess", "ada.example") if word in copy]
    answer = shop.post(f"/v1/partners/{ada['id']}/erase", {"former": True})
    assert (answer.status, answer.json["status"]) == (200, "erasing"), answer.body
    assert shop.post(f"/v1/partners/{ada['id']}/erase", {"former": True}).json["erased_at"] == answer.json["erased_at"]
    shop.wait(hours=2)
    shop.run_schedule("retain")
    shop.settle()

    stored = json.dumps([shop.rows(table) for table in ("partners", "notes", "events")])
    assert not [word for word in ("Ada", "ada@mail", "countess", "ada.example", "Ada sold") if word in stored]
    now = shop.get(f"/v1/partners/{ada['id']}").json
    assert (now["name"], now["email"], now["metadata"]) == ("Grace Hopper", "grace@home.example", {"shirt": "S"})
    assert shop.balance(ada)["due"] == 500
    assert shop.sale(tea, "order-5").json["partner"] == ada["id"]
    assert code_of(shop.post(f"/v1/partners/{shop.partner(tea)['id']}/erase", {"former": True})) == (
        409,
        "not_handed_over",
    )
    assert shop.verified() is None


@pytest.mark.slow
@pytest.mark.parametrize("crash", [CrashBefore, CrashAfter])
def test_a_hand_over_that_ends_anywhere_is_finished_by_the_next_call(shop, tea, crash):
    at = 0
    while True:
        partner = shop.partner(tea, name=f"Ada {at}", email=f"a-{at}@mail.example")
        shop.link(tea, partner, code=f"tea-number-{at}")
        shop.sale(tea, f"order-{at}", f"customer-{at}", code=f"tea-number-{at}")
        shop.settle()
        shop.line.fault = crash(len(shop.line.calls) + at)
        with contextlib.suppress(Crash):
            hand_over(shop, partner, email=f"g-{at}@mail.example")
        hit = shop.line.fault.hit
        shop.line.fault = Fault()
        if not hit:
            break
        assert hand_over(shop, partner, email=f"g-{at}@mail.example").json["email"] == f"g-{at}@mail.example"
        assert shop.pay_out()["items"] == 0
        shop.settle()
        assert subjects_to(shop, f"g-{at}@mail.example") == ["Your partner account with Tea Shop"]
        confirm(shop, partner)
        assert paid(shop, shop.pay_out()) == [("Grace Hopper", f"g-{at}@mail.example", "5.00")]
        at += 1
    assert at > 5
    assert shop.verified() is None


def test_parallel_hand_overs_end_with_one_holder_and_each_is_on_record(shop, ada):
    def act(number):
        return shop.post(
            f"/v1/partners/{ada['id']}/hand-over", GRACE | {"email": f"g-{number % 3}@mail.example"}
        ).status

    with ThreadPoolExecutor(4) as pool:
        statuses = set(pool.map(act, range(9)))
    memory.forget_everything()

    assert statuses <= {200, 503}
    facts = [row for row in shop.rows("partners") if row["kind"]["S"] == "hand_over"]
    former = [json.loads(row["former"]["S"])["email"] for row in facts]
    now = shop.get(f"/v1/partners/{ada['id']}").json["email"]
    # Each took over from someone else, beginning with Ada, and the last one has it.
    assert former.count("ada@mail.example") == 1
    assert now.startswith("g-")
    holders = [row for row in shop.rows("partners") if row["kind"]["S"] == "address"]
    assert len([row for row in holders if row["sk"]["S"] == ada["id"]]) == 1
