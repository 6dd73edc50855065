"""The pages of accounts: a statement that foots, what is owed, whether the ledger is as it was written, and repairs."""

import pytest

from tests.faults.world import world
from tests.flows.test_audit import entries
from tests.reading import read


@pytest.fixture
def shop():
    """A shop on the embedded engine, whose rows may be tampered with."""
    with world() as shop:
        yield shop


@pytest.fixture
def ada(shop, business):
    return business[1]


def bonus(shop, partner, amount, name):
    body = {"adjustment_id": name, "type": "bonus", "reason": "goodwill", "note": "thanks"}
    answer = shop.post(
        f"/v1/partners/{partner['id']}/adjustments", body | {"amount": {"amount": amount, "currency": "USD"}}
    )
    assert answer.status == 201, answer.body
    return answer.json


def statement_of(browser, partner, query=""):
    return read(browser.get(f"/admin/partners/{partner['id']}/statement{query}").body)


def test_a_statement_leads_from_the_opening_to_the_closing_balance_with_each_balance_between(shop, admin, ada):
    shop.wait(days=2)
    bonus(shop, ada, 2500, "one")
    shop.wait(days=1)
    admin.send("/admin/sign-in", key=shop.key)
    whole = statement_of(admin, ada)
    opening, *moved, closing = whole.table("Statement")

    assert [(one["What"].partition(" ")[0], one["Owed after"]) for one in moved] == [
        ("Reward", "$3.00"),
        ("Bonus", "$28.00"),
    ]
    assert (opening["Owed after"], closing["Owed after"]) == ("$0.00", "$28.00")
    assert "as a thank-you" in moved[1]["What"]
    later = statement_of(admin, ada, "?currency=USD&from=2026-03-11&to=2026-03-12").table("Statement")
    assert [one["Owed after"] for one in later] == ["$3.00", "$28.00", "$28.00"]
    nothing = statement_of(admin, ada, "?from=2026-01-01&to=2026-01-02")
    assert "Nothing moved in these days" in nothing.text


def test_a_statement_of_wrong_days_or_another_currency_is_refused(shop, admin, ada):
    path = f"/admin/partners/{ada['id']}/statement"
    for query in ("?from=never", "?from=2026-03-12&to=2026-03-11", "?currency=EUR"):
        assert admin.get(path + query).status == 422


def test_a_long_statement_has_pages_that_are_of_one_span_and_a_csv_that_is_whole(shop, admin, ada):
    for number in range(60):
        bonus(shop, ada, 1, f"n-{number}")
    first = statement_of(admin, ada)
    bonus(shop, ada, 1, "meanwhile")
    rest = read(admin.get(first.link("More")).body)

    numbers = [one["What"] for page in (first, rest) for one in page.table("Statement")]
    assert numbers.count("Closing balance") == 1
    assert len(numbers) == 2 + 61
    saved = admin.get(first.link("Save as CSV"))
    assert saved.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert saved.body.count("as a thank-you") == 61


def test_a_customer_has_a_statement_too(shop, admin):
    rule = {"on": "sale", "to": "referee", "flat": {"amount": 500, "currency": "USD"}}
    program = shop.program(rules=[rule], hold_days=0)
    sale = shop.sale(program, code=shop.link(program, shop.partner(program))["code"]).json
    shop.settle()
    customer = read(admin.get(f"/admin/customers/{sale['customer']}").body)

    page = read(admin.get(customer.link("Statement")).body)

    assert [(one["What"].split()[0], one["Owed after"]) for one in page.table("Statement")] == [
        ("Opening", "$0.00"),
        ("Reward", "$5.00"),
        ("Closing", "$5.00"),
    ]
    assert f"/admin/customers/{sale['customer']}" in [one.attributes["href"] for one in page.all("a")]
    assert "Bonuses and deductions" not in page.text
    saved = admin.get(page.link("Save as CSV"))
    assert saved.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "5.00" in saved.body
    assert admin.get("/admin/customers/cus_nobody/statement").status == 404


def test_liability_sums_all_accounts_by_currency_and_does_not_net_what_others_owe(shop, admin, business):
    program, _, _ = business
    bea = shop.partner(program, name="Bea", email="bea@mail.example")
    body = {"adjustment_id": "one", "type": "deduction", "reason": "correction", "note": "x"}
    shop.post(f"/v1/partners/{bea['id']}/adjustments", body | {"amount": {"amount": 700, "currency": "USD"}})
    page = read(admin.get("/admin/owed").body).section("USD")

    tiles = {name: page.tile(name) for name in ("Owed in total", "Due", "Held", "Below zero", "Accounts")}
    assert tiles == {
        "Owed in total": "$8.00",
        "Due": "$8.00",
        "Held": "$0.00",
        "Below zero": "$7.00",
        "Accounts": "3",
    }
    api = shop.get("/v1/liability?currency=USD").json
    assert (api["due"], api["overpaid"]) == (800, 700)
    assert "Tea Shop" in page.text


