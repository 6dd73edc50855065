"""Payouts: what was frozen is what is paid, or returned; nothing else, and nothing twice."""

import csv
import io
import json

import pytest

from chalicelib.audit.actor import Actor
from chalicelib.payouts import export as exports
from chalicelib.payouts import prepare
from chalicelib.payouts import settle as settling
from chalicelib.payouts import table as payouts
from chalicelib.payouts.find import find, iterate_items
from tests.deadlines import passing_after
from tests.flows.money.conftest import NAMES


def state(shop, member):
    balance = shop.balance(member)
    return balance["due"], balance["frozen"], balance["paid"]


def settle(shop, payout, verb, **changes):
    return shop.post(f"/v1/payouts/{payout['id']}/{verb}", {"note": "bank said so"} | changes)


def test_payouts_are_listed_the_newest_first(shop, owed):
    first = shop.pay_out()
    settle(shop, first, "confirm")
    shop.wait(seconds=1)
    second = shop.post("/v1/payouts", {"currency": "USD"}).json

    listed = shop.get("/v1/payouts").json["data"]

    assert [(one["id"], one["status"]) for one in listed] == [(second["id"], "preparing"), (first["id"], "paid")]


def test_a_payout_is_prepared_and_confirmed_and_only_what_was_frozen_is_paid(shop, owed):
    program, members = owed
    payout = shop.pay_out()
    shop.sale(program, "later", "c-0", amount=5000)
    shop.settle()
    frozen = state(shop, members[0])

    confirmed = settle(shop, payout, "confirm")
    again = settle(shop, payout, "confirm")

    assert (payout["status"], payout["items"], payout["total"]["amount"]) == ("prepared", 3, 6000)
    assert payout["hash"] == prepare.hash_items(iterate_items(payout["id"]))
    assert frozen == (500, 1000, 0)
    assert (confirmed.json["status"], again.json["status"]) == ("paid", "paid")
    assert [state(shop, one) for one in members] == [(500, 0, 1000), (0, 0, 2000), (0, 0, 3000)]
    assert shop.verified() is None
    assert ("Your payout of $10.00 is on its way", "Ada <p0@mail.example>") in (shop.streams.run() or shop.emails())


def test_an_item_that_failed_goes_back_to_what_is_due_and_the_rest_is_paid(shop, owed):
    _, members = owed
    payout = shop.pay_out()

    failed = settle(shop, payout, "fail", owners=[members[1]["id"]])
    rest = settle(shop, payout, "confirm")
    late = settle(shop, payout, "confirm", owners=[members[1]["id"]])

    assert (failed.json["status"], rest.json["status"]) == ("prepared", "partly_paid")
    assert (late.status, late.json["code"], late.json["owners"]) == (409, "payout_items_settled", [members[1]["id"]])
    # What is paid, or failed, is not sent again.
    assert shop.get(f"/v1/payouts/{payout['id']}/export?format=paypal").body == ""
    assert shop.get(f"/v1/payouts/{payout['id']}/export").body.count('"paid"') == 2
    assert [state(shop, one) for one in members] == [(0, 0, 1000), (2000, 0, 0), (0, 0, 3000)]
    again = shop.pay_out()
    assert (again["items"], again["total"]["amount"]) == (1, 2000)


def test_an_account_is_in_one_live_payout_at_most(shop, owed):
    program, members = owed
    first = shop.pay_out()
    shop.sale(program, "later", "c-0", amount=5000)
    shop.settle()

    second = shop.pay_out()

    assert (second["items"], second["total"]["amount"]) == (0, 0)
    settle(shop, first, "confirm")
    assert shop.pay_out()["total"]["amount"] == 500
    assert state(shop, members[0]) == (0, 500, 1000)


