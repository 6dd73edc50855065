"""The conversion way: a friend comes by a link, signs up and buys; the sender is paid and thanked."""

from datetime import timedelta

import boto3
import pytest

from chalicelib.kit.chains import GENESIS
from chalicelib.ledger import entries
from chalicelib.ledger.table import Entry, LedgerRow

pytestmark = pytest.mark.moto


def test_a_sale_by_a_link_pays_the_referrer_and_the_referee_and_thanks_both(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)

    lead = shop.lead(program, click_id=shop.click_id(link))
    sale = shop.sale(program)
    assert shop.streams.run() == []

    assert (lead.json["attribution"], lead.json["partner"]) == ("last_touch", ada["id"])
    assert (sale.json["attribution"], sale.json["number"]) == ("already_referred", 1)
    assert shop.balance(ada)["due"] == 200 + 300
    assert sorted(shop.emails()) == sorted(
        [
            ("Welcome: your first steps with Tea Shop", "Ada <ada@mail.example>"),
            ("Welcome to Tea Shop", "Grace <customer-1@mail.example>"),
            ("You earned $2.00 with Tea Shop", "Ada <ada@mail.example>"),
            ("You earned $3.00 with Tea Shop", "Ada <ada@mail.example>"),
            ("For you: $5.00 from Tea Shop", "Grace <customer-1@mail.example>"),
        ]
    )


def test_a_reward_is_rounded_up_for_the_partner(shop):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1}])
    ada = shop.partner(program)

    shop.sale(program, amount=1, code=shop.link(program, ada)["code"])
    shop.streams.run()

    assert shop.balance(ada)["due"] == 1


def test_a_code_typed_by_the_customer_counts_as_a_touch_whatever_its_case(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada, code="tea-with-ada")

    lead = shop.lead(program, code=" Tea-With-ADA ")

    assert (lead.json["partner"], lead.json["touches"][0]["result"]) == (ada["id"], "won")
    assert link["url"] == "https://go.example/tea-with-ada"


@pytest.mark.parametrize(
    ("touch", "winner", "results"), [("first", "ada", ["won", "not_first"]), ("last", "bob", ["not_last", "won"])]
)
def test_the_first_or_the_last_touch_counts_as_the_program_says(shop, touch, winner, results):
    program = shop.program(touch=touch)
    partners = {name: shop.partner(program, name=name, email=None) for name in ("ada", "bob")}
    ids = [shop.click_id(shop.link(program, partner)) for partner in partners.values()]

    lead = shop.lead(program, touches=[{"click_id": one} for one in ids])

    assert lead.json["partner"] == partners[winner]["id"]
    assert [touch["result"] for touch in lead.json["touches"]] == results
    assert shop.get(f"/v1/conversions/{lead.json['id']}").json["touches"] == lead.json["touches"]


def test_who_is_bound_stays_bound_whatever_link_they_come_by_later(shop):
    program = shop.program()
    ada, bob = shop.partner(program), shop.partner(program, name="Bob", email=None)
    shop.lead(program, code=shop.link(program, ada)["code"])

    sale = shop.sale(program, click_id=shop.click_id(shop.link(program, bob)))

    assert (sale.json["partner"], sale.json["attribution"]) == (ada["id"], "already_referred")


def test_a_touch_outside_its_window_earns_nothing_and_says_so(shop):
    program = shop.program(window_days=7)
    ada = shop.partner(program)
    click_id = shop.click_id(shop.link(program, ada))
    shop.wait(days=7, seconds=1)

    sale = shop.sale(program, click_id=click_id)
    shop.streams.run()

    assert (sale.json["attribution"], sale.json["partner"]) == ("outside_window", None)
    explained = shop.get(f"/v1/conversions/{sale.json['id']}/explanation").json
    assert (explained["outcome"], explained["reason"]) == ("nothing_due", "outside_window")
    assert explained["checks"][0] == {
        "condition": "attributed",
        "holds": False,
        "detail": "outside_window",
        "rule": None,
    }
    assert shop.balance(ada)["due"] == 0


