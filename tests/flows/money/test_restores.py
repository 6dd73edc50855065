"""Refunds that did not stand: they failed, or their dispute was won. What they took comes back, once."""

import itertools

import pytest

USD = {"currency": "USD"}
RATE = [{"on": "sale", "to": "referrer", "rate_bp": 1500}]
COUPON = {"on": "sale", "to": "referrer", "benefit": {"kind": "coupon", "name": "5 off"}}


def sold(shop, amount=1999, rules=RATE, **changes):
    program = shop.program(rules=rules, **changes)
    ada = shop.partner(program)
    sale = shop.sale(program, amount=amount, code=shop.link(program, ada)["code"]).json
    shop.settle()
    return program, ada, sale


def state(shop, ada):
    balance = shop.balance(ada)
    return tuple(balance[part] for part in ("held", "due", "frozen", "paid"))


def test_a_refund_that_failed_gives_back_exactly_what_it_took_and_is_left_to_be_refunded_again(shop):
    _, ada, sale = sold(shop)
    shop.refund(sale, 666)
    shop.settle()
    less = shop.balance(ada)["due"]

    answer = shop.restore(sale, reason="refund_failed")
    shop.settle()

    assert (less, shop.balance(ada)["due"]) == (200, 300)
    assert answer.status == 201
    restored = answer.json
    assert (restored["object"], restored["refund_id"], restored["reason"]) == ("restore", "refund-1", "refund_failed")
    assert [restored[name]["amount"] for name in ("amount", "remaining_before", "remaining_after")] == [666, 1333, 1999]
    now = shop.get(f"/v1/conversions/{sale['id']}").json
    assert (now["refunded"]["amount"], now["remaining"]["amount"]) == (0, 1999)
    assert shop.refund(sale, 1999, "another").json["remaining_after"]["amount"] == 0
    shop.settle()
    assert shop.balance(ada)["due"] == 0


