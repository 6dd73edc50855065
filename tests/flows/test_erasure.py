"""Erasing somebody: nothing that says who they are is left anywhere, and the books agree as before."""

import contextlib
import json
from types import SimpleNamespace

import pytest

from chalicelib.partners.standing import LATEST
from chalicelib.privacy import erase as erasing
from infra.local import templates
from tests.faults.forked import forked
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault, Lost
from tests.faults.sampling import sample
from tests.faults.world import built_once
from tests.flows.test_audit import entries, verified
from tests.flows.test_joining import join, share_path
from tests.flows.test_leads_from_pages import SITE, a_key, report
from tests.forms import Browser
from tests.introduced import do, introduce, open_for_introductions, see

NAME, ADDRESS, OLD_ADDRESS = "Zebulon Quartz", "zebulon@mail.example", "zebulon-once@mail.example"
FRIEND = {"external_id": "account-of-yolanda", "name": "Yolanda Friend", "email": "yolanda@mail.example"}
OF_PARTNER = [
    *(NAME, ADDRESS, OLD_ADDRESS, "zeb-in-our-shop", "Quartz Holdings"),
    *("payee-zebulon@mail.example", "Zebulon grew up", "Rather private words", "Zebulon's letter", "link-of-zebulon"),
    *("/for/zebulon", "Zebulon was refused", "Zebulon's reward"),
]
OF_FRIEND = [
    *(*FRIEND.values(), "lead-of-yolanda", "yolanda-told-us", "coupon-of-yolanda"),
    "https://go.example/?ref=zeb&who=yolanda",
]
GIFT = {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}}
RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1500}, GIFT]


def rows(shop):
    """Return all rows of all tables, as text, by table."""
    names = [table["TableName"].removeprefix("goodword-test-") for table in templates.tables(stage="test")]
    return {name: json.dumps(shop.rows(name), ensure_ascii=False) for name in names}


def left(shop, words):
    """Return where anything of these words is stored."""
    return {(table, word) for table, text in rows(shop).items() for word in words if word in text}


@pytest.fixture
@built_once
def people(shop):
    """A partner and a friend of theirs, with their name, or words about them, wherever there is room for it."""
    program = shop.program(rules=RULES)
    other = shop.program(joining="approval", rules=[])
    ptr = shop.partner(program, name=NAME, email=OLD_ADDRESS, external_id="zeb-in-our-shop")
    shop.patch(f"/v1/partners/{ptr['id']}", {"email": ADDRESS})
    shop.patch(
        f"/v1/partners/{ptr['id']}",
        {"locale": "de", "payout_name": "Quartz Holdings", "payout_email": "payee-zebulon@mail.example"},
    )
    shop.post(f"/v1/partners/{ptr['id']}/category", {"category": "influencer", "note": "Zebulon grew up"})
    shop.post(f"/v1/partners/{ptr['id']}/feedback", {"score": 3, "words": "Rather private words"})
    link = shop.link(
        program, ptr, code="zeb", channel="Zebulon's letter", external_id="link-of-zebulon",
        destination="https://tea.example/for/zebulon",
    )  # fmt: skip
    join(shop, other, name=NAME, email=ADDRESS)
    application = shop.get(f"/v1/applications?program={other['id']}").json["data"][0]
    shop.post(f"/v1/applications/{application['id']}/refuse", {"note": "Zebulon was refused"})
    invited = {"name": NAME, "email": ADDRESS}
    shop.post("/v1/invitations", {"program": shop.program(rules=[])["id"], "invitations": [invited]})
    touch = {"code": "https://go.example/?ref=zeb&who=yolanda"}
    lead = shop.post(
        "/v1/conversions",
        {"program": program["id"], "type": "lead", "external_id": "lead-of-yolanda", "customer": FRIEND, **touch},
    ).json
    shop.post(
        "/v1/conversions",
        {"program": program["id"], "type": "lead", "external_id": "lead-2", "customer": FRIEND, "code": "zeb"},
    )
    sale = shop.post(
        "/v1/conversions",
        {
            "program": program["id"],
            "type": "sale",
            "external_id": "order-1",
            "customer": FRIEND,
            "amount": {"amount": 1999, "currency": "USD"},
            "metadata": {"told": "yolanda-told-us"},
        },
    ).json
    shop.settle()
    coupon = shop.reward(sale, "referee")
    shop.post(f"/v1/rewards/{coupon['id']}/fulfill", {"reference": "coupon-of-yolanda"})
    earned = shop.reward(sale)
    for verb in ("hold", "release"):
        shop.post(f"/v1/rewards/{earned['id']}/{verb}", {"note": "Zebulon's reward"})
    shop.settle()
    return SimpleNamespace(program=program, partner=ptr, link=link, lead=lead, sale=sale, customer=sale["customer"])


