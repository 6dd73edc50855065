"""Why an email is not sent: each reason there is, by what causes it; asked when the email is about to go."""

import inspect
import re

import pytest

from chalicelib.emails import deliver, skip_rules
from chalicelib.kit import memory
from chalicelib.outbox.table import Message
from tests.emails import settle
from tests.flows.friends import with_annas
from tests.flows.test_benefit_codes import gifts_in
from tests.flows.test_joining import join
from tests.introduced import do, introduce, open_for_introductions

pytestmark = pytest.mark.engine

GREETING = "Welcome: your first steps with Tea Shop"
REMINDERS = {"follow_up", "last_follow_up"}


def not_sent(shop):
    """Return the emails that were skipped, and why."""
    return {(one.template, one.reason) for one in Message.scan() if one.status == "skipped"}


def leave(shop, program, partner):
    answer = shop.post(f"/v1/partners/{partner['id']}/leave", {"program": program["id"]})
    assert answer.status == 200, answer.body
    memory.forget_everything()


def prefer(shop, partner, **preferences):
    assert shop.post(f"/v1/partners/{partner['id']}/emails", preferences).status == 200
    memory.forget_everything()


def on_their_way_when(shop, happens):
    """Let a partner be greeted and the reminders be put down; then something happens, and their time comes."""
    program = shop.program()
    ada = shop.partner(program)
    settle(shop)
    assert [subject for subject, _ in shop.emails()] == [GREETING]
    happens(program, ada)
    for days in (4, 11):
        shop.wait(days=days)
        settle(shop)
    return program, ada


def test_has_left_ends_the_reminders(shop):
    on_their_way_when(shop, lambda program, ada: leave(shop, program, ada))

    assert not_sent(shop) == {(email, "has_left") for email in REMINDERS}
    assert [subject for subject, _ in shop.emails()] == [GREETING, "You have left Tea Shop"]


def test_has_left_ends_a_story_and_a_month_but_not_what_is_told_of_money_that_moved(shop):
    program = shop.program(hold_days=7)
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    sale = shop.sale(program, code=code).json
    settle(shop)
    leave(shop, program, ada)
    shop.refund(sale, 1000)
    for days in (2, 25):
        shop.wait(days=days)
        shop.run_schedule("send_monthly")
        settle(shop)

    assert {email for email, reason in not_sent(shop) if reason == "has_left"} >= {"success", "monthly", "due"}
    assert "$1.50 of your Tea Shop rewards was reversed" in [subject for subject, _ in shop.emails()]


def test_has_left_ends_it_only_until_they_are_back(shop):
    def leave_and_come_back(program, ada):
        leave(shop, program, ada)
        shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": program["id"]})
        memory.forget_everything()

    on_their_way_when(shop, leave_and_come_back)

    assert not_sent(shop) == {("goodbye", "is_back")}
    assert len(shop.emails()) == 3


def test_has_shared_ends_the_reminders(shop):
    on_their_way_when(shop, lambda program, ada: shop.click(shop.link(program, ada)))

    assert not_sent(shop) == {(email, "has_shared") for email in REMINDERS}


def test_unsubscribed_ends_the_reminders(shop):
    on_their_way_when(shop, lambda program, ada: prefer(shop, ada, off=["tips"]))

    assert not_sent(shop) == {(email, "unsubscribed") for email in REMINDERS}


def test_suppressed_ends_the_reminders(shop):
    from tests.flows.test_emails import bounce, tell

    on_their_way_when(shop, lambda program, ada: tell(shop, bounce("ada@mail.example")))

    assert not_sent(shop) == {(email, "suppressed: bounce") for email in REMINDERS}


def test_no_address_is_known(shop):
    shop.partner(shop.program(), email=None)
    settle(shop)

    assert not_sent(shop) == {("first_steps", "no_address")}


def test_taken_back_ends_the_story_of_a_reward(shop):
    program = shop.program()
    sale = shop.sale(program, code=shop.link(program, shop.partner(program))["code"]).json
    settle(shop)
    shop.refund(sale, 1999)
    shop.wait(days=2)
    settle(shop)

    assert ("success", "taken_back") in not_sent(shop)


def test_not_risen_is_a_tier_that_was_lost(shop):
    program = shop.tiered_program()
    ada = shop.partner(program)
    settle(shop)
    for tier in ("gold", "silver"):
        body = {"program": program["id"], "tier": tier, "note": "by hand", "pinned_until": "2027-01-01T00:00:00Z"}
        assert shop.post(f"/v1/partners/{ada['id']}/tier", body).status == 201
        settle(shop)
        shop.wait(minutes=2)

    assert not_sent(shop) == {("tier", "not_risen")}