@pytest.mark.parametrize(
    ("touch", "reason"),
    [
        pytest.param({}, "no_touch", id="nobody sent them"),
        pytest.param({"code": "NOBODYS1"}, "unknown_code", id="a code that is no link's"),
        pytest.param({"code": "../../etc"}, "unknown_code", id="a code that cannot be one"),
        pytest.param({"click_id": "clk_made_up"}, "invalid_click_id", id="a click id that is not ours"),
    ],
)
def test_a_conversion_without_credit_is_stored_and_says_why(shop, touch, reason):
    program = shop.program()

    sale = shop.sale(program, **touch)
    failed = shop.streams.run()

    assert (sale.status, sale.json["attribution"], failed) == (201, reason, [])
    assert shop.get(f"/v1/conversions/{sale.json['id']}/explanation").json["reason"] == reason


def test_a_click_id_changed_in_any_place_is_not_ours(shop):
    program = shop.program()
    click_id = shop.click_id(shop.link(program, shop.partner(program)))

    for place in range(4, len(click_id), 7):
        other = "A" if click_id[place] != "A" else "B"
        forged = click_id[:place] + other + click_id[place + 1 :]
        lead = shop.lead(program, external_id=f"forged-{place}", customer=f"forger-{place}", click_id=forged)
        assert lead.json["attribution"] == "invalid_click_id"