def erase(shop, kind, identifier, **body):
    return shop.post(f"/v1/{kind}s/{identifier}/erase", body)


def erase_both(shop, people):
    answers = [
        erase(shop, "customer", people.customer),
        erase(shop, "partner", people.partner["id"], gives_up=True),
    ]
    assert [one.status for one in answers] == [200, 200]
    return [one.json for one in answers]


def finish(shop):
    """Let what was on its way arrive, and the schedule walk through the rest once more."""
    shop.settle()
    shop.wait(hours=2)
    shop.run_schedule("retain")
    shop.settle()


def books(shop, people):
    """Return what the books say of somebody: balances, and all entries with their hashes."""
    owners = (f"partners/{people.partner['id']}", f"customers/{people.customer}")
    return [
        (shop.get(f"/v1/{one}/balances").json, shop.get(f"/v1/{one}/entries?currency=USD").json["data"])
        for one in owners
    ]


def copy_of(shop, kind, identifier, **query):
    """Return all records of a copy, page by page."""
    records, cursor = [], None
    while True:
        parameters = "&".join(f"{name}={value}" for name, value in {**query, "cursor": cursor}.items() if value)
        answer = shop.get(f"/v1/{kind}s/{identifier}/data?{parameters}")
        assert answer.status == 200, answer.body
        records += answer.json["data"]
        cursor = answer.json["next_cursor"]
        if cursor is None:
            return records


def test_what_somebody_left_anywhere_is_gone_with_the_first_call(shop, people):
    before = left(shop, [*OF_PARTNER, *OF_FRIEND])
    assert {word for _, word in before} == {*OF_PARTNER, *OF_FRIEND}

    erase_both(shop, people)

    assert left(shop, [*OF_PARTNER, *OF_FRIEND]) == set()
    finish(shop)
    assert left(shop, [*OF_PARTNER, *OF_FRIEND]) == set()
    assert [row for row in shop.rows("notes") if row["pk"] == {"S": "erasing"}] == []
    assert {erase(shop, "customer", people.customer).json["status"] for _ in range(2)} == {"erased"}


def test_a_call_that_is_repeated_after_an_hour_finishes_an_erasure(shop, people):
    states = []
    for _ in range(4):
        states.append(erase(shop, "customer", people.customer).json["status"])
        shop.wait(minutes=40)

    assert states == ["erasing", "erasing", "erased", "erased"]
    assert [row for row in shop.rows("notes") if row["pk"] == {"S": "erasing"}] == []
    assert left(shop, OF_FRIEND) == set()


def test_the_books_the_chains_and_the_decisions_are_as_before(shop, people):
    shop.settle()
    before, ledger, decisions = books(shop, people), shop.rows("ledger"), shop.rows("rewards")
    totals = shop.get(f"/v1/programs/{people.program['id']}/stats").json["totals"]
    explained = shop.explained(people.sale)

    assert erase(shop, "customer", people.customer).status == 200
    assert erase(shop, "partner", people.partner["id"]).json["code"] == "money_owed"
    finish(shop)

    assert books(shop, people) == before
    assert shop.rows("ledger") == ledger
    assert [row for row in shop.rows("rewards") if row["row"] != {"S": "fulfilment"}] == [
        row for row in decisions if row["row"] != {"S": "fulfilment"}
    ]
    assert shop.verified() is None
    assert verified(shop) is None
    assert shop.get(f"/v1/programs/{people.program['id']}/stats").json["totals"] == totals
    assert shop.explained(people.sale) == explained


def test_a_day_is_compared_without_differences_after_everybody_of_it_was_erased(shop, people):
    shop.settle()
    erase_both(shop, people)
    finish(shop)

    compared = shop.post("/v1/reconciliation", {"day": "2026-03-10", "grace_minutes": 0}).json

    assert compared["differences"] == []
    assert shop.verified() is None