def test_brings_nothing_is_a_tier_in_which_no_rule_gives_more(shop):
    program = shop.program(tiers=[{"name": "gold", "minimum_sales": 2}])
    ada = shop.partner(program)
    settle(shop)
    body = {"program": program["id"], "tier": "gold", "note": "by hand", "pinned_until": "2027-01-01T00:00:00Z"}
    assert shop.post(f"/v1/partners/{ada['id']}/tier", body).status == 201
    settle(shop)

    assert not_sent(shop) == {("tier", "brings_nothing")}


def test_nothing_to_tell_is_a_days_news_that_its_reader_turned_off(shop):
    program = shop.program(rules=[])
    ada = shop.partner(program)
    prefer(shop, ada, daily=True)
    shop.lead(program, code=shop.link(program, ada)["code"])
    settle(shop)
    prefer(shop, ada, daily=True, off=["friends"])
    shop.wait(days=1)
    settle(shop)

    assert ("digest", "nothing_to_tell") in not_sent(shop)


def test_too_late_is_a_link_to_sign_in_that_is_over(shop):
    from tests.forms import Browser

    shop.partner(shop.program())
    settle(shop)
    Browser(shop).send("/portal/link", email="ada@mail.example")
    shop.wait(minutes=16)
    settle(shop)

    assert not_sent(shop) == {("sign_in", "too_late")}


def test_decided_is_an_application_that_was_answered_before_anybody_was_told_that_it_had_arrived(shop):
    program = shop.program(joining="approval")
    join(shop, program, email="bea@mail.example", name="Bea")
    [application] = shop.get(f"/v1/applications?program={program['id']}").json["data"]
    assert shop.post(f"/v1/applications/{application['id']}/refuse", {"note": "no"}).status == 200
    settle(shop)

    assert not_sent(shop) == {("applied", "decided")}
    assert [subject for subject, _ in shop.emails()] == ["Your application to Tea Shop"]


def test_is_back_is_a_goodbye_to_somebody_who_returned_at_once(shop):
    program = shop.program()
    ada = shop.partner(program)
    settle(shop)
    leave(shop, program, ada)
    shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": program["id"]})
    settle(shop)

    assert not_sent(shop) == {("goodbye", "is_back")}
    assert [subject for subject, _ in shop.emails()] == [GREETING]


def test_called_off_is_a_payout_of_many_that_was_paid_to_nobody(shop):
    program = shop.program()
    partners = [shop.partner(program, name=name, email=f"{name}@mail.example") for name in ("ada", "bea")]
    for n, partner in enumerate(partners):
        shop.sale(program, f"order-{n}", f"customer-{n}", code=shop.link(program, partner)["code"])
    settle(shop)
    shop.post(f"/v1/payouts/{shop.pay_out()['id']}/fail", {"note": "begun by mistake"})
    settle(shop)
    shop.wait(hours=1)
    settle(shop)

    assert ("payout_failed", "called_off") in not_sent(shop)
    assert not [subject for subject, _ in shop.emails() if "could not pay" in subject]


def test_told_with_reward_is_a_friend_who_joined_and_earned_something_by_it(shop):
    program = shop.program()
    shop.lead(program, code=shop.link(program, shop.partner(program))["code"])
    settle(shop)

    assert not_sent(shop) == {("joined", "told_with_reward")}


def test_as_announced_is_what_became_due_on_its_day(shop):
    program = shop.program(hold_days=3)
    shop.lead(program, code=shop.link(program, shop.partner(program))["code"])
    settle(shop)
    shop.wait(days=4)
    shop.run_schedule("mature")
    settle(shop)

    assert ("due", "as_announced") in not_sent(shop)


def test_withdrawn_is_a_version_of_the_terms_that_will_not_begin(shop):
    program = shop.program()
    shop.partner(program)
    settle(shop)
    path = f"/v1/programs/{program['id']}/terms"
    version = shop.post(path, {"rules": [], "effective_from": "2026-06-01T00:00:00Z"}).json["version"]
    shop.run_schedule("announce_terms")
    assert shop.post(f"{path}/withdraw", {"version": version}).status == 200
    settle(shop)

    assert not_sent(shop) == {("terms_change", "withdrawn")}