def test_new_terms_are_for_new_touches_and_old_promises_are_kept(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    before = shop.click_id(link)
    new = shop.post(
        f"/v1/programs/{program['id']}/terms", {"rules": [{"on": "sale", "to": "referrer", "rate_bp": 100}]}
    )
    shop.wait(minutes=2)
    after = shop.click_id(link)

    old_sale = shop.sale(program, "order-1", "old", amount=10_000, click_id=before)
    new_sale = shop.sale(program, "order-2", "new", amount=10_000, click_id=after)
    shop.wait(days=100)
    later = shop.sale(program, "order-3", "old", amount=10_000)
    shop.streams.run()

    assert (new.status, new.json["version"]) == (201, 2)
    assert [sale.json["terms_version"] for sale in (old_sale, new_sale, later)] == [1, 2, 1]
    assert shop.balance(ada)["due"] == 1500 + 100 + 1500


def test_a_sale_reported_twice_is_one_sale_and_answered_the_same(shop):
    program = shop.program()
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    first = shop.sale(program, code=code)
    shop.streams.run()
    shop.wait(days=500)

    second = shop.sale(program, code=code)
    shop.streams.run()

    assert (second.status, second.body) == (first.status, first.body)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert shop.balance(ada)["due"] == 300


def test_a_sale_reported_again_with_another_amount_is_refused_and_both_are_shown(shop):
    program = shop.program()
    shop.sale(program, amount=1999)

    again = shop.sale(program, amount=2999)

    assert (again.status, again.json["code"]) == (409, "conversion_conflict")
    assert again.json["first"]["amount"]["amount"] == 1999
    assert again.json["received"]["amount"]["amount"] == 2999


def test_refunds_take_back_exactly_what_was_given_however_they_are_cut(shop):
    program = shop.program()
    ada = shop.partner(program)
    sale = shop.sale(program, amount=1999, code=shop.link(program, ada)["code"])
    shop.streams.run()

    remaining = [1999]
    for number, amount in enumerate((1, 333, 666, 999), start=1):
        refund = shop.refund(sale.json, amount, f"refund-{number}")
        assert refund.json["remaining_before"]["amount"] == remaining[-1]
        remaining.append(refund.json["remaining_after"]["amount"])
        shop.streams.run()
        assert shop.balance(ada)["due"] == -(-remaining[-1] * 1500 // 10_000)

    assert (remaining[-1], shop.balance(ada)["due"]) == (0, 0)


def test_a_refund_is_taken_once_never_more_than_is_left_and_only_of_a_sale(shop):
    program = shop.program()
    sale = shop.sale(program, amount=1000).json
    lead = shop.lead(program, customer="other").json

    first = shop.refund(sale, 600)

    assert (first.status, shop.refund(sale, 600).body) == (201, first.body)
    assert shop.refund(sale, 601).json["code"] == "refund_conflict"
    too_much = shop.refund(sale, 401, "refund-2")
    assert (too_much.status, too_much.json["code"]) == (422, "refund_exceeds_sale")
    assert too_much.json["remaining"] == {"amount": 400, "currency": "USD"}
    assert shop.refund(lead, 1).status == 422
    assert shop.get(f"/v1/conversions/{sale['id']}").json["refunded"]["amount"] == 600


def test_a_conversion_is_also_known_by_the_websites_own_id(shop):
    program = shop.program(external_id="tea")
    sale = shop.sale(program, "order/7 ü").json

    answer = shop.get("/v1/conversions/ext_order%2F7%20%C3%BC?program=ext_tea&type=sale")

    assert answer.json["id"] == sale["id"]


def test_a_call_with_an_idempotency_key_happens_once(shop):
    program = shop.program()
    body = {"name": "Ada", "programs": [program["id"]]}
    key = {"Idempotency-Key": "join-ada"}

    first = shop.post("/v1/partners", body, headers=key)
    again = shop.post("/v1/partners", dict(reversed(body.items())), headers=key)
    other = shop.post("/v1/partners", body | {"name": "Eve"}, headers=key)
    shop.wait(hours=49)
    later = shop.post("/v1/partners", body, headers=key)

    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    assert later.json["id"] != first.json["id"]
    assert len(shop.get("/v1/partners").json["data"]) == 2


def test_the_ledger_is_a_chain_that_sums_to_its_balances(shop):
    program = shop.program()
    ada = shop.partner(program)
    sale = shop.sale(program, code=shop.link(program, ada)["code"])
    shop.refund(sale.json, 500)
    shop.streams.run()

    account = entries.account_of(ada["id"], "USD")
    chain = [row for row in LedgerRow.query(account) if isinstance(row, Entry)]
    previous = GENESIS
    for number, entry in enumerate(chain, start=1):
        assert (entry.seq, entry.previous) == (number, previous)
        assert entry.held + entry.due + entry.frozen + entry.paid + entry.expense == 0
        assert entry.hash == entries.hash_of(entry.line)
        previous = entry.hash
    balance = shop.balance(ada)
    assert (balance["due"], balance["seq"], balance["hash"]) == (sum(one.due for one in chain), len(chain), previous)
    listed = shop.get(f"/v1/partners/{ada['id']}/entries?currency=USD").json["data"]
    assert [one["kind"] for one in listed] == ["reward", "reversal"]


def test_an_idempotency_key_stands_for_one_call_on_one_thing(shop):
    program = shop.program()
    sales = [shop.sale(program, f"order-{number}", f"customer-{number}").json for number in range(2)]
    body = {"refund_id": "r", "amount": {"amount": 100, "currency": "USD"}}
    key = {"Idempotency-Key": "k"}

    first, other = [shop.post(f"/v1/conversions/{sale['id']}/refunds", body, headers=key) for sale in sales]

    assert (first.status, other.status, other.json["code"]) == (201, 422, "idempotency_key_reused")


def test_a_receipt_reveals_no_identity(shop):
    program = shop.program()
    body = {"name": "Ada Lovelace", "email": "ada@mail.example", "programs": [program["id"]]}
    first = shop.post("/v1/partners", body, headers={"Idempotency-Key": "ada"})
    again = shop.post("/v1/partners", body, headers={"Idempotency-Key": "ada"})

    stored = str(boto3.client("dynamodb").scan(TableName="goodword-test-idempotency")["Items"])
    assert (again.body, "Lovelace" in stored, "/s/" in stored) == (first.body, False, False)


@pytest.mark.parametrize(
    "again",
    [
        pytest.param({"metadata": {"b": "2", "a": "1"}}, id="fields in another order"),
        pytest.param({"program": "ext_tea", "metadata": {"a": "1", "b": "2"}}, id="the program by its other name"),
        pytest.param({"metadata": {"a": "1", "b": "2"}, "touches": []}, id="an empty field more"),
    ],
)
def test_the_same_report_in_other_words_is_the_same_report(shop, again):
    program = shop.program(external_id="tea")
    first = shop.sale(program, metadata={"a": "1", "b": "2"})

    named = {**program, "id": again.get("program", program["id"])}
    rest = {name: value for name, value in again.items() if name != "program"}

    assert shop.sale(named, **rest).body == first.body


def test_touches_count_in_the_order_they_happened_however_they_are_reported(shop):
    program = shop.program()
    partners = [shop.partner(program, name=name, email=None) for name in ("first", "second")]
    ids = []
    for partner in partners:
        shop.wait(hours=1)
        ids.append(shop.click_id(shop.link(program, partner)))
    typed = shop.link(program, shop.partner(program, name="typed", email=None))["code"]
    early = {"code": typed, "at": "2026-03-10T12:30:00Z"}

    backwards = shop.lead(program, "a", "a", touches=[{"click_id": one} for one in reversed(ids)])
    with_code = shop.lead(program, "b", "b", touches=[{"click_id": ids[1]}, early])
    nonsense = shop.lead(program, "c", "c", touches=[{"code": typed, "at": "banana"}])

    assert backwards.json["partner"] == with_code.json["partner"] == partners[1]["id"]
    assert nonsense.json["errors"][0]["pointer"] == "/touches/0/at"


def test_an_explanation_says_which_touch_won_and_when_each_happened_and_arrived(shop):
    program = shop.program()
    lea, moe = (shop.partner(program, name=name, email=None) for name in ("lea", "moe"))
    typed = shop.link(program, lea, code="lea-tt")["code"]
    links = [shop.link(program, partner) for partner in (lea, moe)]
    clicks = []
    for link in links:
        shop.wait(days=1)
        clicks.append(shop.click_id(link))
    shop.wait(days=1)
    early = {"code": typed, "at": "2026-03-11T18:00:00Z"}

    lead = shop.lead(program, touches=[{"click_id": clicks[0]}, {"click_id": clicks[1]}, early, {"code": "NOBODYS1"}])
    explained = shop.explained(lead.json)

    assert explained["partner"] == moe["id"]
    touches = [(one["partner"], one["ordered_at"], one["received_at"], one["result"]) for one in explained["touches"]]
    first, second, now = (f"2026-03-{day}T12:00:00.000Z" for day in (11, 12, 13))
    assert touches == [
        (lea["id"], first, first, "not_last"),
        (moe["id"], second, second, "won"),
        (lea["id"], "2026-03-11T18:00:00.000Z", now, "not_last"),
        (None, now, now, "unknown_code"),
    ]
    assert explained["touches"] == lead.json["touches"]
    assert explained["why"] == f"The terms count the last touch; of 3 eligible ones, that was a click of {second}."
    assert explained["referral"]["conversion"] == lead.json["id"]


def test_where_the_first_touch_counts_the_others_were_not_the_first(shop):
    program = shop.program(touch="first")
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]

    lead = shop.lead(program, touches=[{"code": code}, {"code": code, "at": "2026-03-10T09:00:00Z"}])
    alone = shop.lead(program, "signup-2", "customer-2", code=code)

    assert [one["result"] for one in shop.explained(lead.json)["touches"]] == ["not_first", "won"]
    assert (
        shop.explained(alone.json)["why"]
        == "The only eligible touch of 1 reported: a code of 2026-03-10T12:00:00.000Z."
    )


def test_the_explanation_of_a_known_customers_sale_says_by_what_they_were_bound(shop):
    program = shop.program()
    ada = shop.partner(program)
    click_id = shop.click_id(shop.link(program, ada, code="tea-with-ada"))
    shop.wait(hours=1)
    lead = shop.lead(program, click_id=click_id).json
    shop.wait(days=40)

    sale = shop.sale(program).json
    explained = shop.explained(sale)

    assert (explained["attribution"], explained["touches"]) == ("already_referred", [])
    touch = explained["referral"].pop("touch")
    assert explained["referral"] == {
        "id": lead["referral"],
        "partner": ada["id"],
        "bound_at": "2026-03-10T13:00:00.000Z",
        "conversion": lead["id"],
        "code": "tea-with-ada",
        "introduction": None,
        "touched_at": "2026-03-10T12:00:00.000Z",
        "terms_version": 1,
    }
    assert (touch["touch"], touch["result"]) == (click_id, "won")
    assert explained["why"] == (
        f"The customer has been this partner's referral since 2026-03-10, by conversion {lead['id']};"
        " only an admin changes that, by crediting the conversion that brought them, or a sign-up."
    )
    before = shop.sale(program, "order-0", occurred_at="2026-03-09T12:00:00Z").json
    assert (shop.explained(before)["partner"], shop.explained(before)["referral"]["id"]) == (None, lead["referral"])
    assert "before 2026-03-10T12:00:00.000Z" in shop.explained(before)["why"]


def test_the_reason_of_no_credit_is_a_sentence_too(shop):
    program = shop.program()

    direct, unknown = shop.sale(program), shop.sale(program, "order-2", "customer-2", code="NOBODYS1")

    assert shop.explained(direct.json)["why"] == "No touch was reported, and the customer had not been referred before."
    assert (
        shop.explained(unknown.json)["why"] == "No reported touch was eligible (1 in all); the last one: unknown_code."
    )
    assert shop.explained(unknown.json)["referral"] is None


IMPOSSIBLE_TOUCHES = [
    pytest.param({"touches": [{}]}, "/touches/0", id="a touch of nothing"),
    pytest.param({"touches": [{"code": "A"}], "code": "A"}, "/touches", id="touches and a code"),
    pytest.param({"touches": [{"code": "A", "at": "yesterday"}]}, "/touches/0/at", id="a moment in words"),
    pytest.param({"touches": [{"click_id": "A", "at": "yesterday"}]}, "/touches/0/at", id="a click's, in words"),
]


@pytest.mark.parametrize(("changes", "pointer"), IMPOSSIBLE_TOUCHES)
def test_touches_that_cannot_be_are_refused_whether_the_customer_is_known_or_not(shop, changes, pointer):
    program = shop.program()
    shop.lead(program, customer="known", code=shop.link(program, shop.partner(program))["code"])

    for customer in ("known", "new"):
        answer = shop.sale(program, f"order-of-{customer}", customer, **changes)

        assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)
        assert shop.get(f"/v1/conversions/ext_order-of-{customer}?program={program['id']}").status == 404