def test_whoever_is_owed_money_is_erased_once_it_was_paid(shop, people):
    ptr = people.partner["id"]
    refused = erase(shop, "partner", ptr)
    payout = shop.pay_out()
    under_way = [erase(shop, "partner", ptr, gives_up=gives_up) for gives_up in (False, True)]
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "all of it"})
    paid = books(shop, people)

    assert (refused.status, refused.json["code"], refused.json["owed"]) == (409, "money_owed", {"USD": 300})
    assert {(one.status, one.json["code"]) for one in under_way} == {(409, "payout_under_way")}
    assert erase(shop, "partner", ptr).status == 200
    finish(shop)
    assert [(balances, [entry["seq"] for entry in listed]) for balances, listed in books(shop, people)] == [
        (balances, [entry["seq"] for entry in listed]) for balances, listed in paid
    ]
    assert shop.verified() is None
    assert left(shop, OF_PARTNER) == set()
    exported = shop.get(f"/v1/payouts/{payout['id']}/export?format=csv")
    assert "Quartz" not in exported.body


def test_what_somebody_gives_up_is_refused_reward_by_reward_and_leaves_no_debt(shop, people):
    ptr = people.partner["id"]

    assert erase(shop, "partner", ptr, gives_up=True).status == 200

    balance = shop.balance(people.partner)
    assert (balance["held"], balance["due"], balance["paid"]) == (0, 0, 0)
    assert shop.reward(people.sale)["state"] == "refused"
    assert shop.verified() is None


def test_what_is_earned_later_by_whom_they_sent_is_in_no_payout(shop, people):
    erase(shop, "partner", people.partner["id"], gives_up=True)
    shop.settle()
    shop.sale(people.program, "order-2", FRIEND["external_id"])
    shop.settle()

    assert shop.balance(people.partner)["due"] == 300
    assert shop.pay_out()["items"] == 0


def test_a_later_report_of_an_erased_customer_is_theirs_and_stores_nothing_of_them(shop, people):
    erase(shop, "customer", people.customer)

    later = shop.post(
        "/v1/conversions",
        {
            "program": people.program["id"],
            "type": "sale",
            "external_id": "order-2",
            "customer": FRIEND,
            "amount": {"amount": 1000, "currency": "USD"},
            "metadata": {"told": "yolanda-told-us"},
            "code": "https://go.example/?ref=zeb&who=yolanda",
        },
    )
    lead = shop.post(
        "/v1/conversions",
        {"program": people.program["id"], "type": "lead", "external_id": "lead-of-yolanda-3", "customer": FRIEND},
    )
    shop.settle()

    # Theirs, so the partner who sent them earns what was promised; and nobody's first sale a second time.
    assert (later.status, later.json["customer"], later.json["number"]) == (201, people.customer, 2)
    assert (later.json["attribution"], later.json["metadata"]) == ("already_referred", {})
    assert (lead.status, lead.json["customer"], lead.json["external_id"]) == (201, people.customer, lead.json["id"])
    assert left(shop, OF_FRIEND) == set()
    assert len(shop.rows("referrals")) == len({row["pk"]["S"] for row in shop.rows("referrals")}) + 1


def test_somebody_who_is_reported_under_another_id_is_a_new_customer(shop, people):
    erase(shop, "customer", people.customer)

    again = shop.sale(people.program, "order-2", "account-two")

    assert again.json["customer"] != people.customer
    assert left(shop, ["account-two@mail.example"]) == {("referrals", "account-two@mail.example")}


def test_what_was_reported_before_gets_its_first_answer_and_brings_nothing_back(shop, people):
    erase(shop, "customer", people.customer)

    body = {"program": people.program["id"], "type": "lead", "external_id": "lead-of-yolanda", "customer": FRIEND}
    answers = [shop.post("/v1/conversions", body | more) for more in ({}, {"metadata": {"a": "yolanda-told-us"}})]

    assert {(one.status, one.json["id"]) for one in answers} == {(201, people.lead["id"])}
    assert left(shop, OF_FRIEND) == set()


def test_a_page_says_nothing_of_an_erased_customer(shop):
    program = shop.program(origins=[SITE])
    key = a_key(shop, program)["secret"]
    report(shop, program, key)
    [customer] = {row["customer_id"]["S"] for row in shop.rows("conversions")}
    erase(shop, "customer", customer)
    before = shop.rows("conversions"), shop.rows("referrals")

    assert report(shop, program, key, external_id="signup-2").status == report(shop, program, key).status == 201
    assert (shop.rows("conversions"), shop.rows("referrals")) == before
    assert left(shop, ["grace@mail.example", "c-1", "signup-1"]) == set()


