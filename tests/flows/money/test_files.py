"""Files of money: a CSV is whole or refused, foots, and carries addresses and amounts to the email."""

import csv
import io
import json
from decimal import Decimal

import pytest

from chalicelib.ledger import statement as statements
from chalicelib.payouts import export as exports
from chalicelib.payouts import table as payouts
from tests.faults.world import built_once

PARTS = ("held", "due", "frozen", "paid")


def rows_of(answer):
    assert answer.status == 200, answer.body
    return list(csv.reader(io.StringIO(answer.body)))


def footing(answer):
    """Check that a statement's movements lead from its opening to its closing. Returns how many there are."""
    header, *lines = rows_of(answer)
    assert (lines[0][2], lines[-1][2]) == ("opening balance", "closing balance")
    for part in PARTS:
        amounts = [Decimal(line[header.index(part)]) for line in lines]
        assert sum(amounts[:-1]) == amounts[-1]
    return len(lines) - 2


@pytest.fixture
@built_once
def busy(shop):
    """A partner with 130 movements: more than a page of JSON."""
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    sales = [
        {
            "program": program["id"],
            "type": "sale",
            "external_id": f"order-{n}",
            "customer": {"external_id": f"c-{n}"},
            "amount": {"amount": 1000 + n, "currency": "USD"},
            "code": code,
        }
        for n in range(130)
    ]
    for begin in (0, 100):
        assert shop.post("/v1/conversions/batch", {"conversions": sales[begin : begin + 100]}).status == 200
    shop.settle()
    return program, ada


SPAN = "currency=USD&from=2026-03-01&to=2026-03-31"


@pytest.mark.slow
def test_a_statement_as_csv_has_every_movement_and_foots(shop, busy):
    _, ada = busy
    path = f"/v1/partners/{ada['id']}/statement?{SPAN}"

    saved = shop.get(f"{path}&format=csv")

    assert footing(saved) == 130
    assert len(shop.get(path).json["data"]) == 100
    for pages in ("limit=10", "cursor=x"):
        refused = shop.get(f"{path}&format=csv&{pages}")
        assert refused.status == 422
    assert refused.json["code"] == "cursor_mismatch"
    cursor = shop.get(path).json["next_cursor"]
    assert shop.get(f"{path}&format=csv&cursor={cursor}").json["errors"][0]["pointer"] == "/cursor"


@pytest.mark.slow
@pytest.mark.parametrize("bound", [{"MOST_MOVEMENTS": 129}, {"_MOST_CHARACTERS": 10_000}], ids=["rows", "size"])
def test_a_statement_too_long_for_one_csv_is_refused_and_never_cut(shop, busy, monkeypatch, bound):
    _, ada = busy
    for name, value in bound.items():
        monkeypatch.setattr(statements, name, value)

    refused = shop.get(f"/v1/partners/{ada['id']}/statement?{SPAN}&format=csv")

    assert (refused.status, refused.json["code"], refused.json["movements"]) == (422, "statement_too_long", 130)
    assert "shorter period" in refused.json["detail"]
    assert footing(shop.get(f"/v1/partners/{ada['id']}/statement?currency=USD&to=2026-03-01&format=csv")) == 0


def test_as_many_movements_as_one_csv_may_have_are_within_what_lambda_answers():
    def row(n):
        return [
            "2026-03-10T12:00:00.000Z",
            *(n, "payout_prepared", "r" * 60, "cnv_" + "A" * 26, "rwd_" + "A" * 26, "prg_" + "A" * 26),
            *(statements.Number("-1234567.89") for _ in PARTS),
            "USD",
        ]

    text = statements.csv_text.written(["h"] * 12, [row(n) for n in range(statements.MOST_MOVEMENTS)])

    assert len(json.dumps(text)) < statements._MOST_CHARACTERS < 6 * 1024 * 1024


@pytest.fixture
def owed(shop):
    """Five partners and five friends who are owed money."""
    program = shop.program()
    for n in range(5):
        partner = shop.partner(program, name=f"P{n}", email=f"p{n}@mail.example")
        shop.sale(program, f"order-{n}", f"c-{n}", amount=1000 * (n + 1), code=shop.link(program, partner)["code"])
    shop.settle()
    return program


