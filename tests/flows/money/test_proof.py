"""Proof: every row of the ledger can be checked, statements foot, and what should have followed is looked for."""

import copy
import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.outbox.table import Message
from chalicelib.rewards.table import Outcome
from tests.faults.world import built_once


@pytest.fixture
@built_once
def books(shop):
    """A partner with a history: earned, refunded, matured, paid."""
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}], hold_days=1)
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    for n in range(3):
        sale = shop.sale(program, f"order-{n}", amount=1000 * (n + 1), code=code).json
        shop.settle()
        shop.wait(days=1)
        shop.settle()
    shop.refund(sale, 500)
    shop.settle()
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    shop.settle()
    return program, ada


@pytest.mark.slow
def test_one_byte_changed_in_any_row_of_the_ledger_is_named(shop, books):
    assert shop.verified() is None
    rows = [copy.deepcopy(row) for row in shop.rows("ledger")]
    assert len(rows) == 10
    for row in rows:
        named = "head" if row["sk"]["S"] == "head" else f"entry {row['sk']['S']}"
        for name, value in row.items():
            if name in ("pk", "sk"):
                continue
            damaged = copy.deepcopy(row)
            damaged[name] = flipped(value)
            shop.put_row("ledger", damaged)
            bad = shop.verified()
            assert (bad["account"], bad["row"]) == (row["pk"]["S"], named), (name, bad)
            assert bad["what"]
        shop.put_row("ledger", row)
    assert shop.verified() is None


def flipped(value):
    [(kind, text)] = value.items()
    if kind == "N":
        return {"N": str(int(text) ^ 1)}
    return {"S": text[:-1] + chr(ord(text[-1]) ^ 1) if text else "x"}


def test_a_row_that_is_gone_or_was_put_in_is_named(shop, books):
    for row in [copy.deepcopy(row) for row in shop.rows("ledger")]:
        shop.delete_row("ledger", row)
        assert shop.verified()["account"] == row["pk"]["S"]
        shop.put_row("ledger", row)
    shop.put_row("ledger", dict(shop.rows("ledger")[0], pk={"S": "ptr_nobody#USD"}))

    assert shop.verified()["account"] == "ptr_nobody#USD"


def test_a_long_walk_goes_on_where_it_was(shop, books, monkeypatch):
    from chalicelib.ledger import verify

    monkeypatch.setattr(verify.verify, "__kwdefaults__", {"most_seconds": -1.0})
    cursor, calls = "", 0
    while True:
        answer = shop.get(f"/v1/ledger/verify{cursor}").json
        calls += 1
        if not answer["has_more"]:
            break
        cursor = f"?cursor={answer['next_cursor']}"

    assert calls > 8
    assert (answer["accounts"], answer["entries"], answer["bad"]) == (1, 9, None)


def test_a_statement_leads_from_its_opening_to_its_closing(shop, books):
    _, ada = books
    path = f"/v1/partners/{ada['id']}/statement?currency=USD"
    spans = ["&from=2026-03-01&to=2026-03-10", "&from=2026-03-11&to=2026-03-11", "&from=2026-03-12&to=2026-03-31"]

    closing = {"held": 0, "due": 0, "frozen": 0, "paid": 0}
    for span in spans:
        movements, cursor = [], ""
        while True:
            page = shop.get(f"{path}{span}&limit=2{cursor}").json
            movements += page["data"]
            if not page["has_more"]:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert page["opening"] == closing
        for part, opening in page["opening"].items():
            assert opening + sum(one[part] for one in movements) == page["closing"][part]
        closing = page["closing"]
    assert closing == {"held": 0, "due": 0, "frozen": 0, "paid": 550}
    assert shop.get(f"{path}&from=2026-04-01&to=2026-03-01").status == 422