def test_a_payout_that_was_interrupted_is_gone_on_with_and_is_not_paid_before(shop, owed):
    payout = shop.post("/v1/payouts", {"currency": "USD"}).json
    prepare.prepare(payout["id"], actor=Actor("operator", "test"), at=shop.at, most_seconds=-1)

    early = settle(shop, payout, "confirm")
    prepared = shop.post(f"/v1/payouts/{payout['id']}/prepare").json

    assert (early.status, early.json["code"]) == (409, "payout_conflict")
    assert shop.get(f"/v1/payouts/{payout['id']}/export?format=wise").status == 200
    assert (prepared["status"], prepared["total"]["amount"]) == ("prepared", 6000)
    assert shop.post(f"/v1/payouts/{payout['id']}/prepare").json == prepared


def test_what_is_below_the_minimum_that_was_promised_waits(shop):
    terms = {"rules": [{"on": "sale", "to": "referrer", "rate_bp": 1000}]}
    program = shop.program(**terms, minimum_payout=1000)
    early = shop.partner(program, name="early", email=None)
    shop.post(f"/v1/programs/{program['id']}/terms", terms | {"minimum_payout": 5000})
    shop.wait(minutes=5)
    late = shop.partner(program, name="late", email=None)
    for n, (member, amount) in enumerate(((early, 9990), (late, 20_000))):
        shop.sale(program, f"order-{n}", f"c-{n}", amount=amount, code=shop.link(program, member)["code"])
    shop.settle()
    below = shop.pay_out()
    shop.sale(program, "order-2", "c-0", amount=10)
    shop.settle()

    enough = shop.pay_out()

    assert (below["items"], enough["items"], enough["total"]["amount"]) == (0, 1, 1000)
    assert state(shop, late) == (2000, 0, 0)


@pytest.mark.parametrize(
    ("form", "header", "first"),
    [
        ("generic", True, {"amount": "10.00", "currency": "USD", "minor_units": "1000", "email": "p0@mail.example"}),
        ("paypal", False, ["p0@mail.example", "10.00", "USD"]),
        ("wise", True, {"recipientEmail": "p0@mail.example", "amount": "10.00", "targetCurrency": "USD"}),
    ],
)
def test_the_list_is_exported_in_the_columns_of_each_payment_service(shop, owed, form, header, first):
    payout = shop.pay_out()

    answer = shop.get(f"/v1/payouts/{payout['id']}/export?format={form}")
    rows = list(csv.reader(io.StringIO(answer.body)))

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert (payout["export_parts"], answer.headers.get("Goodword-Part")) == (1, None)
    assert len(rows) == 3 + header
    if header:
        tables = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
        assert next(one for one in tables if one["name"] == "Ada").items() >= first.items()
        names = sorted(row[rows[0].index("name")] for row in rows[1:])
        assert names == sorted(["Ada", "'" + NAMES[1], "'" + NAMES[2]])
    else:
        assert first in [row[:3] for row in rows]
        assert len({row[3] for row in rows}) == 3
        assert all(len(row[3]) <= 30 for row in rows)


def test_who_cannot_be_reached_is_named_before_a_file_is_made(shop):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    ada = shop.partner(program, email=None)
    shop.sale(program, amount=10_000, code=shop.link(program, ada)["code"])
    shop.settle()
    payout = shop.pay_out()

    refused = shop.get(f"/v1/payouts/{payout['id']}/export?format=paypal")

    assert (refused.json["code"], refused.json["owners"]) == ("payee_email_invalid", [ada["id"]])
    assert shop.get(f"/v1/payouts/{payout['id']}/export").status == 200


def test_only_a_key_for_payouts_may_pay_out(shop, owed):
    key = shop.post("/v1/keys", {"name": "shop", "scopes": ["conversions:write", "stats:read"]}).json["secret"]

    assert shop.post("/v1/payouts", {"currency": "USD"}, key=key).status == 403
    assert shop.post("/v1/payouts", {"currency": "XXX"}).status == 422
    assert shop.get("/v1/payouts/pay_nothing").json["code"] == "payout_not_found"