def test_a_restore_happens_once_a_refund_however_often_it_is_reported(shop):
    _, ada, sale = sold(shop)
    shop.refund(sale, 1000, "one")
    shop.refund(sale, 999, "other")
    shop.settle()

    first = shop.restore(sale, "one", reason="dispute_won")
    again = shop.restore(sale, "one", reason="dispute_won")
    otherwise = shop.restore(sale, "one", reason="refund_failed")
    unknown = shop.restore(sale, "nothing")
    # The refund was reported, and stays reported: as the first time.
    refund = shop.refund(sale, 1000, "one")
    shop.settle()
    for record in shop.streams.records(next(s for s in shop.streams.sources if s.function == "conversions_to_rewards")):
        assert shop.streams.deliver("conversions_to_rewards", [record]) == []

    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (otherwise.status, otherwise.json["code"]) == (409, "restore_conflict")
    assert (unknown.status, unknown.json["code"]) == (404, "refund_not_found")
    assert (refund.status, refund.json["remaining_after"]["amount"]) == (201, 999)
    assert shop.balance(ada)["due"] == 150
    assert shop.verified() is None


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_refunds_restored_in_any_order_end_where_they_began_without_losing_a_cent(shop, order):
    _, ada, sale = sold(shop)
    left = 1999
    amounts = [666, 666, 667]
    for number, amount in enumerate(amounts):
        shop.refund(sale, amount, f"refund-{number}")
    shop.settle()
    left = 0
    for number in order:
        shop.restore(sale, f"refund-{number}")
        shop.settle()
        left += amounts[number]
        # Never less than the share of what is left, and never a whole cent more.
        assert shop.balance(ada)["due"] == -(-left * 1500 // 10_000)

    assert shop.balance(ada)["due"] == 300


def test_decisions_out_of_order_have_the_same_result(shop):
    _, ada, sale = sold(shop)
    for number in range(3):
        shop.refund(sale, 1999, f"refund-{number}")
        shop.restore(sale, f"refund-{number}")
    shop.refund(sale, 999, "at last")
    source = next(one for one in shop.streams.sources if one.function == "conversions_to_rewards")
    for record in reversed(shop.streams.records(source)):
        assert shop.streams.deliver(source.function, [record]) == []
    shop.settle()

    assert shop.balance(ada)["due"] == 150
    kinds = [one["kind"] for one in shop.get(f"/v1/partners/{ada['id']}/entries?currency=USD").json["data"]]
    assert kinds == ["reward", *["reversal", "restore"] * 3, "reversal"]
    assert shop.verified() is None


def test_a_reward_comes_back_to_where_it_would_be_by_now(shop):
    _, ada, sale = sold(shop, hold_days=14)
    shop.refund(sale, 1999, "early")
    shop.settle()
    gone = state(shop, ada)
    shop.restore(sale, "early")
    shop.settle()
    held = state(shop, ada), shop.reward(sale)["state"]
    shop.refund(sale, 1999, "late")
    shop.settle()
    shop.wait(days=15)
    shop.settle()
    shop.restore(sale, "late")
    shop.settle()

    assert gone == (0, 0, 0, 0)
    assert held == ((300, 0, 0, 0), "held")
    assert (state(shop, ada), shop.reward(sale)["state"]) == ((0, 300, 0, 0), "due")
    assert shop.verified() is None


def test_what_comes_back_while_it_is_held_becomes_due_on_its_day(shop):
    _, ada, sale = sold(shop, hold_days=14)
    shop.refund(sale, 1999)
    shop.settle()
    shop.wait(days=3)
    shop.restore(sale)
    shop.settle()
    held = state(shop, ada)
    shop.wait(days=11)
    shop.settle()

    assert (held, state(shop, ada)) == ((300, 0, 0, 0), (0, 300, 0, 0))


def test_what_an_admin_held_for_review_comes_back_for_review(shop):
    _, ada, sale = sold(shop, hold_days=14)
    reward = shop.reward(sale)["id"]
    shop.post(f"/v1/rewards/{reward}/hold", {"note": "the same address"})
    shop.refund(sale, 1999)
    shop.settle()
    shop.wait(days=30)
    shop.restore(sale)
    shop.settle()

    now = shop.reward(sale)
    assert (now["state"], now["for_review"], state(shop, ada)) == ("held", True, (300, 0, 0, 0))


def test_a_reward_that_was_refused_stays_refused(shop):
    _, ada, sale = sold(shop)
    reward = shop.reward(sale)["id"]
    shop.refund(sale, 1000)
    shop.settle()
    shop.post(f"/v1/rewards/{reward}/refuse", {"note": "made up"})
    shop.restore(sale)
    shop.settle()

    assert (shop.reward(sale)["state"], state(shop, ada)) == ("refused", (0, 0, 0, 0))
    restored = shop.explained(sale)["restores"][0]
    assert (restored["outcome"], restored["reason"]) == ("nothing_due", "nothing_to_give_back")


def test_a_refund_after_the_payout_and_its_restore_leave_the_partner_paid_and_owing_nothing(shop):
    program, ada, sale = sold(shop)
    payout = shop.pay_out()
    shop.refund(sale, 1000, "while frozen")
    shop.settle()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    shop.refund(sale, 999, "after")
    shop.settle()
    owing = state(shop, ada), shop.reward(sale)["state"]
    shop.restore(sale, "while frozen")
    shop.restore(sale, "after")
    shop.settle()

    assert owing == ((0, -300, 0, 300), "reversed")
    assert (state(shop, ada), shop.reward(sale)["state"]) == ((0, 0, 0, 300), "paid")
    # Whatever they earn next is theirs in full.
    shop.sale(program, "next", amount=1000)
    shop.settle()
    assert state(shop, ada) == (0, 150, 0, 300)


def test_what_comes_back_after_a_payout_went_without_it_is_due_and_paid_by_the_next(shop):
    program, ada, sale = sold(shop)
    shop.refund(sale, 1999)
    shop.sale(program, "other", amount=1000)
    shop.settle()
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    shop.restore(sale)
    shop.settle()
    back = state(shop, ada), shop.reward(sale)["state"]
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})

    assert back == ((0, 300, 0, 150), "due")
    assert (state(shop, ada), shop.reward(sale)["state"]) == ((0, 0, 0, 450), "paid")