def test_a_statement_as_csv_foots_too_and_opens_as_text(shop, books):
    _, ada = books

    answer = shop.get(f"/v1/partners/{ada['id']}/statement?currency=USD&from=2026-03-01&to=2026-03-31&format=csv")
    header, *lines = csv.reader(io.StringIO(answer.body))

    column = header.index("paid")
    assert (lines[0][2], lines[-1][2]) == ("opening balance", "closing balance")
    for place in range(column - 3, column + 1):
        cents = [round(float(line[place]) * 100) for line in lines]
        assert sum(cents[:-1]) == cents[-1]
    assert lines[-1][column] == "5.50"
    assert {"-0.50", "-1.00"} <= {line[header.index("held")] for line in lines} | {
        line[header.index("due")] for line in lines
    }
    assert next(line for line in lines if line[2] == "payout_paid")[3] == "By an admin"


def reconciled(shop, day, *, repair=False):
    differences, cursor = [], None
    while True:
        query = {"day": day, "grace_minutes": 0} | ({"cursor": cursor} if cursor else {})
        if repair:
            answer = shop.post("/v1/reconciliation", query)
        else:
            answer = shop.get("/v1/reconciliation?" + "&".join(f"{name}={value}" for name, value in query.items()))
        assert answer.status == 200, answer.body
        differences += answer.json["differences"]
        cursor = answer.json["next_cursor"]
        if cursor is None:
            return differences, answer.json["checked"]


def test_nothing_differs_where_everything_has_followed(shop, books):
    shop.wait(days=2)

    for day in ("2026-03-10", "2026-03-11", "2026-03-12", "2026-03-13"):
        differences, checked = reconciled(shop, day)
        assert differences == []
    assert checked["ledger entries"] > 0


def test_a_conversion_whose_stream_record_was_lost_is_found_and_decided(shop):
    program = shop.program()
    ada = shop.partner(program)
    click_id = shop.click_id(shop.link(program, ada))
    sale = shop.sale(program, click_id=click_id).json
    shop.refund(sale, 999)
    nobodys = shop.sale(program, "direct", "stranger").json
    for source in shop.streams.sources:
        shop.streams.read[source.function] = len(shop.streams.records(source))
    shop.wait(days=1)

    listed, _ = reconciled(shop, "2026-03-10")
    assert {one["kind"] for one in listed} == {"undecided", "clicks_miscounted", "event_missing", "message_missing"}
    assert len([one for one in listed if one["kind"] == "undecided"]) == 3
    assert not any(one["repaired"] for one in listed)
    reconciled(shop, "2026-03-10", repair=True)
    shop.settle()

    assert reconciled(shop, "2026-03-10")[0] == []
    assert shop.balance(ada)["due"] == 150
    assert shop.explained(nobodys)["reason"] == "no_touch"
    numbers = shop.stats("partners", ada, to="2026-03-11")["totals"]
    assert (numbers["clicks"]["human"], numbers["sales"], numbers["refunds"]) == (1, 1, 1)
    # That the friend has joined is told with what that earned.
    assert len(shop.emails()) == 3 + 2 + 1


@pytest.mark.parametrize("day", ["2026-03-10", "1999-12-31"])
def test_a_day_that_is_not_over_or_long_ago_can_be_asked_about(shop, day):
    shop.sale(shop.program())

    answer = shop.get(f"/v1/reconciliation?day={day}")

    assert (answer.status, answer.json["differences"], answer.json["has_more"]) == (200, [], False)
    assert shop.get("/v1/reconciliation?day=2026-02-30").status == 422


