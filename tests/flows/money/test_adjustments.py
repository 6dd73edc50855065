"""Adjustments: a bonus or a deduction, once, with a reason; above an amount another person says yes or no."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.flows.money.test_events_of_changes import data_of
from tests.flows.money.test_proof import reconciled
from tests.flows.test_audit import entries, verified
from tests.flows.test_events import listed


@pytest.fixture
def ada(shop, owed):
    """A partner who is due 10.00."""
    return owed[1][0]


@pytest.fixture
def second(shop):
    """The key of somebody else, who may decide."""
    return shop.post("/v1/keys", {"name": "second", "scopes": ["rewards:write"]}).json["secret"]


def new(amount=2500, kind="bonus", adjustment_id="one", currency="USD", **changes):
    reason = {"bonus": "campaign", "deduction": "overpayment"}[kind]
    money = {"amount": amount, "currency": currency}
    body = {"adjustment_id": adjustment_id, "type": kind, "amount": money, "reason": reason, "note": "as agreed"}
    return body | changes


def adjust(shop, partner, amount=2500, kind="bonus", **changes):
    return shop.post(f"/v1/partners/{partner['id']}/adjustments", new(amount, kind, **changes))


def above(shop, amount, currency="USD"):
    answer = shop.post("/v1/adjustment-settings", {"approval_above": [{"amount": amount, "currency": currency}]})
    assert answer.status == 200, answer.body


def texts(shop):
    """Return the text of each email sent, by its subject; blanks are no matter here."""
    emails = [one["Content"]["Simple"] for one in shop.mailbox.written]
    return {one["Subject"]["Data"]: one["Body"]["Text"]["Data"].replace("\u00a0", " ") for one in emails}


def test_a_bonus_is_due_at_once_and_paid_with_the_next_payout(shop, ada):
    answer = adjust(shop, ada)

    assert (answer.status, answer.json["status"], answer.json["why"]) == (201, "posted", "Bonus: for a campaign")
    assert shop.balance(ada)["due"] == 1000 + 2500
    [entry] = [
        one for one in shop.get(f"/v1/partners/{ada['id']}/entries?currency=USD").json["data"] if not one["reward"]
    ]
    assert (entry["id"], entry["kind"], entry["due"]) == (answer.json["entry"], "adjustment", 2500)
    assert (entry["source"], entry["note"]["words"]) == (answer.json["id"], "as agreed")
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    assert shop.balance(ada)["paid"] == 1000 + 2500
    assert (shop.verified(), verified(shop)) == (None, None)


def test_a_deduction_may_take_an_account_below_zero_and_later_rewards_offset_it(shop, owed, ada):
    program, _ = owed
    adjust(shop, ada, 1500, "deduction")

    assert shop.balance(ada)["due"] == -500
    payout = shop.pay_out()
    owners = [one["owner"] for one in shop.get(f"/v1/payouts/{payout['id']}/items").json["data"]]
    assert ada["id"] not in owners
    shop.sale(program, "later", "c-0", amount=8000)
    shop.settle()
    assert shop.balance(ada)["due"] == 300
    assert shop.get("/v1/liability?currency=USD").json["overpaid"] == 0


def test_an_adjustment_is_posted_once_however_often_its_id_is_sent_and_never_with_another_body(shop, ada):
    first = adjust(shop, ada)
    again = adjust(shop, ada)
    other = adjust(shop, ada, 2501)

    assert (again.status, again.json) == (201, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status, other.json["code"]) == (409, "adjustment_conflict")
    assert shop.balance(ada)["due"] == 3500
    assert len(entries(shop, action="adjustment.posted")) == 1


def test_many_calls_with_one_id_at_once_post_one_adjustment(shop, ada):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: adjust(shop, ada), range(16)))

    assert {one.status for one in answers} <= {201, 503}
    assert len({one.json["id"] for one in answers if one.status == 201}) == 1
    assert shop.balance(ada)["due"] == 3500
    assert len(shop.get(f"/v1/partners/{ada['id']}/adjustments").json["data"]) == 1


def test_the_same_id_of_two_partners_is_two_adjustments(shop, owed):
    _, (ada, bea, _) = owed

    assert adjust(shop, ada).json["id"] != adjust(shop, bea).json["id"]
    assert [shop.balance(one)["due"] for one in (ada, bea)] == [3500, 4500]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (new(0), "/amount/amount"),
        (new(currency="EUR"), "/amount/currency"),
        (new(reason="abuse"), "/reason"),
        (new(kind="deduction", reason="goodwill"), "/reason"),
        (new(reason="because"), "/reason"),
        (new(note=" "), "/note"),
        (new(adjustment_id=""), "/adjustment_id"),
    ],
)
def test_what_cannot_be_posted_is_refused_with_the_field_and_nothing_is_written(shop, ada, body, pointer):
    answer = shop.post(f"/v1/partners/{ada['id']}/adjustments", body)

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)
    assert shop.balance(ada)["due"] == 1000
    assert shop.get(f"/v1/partners/{ada['id']}/adjustments").json["data"] == []


def test_a_partner_reads_in_their_language_what_a_bonus_and_a_deduction_are_for_and_never_the_note(shop, owed):
    program, _ = owed
    ada = shop.partner(program, name="Ada", email="ada@mail.example", locale="de")
    bea = shop.partner(program, name="Bea", email="bea@mail.example")
    adjust(shop, ada)
    adjust(shop, ada, 3000, "deduction", adjustment_id="two", reason="abuse")
    adjust(shop, bea, reason="other")
    shop.streams.run()

    sent = texts(shop)
    assert "Der Grund: für eine Aktion." in sent["Ein Bonus von 25,00 $ für Sie"]
    deducted = sent["Abzug von 30,00 $ auf Ihrem Konto"]
    assert "Der Grund: entgegen den Bedingungen verdient." in deducted
    assert "Ihr Konto steht jetzt 5,00 $ im Minus." in deducted
    assert "The reason" not in sent["A bonus of $25.00 for you"]
    assert not any("as agreed" in text for text in sent.values())


def test_a_statement_has_the_adjustment_in_words_and_its_balances_lead_from_one_to_the_other(shop, ada):
    adjust(shop, ada)
    adjust(shop, ada, 700, "deduction", adjustment_id="two")
    shop.wait(seconds=1)
    statement = shop.get(f"/v1/partners/{ada['id']}/statement?currency=USD").json

    lines = [(one["kind"], one["due"], one["why"]) for one in statement["data"][-2:]]
    assert lines == [
        ("adjustment", 2500, "Bonus: for a campaign"),
        ("adjustment", -700, "Deduction: too much was paid before"),
    ]
    moved = sum(one["due"] for one in statement["data"])
    assert statement["opening"]["due"] + moved == statement["closing"]["due"] == 2800
    csv = shop.get(f"/v1/partners/{ada['id']}/statement?currency=USD&format=csv").body
    assert "Bonus: for a campaign" in csv
    assert "as agreed" not in csv


def test_each_posted_adjustment_is_one_event_and_what_waits_is_none(shop, ada):
    posted = adjust(shop, ada).json
    above(shop, 1)
    adjust(shop, ada, adjustment_id="two")
    shop.streams.run()
    shop.wait(minutes=2)
    [event] = listed(shop, "&type=account.adjusted")[0]

    assert (event["partner"], event["subject"]) == (ada["id"], ada["id"])
    assert data_of(shop, "account.adjusted") == [
        {
            "entry": posted["entry"],
            "seq": 2,
            "kind": "adjustment",
            "amount": 2500,
            "currency": "USD",
            "moved": {"due": 2500, "expense": -2500},
            "adjustment": posted["id"],
            "type": "bonus",
            "reason": "campaign",
        }
    ]


def test_reconciliation_finds_an_adjustment_that_is_gone_or_not_what_its_entry_says(shop, ada):
    adjust(shop, ada)
    shop.streams.run()
    shop.wait(days=1)
    assert reconciled(shop, "2026-03-10")[0] == []
    [row] = [one for one in shop.rows("payouts") if one["kind"]["S"] == "adjustment"]

    shop.put_row("payouts", row | {"amount": {"N": "9"}})
    [difference] = reconciled(shop, "2026-03-10")[0]
    assert (difference["kind"], difference["detail"]) == ("adjustment_differs", "amount is 9, not 2500")
    shop.delete_row("payouts", row)
    [difference] = reconciled(shop, "2026-03-10")[0]
    assert (difference["kind"], difference["subject"]) == ("adjustment_missing", row["pk"]["S"])


def test_a_copy_of_a_partners_data_has_their_adjustments_with_the_notes(shop, owed, ada, second):
    above(shop, 2499)
    adjust(shop, ada, 100)
    refused = adjust(shop, ada, adjustment_id="two").json["id"]
    shop.post(f"/v1/adjustments/{refused}/refuse", {"note": "too much"}, key=second)
    records = shop.get(f"/v1/partners/{ada['id']}/data").json["data"]

    fields = [one["fields"] for one in records if one["kind"] == "adjustment"]
    assert sorted((one["status"], one["amount"]) for one in fields) == [("posted", 100), ("refused", 2500)]
    words = {one["fields"]["words"] for one in records if one["kind"] == "note"}
    assert {"as agreed", "too much"} <= words


def test_lists_are_newest_first_and_go_on_page_by_page(shop, ada):
    for number in range(5):
        shop.wait(seconds=1)
        adjust(shop, ada, 1 + number, adjustment_id=f"n-{number}")
    path, listed_, cursor = f"/v1/partners/{ada['id']}/adjustments?limit=2", [], ""
    while cursor is not None:
        page = shop.get(f"{path}{cursor and '&cursor=' + cursor}").json
        listed_ += [one["amount"]["amount"] for one in page["data"]]
        cursor = page["next_cursor"]

    assert listed_ == [5, 4, 3, 2, 1]
    assert shop.get("/v1/adjustments/adj_nobody").status == 404