def test_what_was_reported_before_events_are_kept_is_found_by_the_days_it_may_have_come_on(shop, people):
    shop.settle()
    for row in shop.rows("events"):
        shop.delete_row("events", row)
    shop.wait(days=410)

    assert erase(shop, "customer", people.customer).status == 200

    assert left(shop, OF_FRIEND) == set()
    kinds = [one["kind"] for one in copy_of(shop, "customer", people.customer)]
    assert kinds.count("conversion") == 3


def test_an_order_is_amended_after_its_customer_was_erased_as_it_was_decided(shop):
    """What a rule asks for in the business's own words stays with the sale."""
    gold = {"on": "sale", "to": "referrer", "rate_bp": 2000, "when": {"metadata": {"plan": ["gold"]}}}
    program = shop.program(rules=[gold])
    code = shop.link(program, shop.partner(program))["code"]
    sale = shop.sale(program, code=code, metadata={"plan": "gold", "note": "for yolanda"}).json
    shop.settle()
    erase(shop, "customer", sale["customer"])

    shop.amend(sale, 10_000)
    shop.settle()

    assert shop.reward(sale)["remaining"]["amount"] == 2000
    assert left(shop, ["for yolanda"]) == set()


def test_an_erasure_is_in_the_audit_trail_and_an_event_tells_of_it(shop, people):
    erase_both(shop, people)
    erase_both(shop, people)
    shop.settle()
    shop.wait(minutes=2)

    actions = [one["action"] for one in entries(shop) if one["action"].endswith(".erased")]
    assert sorted(actions) == ["customer.erased", "partner.erased"]
    for kind, identifier in (("customer", people.customer), ("partner", people.partner["id"])):
        listed = shop.get(f"/v1/events?subject={identifier}&type={kind}.erased&program={people.program['id']}").json
        [event] = listed["data"]
        assert (event[kind], event["program"]) == (identifier, people.program["id"])
        assert event["data"] == {"erased_at": "2026-03-10T12:00:00.000Z"}
    assert verified(shop) is None


def test_nothing_is_stored_of_a_partner_who_was_erased(shop, people):
    share = people.partner["enrollments"][0]["share_url"].removeprefix("https://go.example")
    erase(shop, "partner", people.partner["id"], gives_up=True)
    path = f"/v1/partners/{people.partner['id']}"

    refused = [
        shop.patch(path, {"name": NAME}),
        shop.patch(path, {"payout_name": NAME, "metadata": {"name": NAME}}),
        shop.post(f"{path}/emails", {}),
        shop.post(f"{path}/feedback", {"score": 1, "words": "Rather private words"}),
        shop.post(f"{path}/enrollments", {"program": people.program["id"]}),
        shop.post(f"{path}/category", {"category": "partner", "note": "Zebulon grew up"}),
    ]

    assert {(one.status, one.json["code"]) for one in refused} == {(410, "partner_erased")}
    made = shop.post("/v1/links", {"program": people.program["id"], "partner": people.partner["id"]})
    assert made.json["code"] == "partner_not_enrolled"
    view = shop.get(path).json
    assert (view["name"], view["email"], view["erased_at"]) == (view["id"], None, "2026-03-10T12:00:00.000Z")
    assert shop.get("/v1/partners/ext_zeb-in-our-shop").status == 404
    assert shop.get(share).status == 404
    shop.wait(seconds=11)
    assert shop.click(people.link).status == 404
    assert left(shop, OF_PARTNER) == set()


def test_a_customer_is_not_found_by_the_id_the_website_had_for_them(shop, people):
    path = f"/v1/customers/ext_{FRIEND['external_id']}"
    assert shop.get(f"{path}/balances").status == 200

    assert shop.post(f"{path}/erase", {}).status == 200

    assert {shop.get(f"{path}/balances").status, shop.post(f"{path}/erase", {}).status} == {404}
    assert shop.get(f"/v1/customers/{people.customer}/balances").status == 200


def test_an_erased_address_gets_no_mail_but_what_it_asks_for(shop, people):
    erase_both(shop, people)
    shop.settle()
    sent = len(shop.emails())

    other = shop.program(rules=[])
    shop.post("/v1/invitations", {"program": other["id"], "invitations": [{"email": ADDRESS}]})
    shop.partner(other, name="Somebody", email=ADDRESS)
    shop.settle()

    assert [to for _, to in shop.emails()[sent:] if ADDRESS in to] == []
    Browser(shop).send("/portal/link", email=ADDRESS)
    shop.settle()
    assert len([to for _, to in shop.emails()[sent:] if ADDRESS in to]) == 1
    assert shop.post("/v1/suppressions/lift", {"email": ADDRESS}).json["was_suppressed"]