def test_a_benefit_that_was_taken_back_is_given_again(shop):
    _, _, sale = sold(shop, rules=[COUPON])
    reward = shop.reward(sale)["id"]
    shop.post(f"/v1/rewards/{reward}/fulfill", {"reference": "COUPON-1"})
    shop.refund(sale, 1000, "half")
    shop.refund(sale, 999, "rest")
    shop.settle()
    gone = shop.reward(sale)
    shop.restore(sale, "half")
    shop.settle()
    back = shop.reward(sale)
    again = shop.post(f"/v1/rewards/{reward}/fulfill", {"reference": "COUPON-2"})
    shop.refund(sale, 1000, "once more")
    shop.settle()

    assert (gone["state"], gone["reference"]) == ("reversed", "COUPON-1")
    assert (back["state"], back["reference"]) == ("due", None)
    assert (again.status, again.json["state"], again.json["reference"]) == (200, "fulfilled", "COUPON-2")
    assert shop.reward(sale)["state"] == "reversed"
    subjects = [subject for subject, _ in shop.emails() if "5 off" in subject]
    assert subjects == ["You earned 5 off with Tea Shop", "5 off of your Tea Shop rewards was reversed"] * 2


def test_a_restore_uses_the_headroom_again_that_its_refund_gave_back_even_if_it_is_used_by_now(shop):
    for caps in ([{"per": "partner", "amount": 300}], [{"per": "program", "amount": 300}]):
        caps = [caps[0] | {"freed_by_refunds": True}]
        program, ada, sale = sold(shop, 2000, caps=caps)
        shop.refund(sale, 2000)
        shop.settle()
        other = shop.sale(program, "other", amount=1000).json
        shop.settle()
        shop.restore(sale)
        shop.settle()
        # 3.00 were promised, and 1.50 given meanwhile: both stand. For more there is no room.
        assert shop.balance(ada)["due"] == 300 + 150
        shop.sale(program, "third", amount=1000)
        shop.settle()
        assert shop.balance(ada)["due"] == 300 + 150
        # There is once so much is refunded.
        shop.refund(other, 1000)
        shop.refund(sale, 1000, "again")
        shop.settle()
        shop.sale(program, "fourth", amount=1000)
        shop.settle()
        assert shop.balance(ada)["due"] == 150 + 150


def test_a_reward_that_a_cap_had_cut_comes_back_as_it_was(shop):
    _, ada, sale = sold(shop, 2000, caps=[{"per": "conversion", "amount": 200}])
    dues = []
    for number, amount in enumerate((500, 500, 1000)):
        shop.refund(sale, amount, f"refund-{number}")
    shop.settle()
    for number in (2, 0, 1):
        shop.restore(sale, f"refund-{number}")
        shop.settle()
        dues.append(shop.balance(ada)["due"])

    assert dues == [150, 200, 200]


def test_statistics_are_right_right_afterwards(shop):
    _, ada, sale = sold(shop)
    shop.refund(sale, 1000, "one")
    shop.refund(sale, 999, "other")
    shop.settle()
    shop.wait(minutes=90)
    shop.restore(sale, "one")
    shop.settle()

    totals = shop.stats("partners", ada)["totals"]
    assert (totals["sales"], totals["refunds"]) == (1, 1)
    assert (totals["revenue"]["amount"], totals["refunded"]["amount"]) == (1999, 999)
    assert totals["referrer_rewards"] == {"earned": 300, "reversed": 150, "net": 150}


def test_a_refund_from_before_a_sale_was_credited_late_is_the_partners_again_when_it_did_not_stand(shop):
    program = shop.program(rules=RATE)
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    shop.wait(hours=1)
    sale = shop.sale(program, amount=2000, occurred_at="2026-03-10T12:50:00Z").json
    shop.refund(sale, 1000, "before")
    shop.settle()
    touches = [{"code": code, "at": "2026-03-10T12:30:00Z"}]
    shop.lead(program, occurred_at="2026-03-10T12:40:00Z", touches=touches)
    shop.settle()
    credited = shop.balance(ada)["due"]
    shop.restore(sale, "before")
    shop.settle()
    restored = shop.balance(ada)["due"]
    shop.refund(sale, 2000, "after")
    shop.settle()

    assert (credited, restored, shop.balance(ada)["due"]) == (150, 300, 0)
    totals = shop.stats("partners", ada)["totals"]
    assert totals["revenue"]["amount"] == totals["refunded"]["amount"]