def test_a_code_beside_a_click_id_counts_if_the_click_id_is_none_of_ours_and_never_beside_one_that_is(shop):
    program = shop.program(touch="last", window_days=30)
    ada, moe = (shop.partner(program, name=name, email=None) for name in ("ada", "moe"))
    click_id, code = shop.click_id(shop.link(program, ada)), shop.link(program, moe)["code"]

    ours = shop.lead(program, "a", "a", touches=[{"click_id": click_id, "code": code}]).json
    torn = shop.lead(program, "b", "b", touches=[{"click_id": click_id[:-3], "code": code}]).json
    shop.wait(days=31)
    late = shop.lead(program, "c", "c", touches=[{"click_id": click_id, "code": code}]).json

    assert (ours["partner"], ours["touches"][0]["by"]) == (ada["id"], "click")
    assert (torn["partner"], torn["touches"][0]["by"]) == (moe["id"], "code")
    assert (late["partner"], late["attribution"]) == (None, "outside_window")


@pytest.mark.parametrize("nonsense", ["a" * 61, "https://shop.example/" + "a" * 2000, "ä" * 300, " ", "\u200b"])
def test_what_can_be_no_code_and_no_click_id_refuses_no_report(shop, nonsense):
    program = shop.program()
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]

    among = shop.lead(program, "a", "a", touches=[{"code": nonsense}, {"click_id": nonsense}, {"code": code}]).json
    alone = shop.sale(program, "b", "b", code=nonsense)
    unnamed = shop.sale(program, "c", "c", code="")

    assert [touch["result"] for touch in among["touches"]] == ["unknown_code", "invalid_click_id", "won"]
    assert (alone.status, alone.json["attribution"]) == (201, "unknown_code")
    assert (unnamed.status, unnamed.json["attribution"]) == (201, "no_touch")


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("{code}\u00a0", id="a space that is kept"),
        pytest.param("\u201c{code}.\u201d", id="in quotation marks"),
        pytest.param("bea\u2011one", id="a word processor's hyphen"),
        pytest.param("BEA\u2013ONE", id="a dash"),
        pytest.param("b\u200bea-o\u00adne", id="with what is not seen"),
        pytest.param("\uff42\uff45\uff41-one", id="in wide letters"),
        pytest.param("https://go.example/{code}", id="the whole link"),
        pytest.param("go.example/{code}/?utm_source=x&ref=producthunt", id="with what stands behind it"),
        pytest.param("<https://go.example/{code}>.", id="out of a letter"),
        pytest.param("https://tea.example/welcome?lang=en&ref={code}&gw_click=clk_2_x#top", id="where it led to"),
    ],
)
def test_a_code_is_found_in_pasted_text(shop, typed):
    program = shop.program()
    bea = shop.partner(program)
    shop.link(program, bea, code="bea-one")

    assert shop.lead(program, code=typed.format(code="bea-one")).json["partner"] == bea["id"]