def test_a_mailbox_that_another_partner_has_goes_on_getting_mail(shop, people):
    other = shop.partner(people.program, name="Her brother", email=ADDRESS.upper())
    erase(shop, "partner", people.partner["id"], gives_up=True)
    shop.settle()
    sent = len(shop.emails())

    Browser(shop).send("/portal/link", email=ADDRESS)
    code = shop.link(people.program, other)["code"]
    shop.sale(people.program, "order-9", "somebody", code=code)
    shop.settle()

    assert len(shop.emails()) > sent + 1


def test_what_somebody_else_applied_for_with_the_same_address_stays(shop, people):
    other = shop.program(joining="open", rules=[])
    brother = shop.partner(shop.program(rules=[]), name="Her brother", email=ADDRESS)
    share_path(join(shop, other, name="Her brother", email=ADDRESS))

    erase(shop, "partner", people.partner["id"], gives_up=True)
    finish(shop)

    assert shop.get(f"/v1/partners/{brother['id']}").json["email"] == ADDRESS


def test_changes_of_standing_that_were_moved_aside_are_copied_and_erased_with_their_notes(shop):
    ptr = shop.partner(shop.program(rules=[]))
    words = [f"reason {number:02} of Ada" for number in range(LATEST + 3)]
    for number, note in enumerate(words):
        category = ("influencer", "partner")[number % 2]
        assert shop.post(f"/v1/partners/{ptr['id']}/category", {"category": category, "note": note}).status == 201
    copied = json.dumps(copy_of(shop, "partner", ptr["id"]))
    assert '"earlier_standing_change"' in copied
    assert [word for word in words if word not in copied] == []

    assert erase(shop, "partner", ptr["id"]).status == 200

    assert left(shop, words) == set()


def test_a_copy_has_all_that_an_erasure_takes_and_more(shop, people):
    shop.settle()
    partner = json.dumps(copy_of(shop, "partner", people.partner["id"]), ensure_ascii=False)
    friend = json.dumps(copy_of(shop, "customer", people.customer), ensure_ascii=False)

    assert [word for word in OF_PARTNER if word not in partner] == []
    assert [word for word in OF_FRIEND if word not in friend] == []
    # Of others there are ids: nothing by which a friend is known elsewhere is in a partner's copy.
    assert [word for word in OF_FRIEND if word in partner] == []
    assert [word for word in OF_PARTNER if word in friend] == []
    assert "share_nonce" not in partner


def test_a_copy_by_pages_has_every_record_once(shop, people):
    shop.settle()
    for kind, identifier in (("partner", people.partner["id"]), ("customer", people.customer)):
        whole = copy_of(shop, kind, identifier, limit=500)
        by_pages = copy_of(shop, kind, identifier, limit=1)

        assert by_pages == whole
        assert len({json.dumps(one, sort_keys=True) for one in whole}) == len(whole)


def test_a_copy_after_an_erasure_holds_facts_under_an_id(shop, people):
    erase_both(shop, people)
    finish(shop)

    friend = copy_of(shop, "customer", people.customer)
    kinds = {one["kind"] for one in friend}

    assert {"customer", "referral", "conversion", "reward", "event"} <= kinds
    assert "Yolanda" not in json.dumps(friend)


def test_only_an_admin_copies_or_erases(shop, people):
    key = shop.post("/v1/keys", {"name": "x", "scopes": ["partners:write", "stats:read"]}).json["secret"]

    refused = [
        shop.get(f"/v1/partners/{people.partner['id']}/data", key=key),
        shop.post(f"/v1/partners/{people.partner['id']}/erase", {}, key=key),
        shop.get(f"/v1/customers/{people.customer}/data", key=key),
        shop.post(f"/v1/customers/{people.customer}/erase", {}, key=key),
    ]
    unknown = [shop.get("/v1/partners/ptr_x/data"), shop.post("/v1/customers/cus_x/erase", {})]
    mistaken = [
        shop.post(f"/v1/partners/{people.customer}/erase", {}),
        shop.get(f"/v1/customers/{people.partner['id']}/data"),
    ]

    assert {one.status for one in refused} == {403}
    assert {one.status for one in (*unknown, *mistaken)} == {404}