def test_not_announced_is_that_terms_stay_to_whoever_read_of_no_change(shop):
    program = shop.program()
    shop.partner(program)
    settle(shop)
    path = f"/v1/programs/{program['id']}/terms"
    version = shop.post(path, {"rules": [], "effective_from": "2026-06-01T00:00:00Z"}).json["version"]
    shop.run_schedule("announce_terms")
    assert shop.post(f"{path}/withdraw", {"version": version}).status == 200
    memory.forget_everything()
    shop.run_schedule("announce_terms")
    shop.wait(hours=1)
    settle(shop)

    assert ("terms_stay", "not_announced") in not_sent(shop)


def test_program_ended_is_what_asks_for_new_friends_who_count_no_longer(shop):
    program = shop.program()
    shop.partner(program)
    settle(shop)
    until = {"touches_until": "2026-03-12T12:00:00Z", "sales_until": "2026-05-01T12:00:00Z"}
    assert shop.post(f"/v1/programs/{program['id']}/end", until).status == 200
    memory.forget_everything()
    shop.wait(days=4)
    shop.run_schedule("send_scheduled")
    settle(shop)

    assert not_sent(shop) == {("follow_up", "program_ended")}


def test_test_program_is_what_nobody_outside_gets(shop):
    program = shop.program(mode="test")
    shop.partner(program)
    settle(shop)

    assert ("first_steps", "test_program") in not_sent(shop)
    assert shop.emails() == []


def coupons(shop):
    """Let a friend buy, and be owed a coupon; the emails about it are not sent yet."""
    _, _, rewards = gifts_in(shop)
    return rewards["referee"]


def give(shop, reward, **fields):
    answer = shop.post(f"/v1/rewards/{reward}/fulfill", fields)
    assert answer.status == 200, answer.body


def test_told_with_code_is_a_benefit_whose_email_has_its_code(shop):
    _, _, rewards = gifts_in(shop, hold_days=14)
    shop.wait(days=15)
    shop.run_schedule("mature")
    give(shop, rewards["referee"], code="ZEBRA-1")
    settle(shop)

    assert "told_with_code" in {reason for _, reason in not_sent(shop)}


def test_replaced_is_a_code_that_another_one_replaced_before_it_was_sent(shop):
    reward = coupons(shop)
    give(shop, reward, code="ZEBRA-1")
    shop.wait(seconds=1)
    give(shop, reward, code="ZEBRA-2", replaces=True)
    settle(shop)

    assert "replaced" in {reason for _, reason in not_sent(shop)}


def test_taken_back_is_a_code_whose_sale_was_refunded_before_it_was_sent(shop):
    reward = coupons(shop)
    give(shop, reward, code="ZEBRA-1")
    shop.refund({"id": shop.get(f"/v1/rewards/{reward}").json["conversion"]}, 1999)
    settle(shop)

    assert "taken_back" in {reason for _, reason in not_sent(shop)}


def test_told_at_this_address_is_who_had_two_accounts_with_one_mailbox(shop):
    program = shop.program()
    ada = shop.partner(program)
    same = shop.partner(program, email="Ada+tea@mail.example")
    settle(shop)
    assert shop.post(f"/v1/partners/{same['id']}/merge", {"into": ada["id"]}).status == 200
    memory.forget_everything()
    settle(shop)

    assert ("merged", "told_at_this_address") in not_sent(shop)


def test_claim_closed_is_what_asks_who_sent_a_customer_of_whom_it_is_known_by_now(shop):
    website = with_annas(shop)
    sale = website.sale(website.token("Anna"))
    body = {"partner": website.anna["id"], "reason": "named_later", "note": "Said so at the till."}
    shop.post(f"/v1/conversions/{sale['id']}/credit", body)
    shop.settle()

    assert ("who_sent_you", "claim_closed") in not_sent(shop)


def test_written_before_is_an_introduced_person_whom_this_program_wrote_to(shop):
    tea = open_for_introductions(shop.program())
    consent = {"digest": "a" * 64, "at": "2026-03-10T11:00:00.000Z"}
    for number, email in enumerate(("grace@navy.example", "Grace+2@navy.example")):
        partner = shop.partner(tea, external_id=f"partner-{number}", email=f"partner-{number}@mail.example")
        introduced = introduce(shop, tea, partner, email, sent_by="us", consent=consent).json
        settle(shop)
        assert do(shop, introduced, "withdraw").status == 200

    assert ("introduced", "written_before") in not_sent(shop)


def test_every_reason_that_is_given_is_tried_here():
    reasons = re.findall(
        r'(?:return (?:skipped\()?|else )"(\w+)"', inspect.getsource(skip_rules) + inspect.getsource(deliver)
    )
    tried = " ".join(name for name in globals() if name.startswith("test_"))

    assert len(reasons) > 5
    assert [one for one in reasons if f"test_{one}" not in tried] == []