def test_conversions_before_the_referral_have_no_credit_in_any_order_of_reports(shop):
    program = shop.program()
    shop.wait(days=1)
    click_id = shop.click_id(shop.link(program, shop.partner(program)))
    before = "2026-03-10T12:00:00Z"

    early = shop.sale(program, "told-first", "one", occurred_at=before, click_id=click_id)
    shop.lead(program, "signup", "two", click_id=click_id)
    late = shop.sale(program, "told-last", "two", occurred_at=before)

    assert (early.json["attribution"], late.json["attribution"]) == ("after_conversion", "before_referral")
    assert early.json["partner"] is late.json["partner"] is None


def reported_at(shop, minutes):
    return f"{shop.at - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("first", ["the sign-up first", "the sale first"])
def test_a_sale_with_its_own_time_is_credited_to_the_partner_whose_code_was_typed(shop, first):
    program = shop.program()
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    reports = [
        lambda: shop.lead(program, code=code, occurred_at=reported_at(shop, 30)),
        lambda: shop.sale(program, amount=2000, occurred_at=reported_at(shop, 20)),
    ]

    for report in reports if first == "the sign-up first" else reversed(reports):
        assert report().status == 201
        assert shop.streams.run() == []

    sale = shop.get(f"/v1/conversions/ext_order-1?program={program['id']}").json
    assert (sale["partner"], shop.balance(ada)["due"]) == (ada["id"], 200 + 300)