@pytest.mark.parametrize("call", ["get", "post"])
def test_a_future_day_is_refused_and_without_a_day_today_is_compared(shop, call):
    def compare(**values):
        query = "&".join(f"{name}={value}" for name, value in values.items())
        path = "/v1/reconciliation"
        return shop.get(f"{path}?{query}") if call == "get" else shop.post(path, values)

    refused = compare(day="2026-03-11")

    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/day")
    assert "today is 2026-03-10" in refused.json["detail"]
    assert (compare().json["day"], compare().json["up_to"]) == ("2026-03-10", "2026-03-10T11:50:00.000Z")


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Auckland"])
def test_a_statement_of_days_is_of_both_and_of_all_between_by_the_programs_calendar(shop, zone):
    program = shop.program(timezone=zone, rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    midnight = datetime(2026, 4, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for n, at in enumerate((midnight - timedelta(seconds=1), midnight)):
        shop.at = at
        shop.sale(program, f"order-{n}", amount=1000 * (n + 1), code=code)
        shop.settle()

    def closing(first, last):
        answer = shop.get(f"/v1/partners/{ada['id']}/statement?currency=USD&from={first}&to={last}").json
        return answer["closing"]["due"] - answer["opening"]["due"], len(answer["data"])

    assert closing("2026-03-01", "2026-03-31") == (100, 1)
    assert closing("2026-04-01", "2026-04-01") == (200, 1)
    assert closing("2026-03-31", "2026-04-01") == (300, 2)
    stats = shop.get(f"/v1/programs/{program['id']}/stats?from=2026-03-01&to=2026-03-31").json
    assert stats["totals"]["sales"] == 1


def test_what_cannot_be_asked_is_refused(shop, books):
    _, ada = books
    path = f"/v1/partners/{ada['id']}/statement?currency="

    assert shop.get(f"{path}USD&to=0001-01-05").status == 422
    assert shop.get(f"{path}XXX&format=csv").status == 422
    assert shop.get("/v1/reconciliation?day=9999-12-31").status == 422
    assert shop.get("/v1/ledger/verify?cursor=x").json["code"] == "cursor_mismatch"
    assert shop.post("/v1/payouts/pay_x/confirm", {"note": "x", "owners": ["x" * 2000]}).status == 422


def test_every_kind_of_difference_is_listed_with_its_repair(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    shop.lead(program, click_id=shop.click_id(link))
    shop.settle()
    welcome, earned = (next(one for one in Message.scan() if one.template == email) for email in ("welcome", "earned"))
    welcome.delete()
    earned.update(actions=[Message.status.set("pending")])
    [outcome] = [row for row in Outcome.scan() if isinstance(row, Outcome)]
    outcome.delete()
    clicks = next(row for row in shop.rows("stats") if row["row"]["S"] == "clicks")
    shop.put_row("stats", clicks | {"m07": {"N": "1" + "0" * 25}})
    shop.wait(days=1)

    listed, _ = reconciled(shop, "2026-03-10")
    reconciled(shop, "2026-03-10", repair=True)
    shop.settle()

    assert {(one["kind"], one["repair"]) for one in listed} == {
        ("message_missing", "put"),
        ("message_stuck", "requeue"),
        ("outcome_missing", "put"),
        ("outcomes_miscounted", "recount"),
        ("clicks_miscounted", "recount"),
    }
    assert reconciled(shop, "2026-03-10")[0] == []
    assert [subject for subject, _ in shop.emails()].count("Welcome to Tea Shop") == 2


def test_a_batch_answers_each_conversion_by_itself(shop):
    program = shop.program()
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]

    def one(external_id, **changes):
        return {
            "program": program["id"],
            "type": "sale",
            "external_id": external_id,
            "customer": {"external_id": "c"},
            "amount": {"amount": 1000, "currency": "USD"},
            "code": code,
        } | changes

    batch = [one("a"), one("b", amount={"amount": 1, "currency": "EUR"}), one("c", color="red"), one("a"), {"x": 1}]
    answer = shop.post("/v1/conversions/batch", {"conversions": batch})
    again = shop.post("/v1/conversions/batch", {"conversions": batch[:1]})
    shop.settle()

    assert answer.status == 200, answer.body
    assert [one["status"] for one in answer.json["data"]] == [201, 422, 422, 201, 422]
    assert [one["replayed"] for one in answer.json["data"]] == [False, False, False, True, False]
    assert answer.json["data"][1]["problem"]["code"] == "currency_mismatch"
    assert answer.json["data"][2]["problem"]["errors"][0]["pointer"] == "/color"
    assert answer.json["data"][0]["conversion"] == again.json["data"][0]["conversion"]
    assert shop.balance(ada)["due"] == 150
    assert shop.post("/v1/conversions/batch", {"conversions": [one("x")] * 101}).status == 422
    assert shop.post("/v1/conversions/batch", {"conversions": []}).status == 422