def test_a_long_list_is_asked_for_by_part_and_each_file_says_which_it_is(shop, owed, monkeypatch):
    monkeypatch.setattr(payouts, "MOST_OF_A_FILE", 4)
    monkeypatch.setattr(exports, "MOST_OF_A_FILE", 4)
    payout = shop.pay_out()
    path = f"/v1/payouts/{payout['id']}/export?format="

    unasked = shop.get(f"{path}paypal")
    files = {form: [shop.get(f"{path}{form}&part={part}") for part in (1, 2, 3)] for form in ("generic", "paypal")}

    assert payout["export_parts"] == 3
    assert (unasked.status, unasked.json["code"], unasked.json["parts"]) == (422, "payout_in_parts", 3)
    for form, parts in files.items():
        assert [part.headers["Goodword-Part"] for part in parts] == ["1 of 3", "2 of 3", "3 of 3"]
        names = [part.headers["Content-Disposition"] for part in parts]
        assert all(f"-{form}-part-{n}-of-3.csv" in name for n, name in enumerate(names, 1))
        assert [len(rows_of(part)) - (form != "paypal") for part in parts] == [4, 4, 2]
    assert len({row[3] for part in files["paypal"] for row in rows_of(part)}) == 10
    assert shop.get(f"{path}wise&part=4").status == 422
    # What is paid is not sent again, and what is in which part stays.
    first = rows_of(files["generic"][0])[1][1]
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent", "owners": [first]})
    assert [len(rows_of(shop.get(f"{path}paypal&part={part}"))) for part in (1, 2, 3)] == [3, 4, 2]


@pytest.mark.parametrize(("currency", "exponent"), [("USD", 2), ("JPY", 0), ("KWD", 3)])
@pytest.mark.parametrize("form", ["generic", "paypal", "wise"])
def test_the_amounts_of_a_file_come_to_the_payouts_total(shop, form, currency, exponent):
    rules = [
        {"on": "sale", "to": "referrer", "rate_bp": 1500},
        {"on": "sale", "to": "referee", "flat": {"amount": 5, "currency": currency}},
    ]
    program = shop.program(currency=currency, rules=rules)
    for n, amount in enumerate((7, 1999, 123_456_789)):
        partner = shop.partner(program, name=f"P{n}", email=f"p{n}@mail.example")
        shop.sale(program, f"order-{n}", f"c-{n}", amount=amount, code=shop.link(program, partner)["code"])
    shop.settle()
    payout = shop.pay_out(currency)

    rows = rows_of(shop.get(f"/v1/payouts/{payout['id']}/export?format={form}"))
    column = {"generic": 4, "paypal": 1, "wise": 5}[form]
    amounts = [Decimal(row[column]) for row in rows[form != "paypal" :]]

    assert len(amounts) == payout["items"] == 6
    assert all(-amount.as_tuple().exponent == exponent for amount in amounts)
    assert sum(amounts).scaleb(exponent) == payout["total"]["amount"]
    assert payout["total"] == payout["open"]["total"]


@pytest.mark.parametrize(
    "email", ["-max@mail.example", "+49max@mail.example", "o'brien@mail.example", "a+b@mail.example"]
)
@pytest.mark.parametrize(("form", "column"), [("generic", 3), ("paypal", 0), ("wise", 1)])
def test_an_address_stands_in_a_file_as_it_is(shop, email, form, column):
    payout = owing(shop, email)

    rows = rows_of(shop.get(f"/v1/payouts/{payout['id']}/export?format={form}"))

    assert email in [row[column] for row in rows]


@pytest.mark.parametrize("email", ["=cmd|'!A0@mail.example", "-cmd|'!A0@mail.example", "+a!b@mail.example"])
def test_an_address_that_a_spreadsheet_might_run_is_refused_for_payment_by_name(shop, email):
    payout = owing(shop, email)
    path = f"/v1/payouts/{payout['id']}"
    [partner] = [one["owner"] for one in shop.get(f"{path}/items").json["data"]]

    for form in ("paypal", "wise"):
        refused = shop.get(f"{path}/export?format={form}")
        assert (refused.status, refused.json["code"], refused.json["owners"]) == (422, "payee_email_invalid", [partner])
    assert rows_of(shop.get(f"{path}/export"))[1][3] == f"'{email}"