def test_many_accounts_are_summed_page_by_page_to_the_same_total(shop, admin, business, monkeypatch):
    program, _, _ = business
    partners = [shop.partner(program, name=f"P{n}", email=f"p{n}@mail.example") for n in range(12)]
    for partner in partners:
        bonus(shop, partner, 100, "one")
    monkeypatch.setattr("chalicelib.admin.money.account_pages._NAMES", 2)
    monkeypatch.setattr("chalicelib.admin.money.account_pages._MOST_ACCOUNTS", 3)
    page, pages = read(admin.get("/admin/owed").body), 1
    while "sums so far" in page.text:
        page, pages = read(admin.get(page.link("Continue")).body), pages + 1

    assert pages > 3
    assert page.section("USD").tile("Due") == "$20.00"


def verified(browser, query="?run=1"):
    page = read(browser.get(f"/admin/verification{query}").body)
    return next((one.text for one in page.all("p") if "notice" in one.attributes.get("class", "")), None)


def test_verification_says_in_words_that_all_entries_are_as_they_were_written(shop, admin, ada):
    bonus(shop, ada, 2500, "one")

    assert verified(admin, "") is None
    assert verified(admin).startswith("All 3 entries of 2 accounts are as they were written")
    one = verified(admin, f"?run=1&owner={ada['id']}&currency=usd")
    assert one.startswith("All 2 entries of 1 account are as they were written")
    assert verified(admin, f"?run=1&owner={ada['id']}&currency=EUR") == "This account in EUR has no entries."
    assert "no partner and no customer ext_nobody" in verified(admin, "?run=1&owner=ext_nobody&currency=USD")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"due": {"N": "9"}}, "its postings do not sum to zero"),
        ({"note": {"S": "nte_other"}}, "its note is missing"),
        (None, "entry 2 is missing"),
    ],
)
def test_verification_names_whose_account_is_broken_at_which_entry_and_how(shop, admin, ada, change, sentence):
    bonus(shop, ada, 2500, "one")
    bonus(shop, ada, 100, "two")
    row = next(
        one
        for one in shop.rows("ledger")
        if one.get("seq", {}).get("N") == "2" and one["pk"]["S"].startswith(ada["id"]) and one["sk"]["S"] != "head"
    )
    if change is None:
        shop.delete_row("ledger", row)
    else:
        shop.put_row("ledger", row | change)

    for query in ("?run=1", f"?run=1&owner={ada['id']}&currency=USD"):
        text = verified(admin, query)
        assert "The account of Ada in USD is broken at entry 00000000000" in text
        if "note" not in sentence:
            assert sentence in text
    assert shop.verified() is not None


def test_verification_finds_a_head_that_is_gone_or_says_another_balance(shop, admin, ada):
    head = next(one for one in shop.rows("ledger") if one["sk"]["S"] == "head" and one["pk"]["S"].startswith(ada["id"]))
    shop.put_row("ledger", head | {"due": {"N": "99999"}})
    assert "broken at head: it is not what follows from the entries" in verified(admin)
    shop.delete_row("ledger", head)
    assert "broken at head: it is missing" in verified(admin)
    assert "broken at head: it is missing" in verified(admin, f"?run=1&owner={ada['id']}&currency=USD")


def test_verification_of_a_long_ledger_goes_on_where_it_ended(shop, admin, ada, monkeypatch):
    for number in range(9):
        bonus(shop, ada, 1, f"n-{number}")
    monkeypatch.setattr("chalicelib.ledger.verify_some._PAGE", 2)
    monkeypatch.setattr("chalicelib.ledger.verify_some._ENOUGH_CALLS", 2)
    page, pages = read(admin.get("/admin/verification?run=1").body), 1
    while "So far" in page.text:
        page, pages = read(admin.get(page.link("Continue")).body), pages + 1

    assert pages > 3
    assert "All 11 entries of 2 accounts are as they were written" in page.text


def test_a_note_that_was_erased_is_counted_and_breaks_nothing(shop, admin, ada):
    note = bonus(shop, ada, 2500, "one")["note"]["id"]
    assert shop.post(f"/v1/notes/{note}/erase").status == 200

    assert "1 note was erased, as it may be." in verified(admin)


def test_reconciliation_lists_days_with_what_was_found_and_repaired(shop, admin, business):
    _, _, sale = business
    assert "No day was compared yet" in admin.get("/admin/reconciliation").body
    lost = next(one for one in shop.rows("events") if one["subject_id"]["S"] == sale["id"])
    shop.delete_row("events", lost)
    shop.wait(hours=1)
    shop.run_schedule("reconcile")
    admin.send("/admin/sign-in", key=shop.key)
    page = read(admin.get("/admin/reconciliation").body)
    today = page.table("Days")[0]

    assert (today["Day"], today["Differences"], today["Repaired"], today["Open"]) == ("Mar 10, 2026", "1", "1", "0")
    chosen = read(admin.get(page.link("Mar 10, 2026")).body)
    [difference] = chosen.table("Mar 10, 2026")
    assert (difference["Difference"], difference["Repair"]) == ("Event missing", "Repaired")
    assert "was not written" in difference["Detail"]
    assert entries(shop, action="day.repaired") == []