def test_a_sale_that_is_accepted_while_its_customer_is_erased_keeps_nothing_of_them(shop, people, monkeypatch):
    """It has read the customer as they were, and is stored after the walk has passed."""
    from chalicelib.conversions import accept

    attribute = accept.attribute

    def meanwhile(*arguments):
        monkeypatch.setattr(accept, "attribute", attribute)
        assert erase(shop, "customer", people.customer).status == 200
        return attribute(*arguments)

    monkeypatch.setattr(accept, "attribute", meanwhile)
    sale = shop.sale(people.program, "order-5", FRIEND["external_id"], metadata={"told": "yolanda-told-us"})
    assert sale.status == 201

    finish(shop)

    assert left(shop, OF_FRIEND) == set()


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.sweep
@pytest.mark.parametrize("kind", ["customer", "partner"])
def test_a_crash_at_any_call_leaves_nothing_of_somebody_once_the_call_is_repeated(shop, people, kind):
    shop.settle()
    identifier, words = {
        "customer": (people.customer, OF_FRIEND),
        "partner": (people.partner["id"], OF_PARTNER),
    }[kind]

    def count():
        shop.line.calls.clear()
        erase(shop, kind, identifier, gives_up=True)
        return len(shop.line.calls)

    calls = forked(count)

    def run(fault):
        shop.line.calls.clear()
        shop.line.fault = fault
        with contextlib.suppress(Crash):
            erase(shop, kind, identifier, gives_up=True)
        shop.line.fault = Fault()
        assert erase(shop, kind, identifier, gives_up=True).status == 200
        assert left(shop, words) == set()
        finish(shop)
        assert left(shop, words) == set()
        assert [one["action"] for one in entries(shop)].count(f"{kind}.erased") == 1
        assert (shop.verified(), verified(shop)) == (None, None)
        return fault.hit

    faults = [fault(call) for call in range(calls) for fault in (CrashBefore, CrashAfter, Lost)]
    assert calls > 20
    hits = [forked(run, fault) for fault in sample(faults, 4)]
    # How many calls it takes is chance, by one or two: the last ones may not come.
    assert sum(hits) > len(hits) * 0.9


def test_the_schedule_finishes_what_nobody_asks_for_again(shop, people, monkeypatch):
    """Every row that may hold anything is there, those of earlier releases too; and the call ends after its first."""
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "all of it"})
    [item] = [row for row in shop.rows("payouts") if row["sk"]["S"].startswith("item#ptr")]
    [call] = [row for row in shop.rows("messages") if row["pk"]["S"].startswith("reward.due#")]
    shop.put_row("payouts", item | {"reason": {"S": "Zebulon was paid"}})
    shop.put_row("messages", call | {"answer_text": {"S": "thanks from yolanda"}})
    path = f"/v1/conversions/{people.lead['id']}/void"
    assert shop.post(path, {"reason": "test", "note": "only yolanda trying"}).status == 200
    shop.settle()
    words = [*OF_PARTNER, *OF_FRIEND, "Zebulon was paid", "thanks from yolanda", "only yolanda trying"]

    def crash(*_, **__):
        raise Crash("before the walk")

    with monkeypatch.context() as broken:
        broken.setattr(erasing, "go_on", crash)
        for kind, identifier in (("customer", people.customer), ("partner", people.partner["id"])):
            with contextlib.suppress(Crash):
                erase(shop, kind, identifier)
    assert left(shop, words)

    shop.run_schedule("retain")
    assert left(shop, words) == set()
    finish(shop)

    assert left(shop, words) == set()
    assert [row for row in shop.rows("notes") if row["pk"] == {"S": "erasing"}] == []
    # What only its first round has to end.
    listed = shop.get(f"/v1/links?partner={people.partner['id']}").json["data"]
    assert [one["disabled_at"] is None for one in listed] == [False]


def test_introductions_of_a_partner_are_erased_though_the_first_call_did_not_get_to_them(shop, monkeypatch):
    program = open_for_introductions(shop.program())
    partner, other = shop.partner(program), shop.partner(program, name="Bob", email="bob@other.example")
    first, second = introduce(shop, program, partner).json, introduce(shop, program, other).json
    assert do(shop, first, "accept").status == 200
    shop.settle()

    with monkeypatch.context() as broken:
        broken.setattr(erasing, "go_on", lambda *_, **__: False)
        assert erase(shop, "partner", partner["id"], gives_up=True).json["status"] == "erasing"
    assert see(shop, first)["person"]
    shop.run_schedule("retain")
    finish(shop)

    ended = see(shop, first)
    assert (ended["person"], ended["state"], ended["reason"]) == (None, "lapsed", "partner_erased")
    assert see(shop, second)["state"] == "received"