def owing(shop, email):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    partner = shop.partner(program, email=email)
    shop.sale(program, amount=10_000, code=shop.link(program, partner)["code"])
    shop.settle()
    return shop.pay_out()


# As Wise publishes them: the longest payment reference by currency.
WISE_REFERENCES = {"USD": 10, "SEK": 12, "NZD": 12, "NGN": 14, "INR": 16, "GBP": 18, "AUD": 18, "ZAR": 18, "EUR": 140}


@pytest.mark.slow
@pytest.mark.parametrize("currency", WISE_REFERENCES)
def test_a_payment_by_wise_has_a_reference_and_a_name_as_long_as_wise_takes_and_is_found_by_it(shop, currency):
    program = shop.program(currency=currency, rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    names = ["Donaudampfschifffahrtsgesellschaftskapitänin", "Karl-Theodor Maria Nikolaus Johann Jacob Philipp", "Ada"]
    partners = [shop.partner(program, name=name, email=f"p{n}@mail.example") for n, name in enumerate(names)]
    payouts = []
    for month in range(2):
        for n, partner in enumerate(partners):
            order = f"order-{month}-{n}"
            shop.sale(program, order, order, amount=10_000, code=shop.link(program, partner)["code"])
        shop.settle()
        payouts.append(shop.pay_out(currency))
        shop.post(f"/v1/payouts/{payouts[-1]['id']}/confirm", {"note": "sent"})

    references = []
    for payout in payouts:
        items = shop.get(f"/v1/payouts/{payout['id']}/items").json["data"]
        listed = rows_of(shop.get(f"/v1/payouts/{payout['id']}/export"))
        column = listed[0].index("reference")
        assert {row[1]: row[column] for row in listed[1:]} == {item["owner"]: item["reference"] for item in items}
        references += [item["reference"] for item in items]

    assert len(set(references)) == 6
    assert all(0 < len(one) <= WISE_REFERENCES[currency] for one in references)


def test_names_that_are_too_long_for_wise_end_with_a_whole_word(shop):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    names = {
        "Karl-Theodor Maria Nikolaus Johann Jacob Philipp": "Karl-Theodor Maria Nikolaus Johann",
        "Donaudampfschifffahrtsgesellschaftskapitänin": "Donaudampfschifffahrtsgesellschafts",
        "Ada Lovelace": "Ada Lovelace",
    }
    for n, name in enumerate(names):
        partner = shop.partner(program, name=name, email=f"p{n}@mail.example")
        shop.sale(program, f"order-{n}", f"c-{n}", amount=10_000, code=shop.link(program, partner)["code"])
    shop.settle()
    payout = shop.pay_out()

    header, *rows = rows_of(shop.get(f"/v1/payouts/{payout['id']}/export?format=wise"))

    assert {row[header.index("name")] for row in rows} == set(names.values())


@pytest.mark.parametrize(
    ("locale", "separator", "amount"), [("", ",", "1.50"), ("&locale=de-AT", ";", "1,50"), ("&locale=en", ",", "1.50")]
)
def test_files_for_people_open_in_their_spreadsheet_and_files_for_payment_are_plain(shop, locale, separator, amount):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
    partner = shop.partner(program, name="Jürgen Müller", email="j@mail.example")
    shop.sale(program, amount=1000, code=shop.link(program, partner)["code"])
    shop.settle()
    payout = shop.pay_out()
    path = f"/v1/payouts/{payout['id']}/export?format="

    statement = shop.get(f"/v1/partners/{partner['id']}/statement?{SPAN}&format=csv{locale}").body
    generic = shop.get(f"{path}generic{locale}").body
    plain = [shop.get(f"{path}{form}{locale}").body for form in ("paypal", "wise")]

    for text in (statement, generic):
        assert text.startswith("\ufeff")
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=separator))
        assert any(amount in row for row in rows)
        assert len({len(row) for row in rows}) == 1
    assert f'"Jürgen Müller"{separator}' in generic
    assert all(text.startswith('"') and '"1.50","USD"' in text for text in plain)