def test_a_payout_of_nothing_is_empty_and_never_paid(shop):
    shop.program()
    unused = shop.post("/v1/payouts", {"currency": "CHF"})
    payout = shop.pay_out()

    assert (unused.status, unused.json["errors"][0]["pointer"]) == (422, "/currency")
    assert (payout["status"], payout["items"], payout["total"]["amount"]) == ("empty", 0, 0)
    for call in ("confirm", "fail", "prepare"):
        body = {} if call == "prepare" else {"note": "x"}
        answer = shop.post(f"/v1/payouts/{payout['id']}/{call}", body or None)
        assert (answer.status, answer.json["status"]) == (200, "empty")


def test_a_payout_begun_by_mistake_is_called_off_and_everything_is_due_again(shop, owed):
    payout = shop.post("/v1/payouts", {"currency": "USD"}).json
    prepare.prepare(payout["id"], actor=Actor("operator", "test"), at=shop.at, most_seconds=0)

    early = shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    failed = shop.post(f"/v1/payouts/{payout['id']}/fail", {"note": "by mistake"})

    assert (early.status, early.json["code"]) == (409, "payout_conflict")
    assert (failed.status, failed.json["status"]) == (200, "empty")
    assert shop.pay_out()["items"] == 3


def test_a_payout_called_off_when_some_accounts_were_frozen_returns_those(shop, owed, monkeypatch):
    payout = shop.post("/v1/payouts", {"currency": "USD"}).json
    monkeypatch.setattr(prepare, "_PAGE", 1)
    while not any(row["kind"]["S"] == "item" for row in shop.rows("payouts")):
        position = json.loads(find(payout["id"]).position)
        prepare._freeze_page(find(payout["id"]), *position, at=shop.at)

    failed = shop.post(f"/v1/payouts/{payout['id']}/fail", {"note": "by mistake"}).json

    assert (failed["status"], failed["open"]["items"]) == ("failed", 0)
    assert failed["returned"]["items"] == failed["items"] > 0
    assert shop.pay_out()["items"] == 3
    assert shop.verified() is None


@pytest.fixture
def read(monkeypatch):
    """How many items were read of a payout, by whoever walks through them."""
    items = []

    def counted(identifier, *, after=None):
        for item in iterate_items(identifier, after=after):
            items.append(item.sort)
            yield item

    for module in (prepare, exports, settling):
        monkeypatch.setattr(module, "iterate_items", counted)
    return items


def test_a_payout_of_many_is_sealed_exported_and_settled_a_stretch_at_a_time(shop, monkeypatch, read):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    for n in range(11):
        partner = shop.partner(program, name=f"P{n}", email=f"p{n}@mail.example")
        shop.sale(program, f"order-{n}", f"c-{n}", amount=1000, code=shop.link(program, partner)["code"])
    shop.settle()
    monkeypatch.setattr(prepare, "_SEALED_TOGETHER", 4)
    for module in (payouts, exports):
        monkeypatch.setattr(module, "MOST_OF_A_FILE", 3)

    payout = shop.pay_out()

    # Each item is read once to be sealed, four together, whatever else there is.
    assert (payout["items"], payout["total"]["amount"], read) == (11, 1100, sorted(set(read)))
    assert payout["hash"] == prepare.hash_items(iterate_items(payout["id"]))
    files = []
    for part, rows in enumerate((3, 3, 3, 2), 1):
        read.clear()
        answer = shop.get(f"/v1/payouts/{payout['id']}/export?format=paypal&part={part}")
        files += list(csv.reader(io.StringIO(answer.body)))
        assert len(read) == rows
    assert len({row[0] for row in files}) == 11

    # Time for one item a call.
    monkeypatch.setattr(settling, "Deadline", passing_after(1))
    for n in range(1, 12):
        read.clear()
        answer = settle(shop, payout, "confirm").json
        assert answer["paid"]["items"] == n
        assert len(read) <= 2
    assert answer["status"] == "paid"
    assert shop.verified() is None