@pytest.mark.parametrize("hold_days", [0, 14])
def test_a_sale_that_was_credited_when_nothing_was_left_of_it_earns_once_its_refund_did_not_stand(shop, hold_days):
    program = shop.program(rules=[*RATE, COUPON | {"to": "referee"}], hold_days=hold_days)
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    shop.wait(hours=1)
    sale = shop.sale(program, amount=2000, occurred_at="2026-03-10T12:50:00Z").json
    shop.refund(sale, 2000)
    touches = [{"code": code, "at": "2026-03-10T12:30:00Z"}]
    shop.lead(program, occurred_at="2026-03-10T12:40:00Z", touches=touches)
    shop.settle()
    nothing = state(shop, ada)
    shop.restore(sale)
    shop.settle()
    [back] = shop.explained(sale)["restores"]
    coupon = next(one["id"] for one in back["rewards"] if one["to"] == "referee")
    restored = state(shop, ada), shop.get(f"/v1/rewards/{coupon}").json["state"]
    shop.refund(sale, 1000, "half")
    shop.settle()

    part = "held" if hold_days else "due"
    assert nothing == (0, 0, 0, 0)
    assert restored == ((300, 0, 0, 0) if hold_days else (0, 300, 0, 0), part)
    assert sum(state(shop, ada)) == 150
    assert shop.verified() is None


def test_the_explanation_the_statement_and_the_admins_page_say_what_came_back_and_why(shop):
    _, ada, sale = sold(shop)
    shop.refund(sale, 666)
    shop.restore(sale, reason="dispute_won")
    shop.settle()

    [restored] = shop.explained(sale)["restores"]
    [*_, entry] = shop.get(f"/v1/partners/{ada['id']}/entries?currency=USD").json["data"]

    assert restored["rewards"][0]["arithmetic"] == "ceil(1999 * 1500 / 10000) - ceil(1333 * 1500 / 10000) = 100"
    assert (restored["refund"], restored["reason_given"], restored["outcome"]) == (
        "refund-1",
        "dispute_won",
        "restored",
    )
    assert (entry["kind"], entry["due"]) == ("restore", 100)
    assert entry["reason"] == {
        "code": "restore", "rule": "sale_referrer", "rate_bp": 1500, "base": 1999, "total": 1999,
        "before": 1333, "remaining": 1999, "restored": 666,
    }  # fmt: skip
    assert entry["why"] == "A refund of $6.66 (of $19.99) was undone"
    assert ("You earned $1.00 with Tea Shop", "Ada <ada@mail.example>") in shop.emails()


def test_a_lost_stream_record_of_a_restore_is_found_and_decided(shop):
    _, ada, sale = sold(shop)
    shop.refund(sale, 1000)
    shop.settle()
    shop.restore(sale)
    for source in shop.streams.sources:
        shop.streams.read[source.function] = len(shop.streams.records(source))
    shop.wait(hours=1)

    differences = shop.post("/v1/reconciliation", {"day": "2026-03-10"}).json["differences"]
    shop.settle()

    assert [(one["kind"], one["repaired"]) for one in differences if one["kind"] == "undecided"] == [
        ("undecided", True)
    ]
    assert shop.balance(ada)["due"] == 300


def test_an_idempotency_key_and_a_malformed_restore(shop):
    _, _, sale = sold(shop)
    shop.refund(sale, 500)
    path, key = f"/v1/conversions/{sale['id']}/restores", {"Idempotency-Key": "k"}

    first = shop.post(path, {"refund_id": "refund-1"}, headers=key)
    again = shop.post(path, {"refund_id": "refund-1"}, headers=key)

    assert (first.status, again.body) == (201, first.body)
    assert shop.post(path, {"refund_id": "refund-1", "reason": "because"}).status == 422
    assert shop.post(path, {}).status == 422
    assert shop.post(path, {"refund_id": "refund-1", "amount": {"amount": 5, **USD}}).status == 422