@pytest.mark.parametrize("first", ["the sign-up first", "the sale first"])
def test_a_batch_with_its_own_times_is_credited_to_the_partner_whose_code_was_typed(shop, first):
    program = shop.program()
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    common = {"program": program["id"], "customer": {"external_id": "customer-1"}}
    lead = common | {"type": "lead", "external_id": "signup-1", "code": code, "occurred_at": reported_at(shop, 30)}
    sale = common | {"type": "sale", "external_id": "order-1", "occurred_at": reported_at(shop, 20)}
    sale |= {"amount": {"amount": 2000, "currency": "USD"}}

    reports = [lead, sale] if first == "the sign-up first" else [sale, lead]
    assert shop.post("/v1/conversions/batch", {"conversions": reports}).status == 200
    assert shop.streams.run() == []

    sale = shop.get(f"/v1/conversions/ext_order-1?program={program['id']}").json
    assert (sale["partner"], shop.balance(ada)["due"]) == (ada["id"], 200 + 300)


def test_a_sale_reported_before_its_sign_up_is_credited_although_both_records_are_lost(shop):
    program = shop.program()
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    sale = shop.sale(program, amount=2000, occurred_at=reported_at(shop, 20)).json
    shop.lead(program, code=code, occurred_at=reported_at(shop, 30))
    source = next(one for one in shop.streams.sources if one.function == "conversions_to_rewards")
    shop.streams.read["conversions_to_rewards"] = len(shop.streams.records(source))
    shop.wait(hours=2)

    shop.run_schedule("reconcile")

    assert (shop.explained(sale)["attribution"], shop.balance(ada)["due"]) == ("credited_late", 200 + 300)


def test_a_friend_signs_up_once_however_many_sign_ups_are_reported(shop):
    program = shop.program()
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]

    shop.lead(program, "signup-1", code=code)
    second = shop.lead(program, "signup-2", code=code)
    shop.streams.run()

    assert shop.balance(ada)["due"] == 200
    assert shop.get(f"/v1/conversions/{second.json['id']}/explanation").json["reason"] == "not_first"


@pytest.mark.parametrize(
    "changes",
    [
        {"occurred_at": "0999-01-01T00:00:00Z"},
        {"occurred_at": "9999-12-31T23:59:59-01:00"},
        {"occurred_at": "0001-01-01T00:00:00+01:00"},
        {"occurred_at": "2026-W10-1T00:00:00Z"},
        {"occurred_at": "2027-01-01T00:00:00Z"},
        {"customer": {"external_id": "1", "email": "jürgen@mail.example"}},
        {"customer": {"external_id": "1", "email": "a@b.co\n"}},
        {"customer": {"external_id": "1\n"}},
        {"amount": {"amount": 1, "currency": "USD\n"}},
        {"amount": {"amount": 1, "currency": "EUR"}},
        {"metadata": {"a": 1}},
        {"metadata": {str(number): "" for number in range(51)}},
        {"touches": [{}]},
        {"touches": [{"code": "A"}] * 21},
        {"code": "A", "click_id": "B"},
    ],
    ids=str,
)
def test_a_report_that_cannot_be_is_refused_and_nothing_is_stored(shop, changes):
    program = shop.program()

    answer = shop.sale(program, **changes)

    assert answer.status == 422, answer.body
    assert shop.get(f"/v1/conversions/ext_order-1?program={program['id']}").status == 404
