"""The pages of bonuses and deductions: made once, decided by another person, and what waits is on a list."""

import pytest

from chalicelib.admin import lists
from tests.flows.test_audit import entries
from tests.flows.test_people import entered, invited, sent  # noqa: F401
from tests.reading import read

MANAGERS = [{"role": "manager"}]
BONUS = {"type": "bonus", "amount": "25.00", "currency": "USD", "reason": "campaign", "note": "as agreed"}


@pytest.fixture
def ada(shop, business):
    return business[1]


@pytest.fixture
def two(shop, sent):  # noqa: F811
    """Two people who may give bonuses, signed in."""
    browsers = []
    for email in ("meg@mail.example", "bob@mail.example"):
        invited(shop, email, MANAGERS)
        browsers.append(entered(shop, sent, email))
    return browsers


def page_of(partner):
    return f"/admin/partners/{partner['id']}/adjustments"


def once_of(browser, partner):
    return read(browser.get(page_of(partner)).body).section("Give a bonus").hidden("once")


def above(browser, text):
    answer = browser.submit("/admin/adjustments", action="set", approval_above=text)
    assert "Saved." in answer.body


def test_a_bonus_is_given_once_however_often_its_form_is_sent_and_the_page_says_so(shop, admin, ada):
    once = once_of(admin, ada)
    for _ in range(3):
        page = read(admin.submit(page_of(ada), **BONUS, once=once).body)

    assert "The bonus of $25.00 for Ada was posted. They get an email." in page.text
    [row] = page.table("Bonuses and deductions")
    assert (row["What"], row["Amount"], row["Reason"]) == ("Bonus, Mar 10, 2026", "$25.00", "Campaign")
    assert (row["Status"], row["Requested by"], row["Note"]) == ("Posted", "test", "as agreed")
    assert shop.balance(ada)["due"] == 300 + 2500
    assert len(entries(shop, action="adjustment.posted")) == 1


def test_a_form_that_was_sent_and_is_changed_and_sent_again_is_refused_and_keeps_what_was_typed(shop, admin, ada):
    once = once_of(admin, ada)
    admin.submit(page_of(ada), **BONUS, once=once)
    again = admin.send(page_of(ada), **BONUS | {"amount": "26"}, once=once)

    assert (again.status, "already sent with other values" in again.body) == (422, True)
    assert read(again.body).section("Give a bonus").field("Amount") == "26"
    assert shop.balance(ada)["due"] == 2800


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"amount": "much"}, "amount", "much is not an amount in USD"),
        ({"amount": "1.999"}, "amount", "1.999 is not an amount in USD"),
        ({"amount": "0"}, "amount", "above zero"),
        ({"amount": ""}, "amount", "not an amount in USD"),
        ({"currency": "EUR"}, "currency", "pay in USD"),
        ({"currency": "XXX"}, "currency", "must be a currency"),
        ({"reason": "abuse"}, "reason", "for one of campaign"),
        ({"note": ""}, "note", "note"),
    ],
)
def test_a_form_that_cannot_be_posted_says_why_marks_the_field_and_keeps_what_was_typed(
    shop, admin, ada, changed, field, sentence
):
    refused = admin.send(page_of(ada), **BONUS | changed, once="x")
    form = read(refused.body).section("Give a bonus")
    invalid = {one.attributes["name"] for one in form if "aria-invalid" in one.attributes}

    assert (refused.status, invalid) == (422, {field})
    assert sentence in refused.body
    assert form.field("Note") == (BONUS | changed)["note"]
    other = read(refused.body).section("Make a deduction")
    assert not any("aria-invalid" in one.attributes for one in other)
    assert shop.balance(ada)["due"] == 300


def test_a_deduction_below_zero_is_posted_and_the_balance_on_the_page_says_it(shop, admin, ada):
    deduction = BONUS | {"type": "deduction", "amount": "5,5", "reason": "chargeback"}
    page = read(admin.submit(page_of(ada), **deduction, once="x").body)

    assert page.tile("Due in USD") == "-$2.50"
    assert "A deduction may take the account below zero" in page.text


def test_above_the_amount_another_person_reads_to_whom_how_much_and_approves(shop, admin, ada, two):
    above(admin, "20.00 USD")
    meg, bob = two
    page = read(meg.submit(page_of(ada), **BONUS, once="x").body)
    assert "The bonus of $25.00 for Ada waits for a second person" in page.text
    [row] = read(bob.get("/admin/adjustments").body).table("Bonuses and deductions to approve")
    assert (row["For"], row["Amount"], row["Requested by"]) == ("Ada", "$25.00", "Meg (meg@mail.example)")
    path = page.link("Bonus, Mar 10, 2026")
    assert read(bob.get("/admin").body).link("1 adjustment to approve") == "/admin/adjustments"

    own = read(meg.get(path).body)
    assert ("another person must approve or refuse it" in own.text, own.buttons.count("Refuse")) == (True, 0)
    assert meg.send(path, action="approve").status == 409
    question = read(bob.get(path).body)
    assert "$25.00 is added to what is due to Ada at once: $28.00 instead of $3.00" in question.text
    assert shop.balance(ada)["due"] == 300

    approved = read(bob.submit(path, action="approve").body)

    assert "The bonus of $25.00 for Ada was posted" in approved.text
    [row] = approved.table("Bonuses and deductions")
    assert row["Decided by"] == "Bob (bob@mail.example), Mar 10, 2026"
    assert shop.balance(ada)["due"] == 2800
    assert "Nothing waits for approval" in bob.get("/admin/adjustments").body
    assert bob.submit(path, action="approve").status == 200
    assert len(entries(shop, action="adjustment.approved")) == 1


def test_a_refusal_needs_a_note_which_the_list_shows_and_moves_nothing(shop, admin, ada, two):
    above(admin, "20.00 USD")
    meg, bob = two
    path = read(meg.submit(page_of(ada), **BONUS, once="x").body).link("Bonus, Mar 10, 2026")

    bare = bob.send(path, action="refuse")
    assert (bare.status, read(bare.body).all("input")[-1].attributes["aria-invalid"]) == (422, "true")
    [row] = read(bob.submit(path, action="refuse", note="too much").body).table("Bonuses and deductions")

    assert (row["Status"], "too much" in row["Decided by"]) == ("Refused", True)
    assert shop.balance(ada)["due"] == 300
    assert bob.send(path, action="approve").status == 409


def test_the_amounts_are_kept_as_typed_and_a_wrong_line_changes_nothing(shop, admin):
    above(admin, "20.00 USD\n1000 JPY")
    wrong = admin.send("/admin/adjustments", action="set", approval_above="20 USD\nmuch EUR")

    assert wrong.status == 422
    assert read(wrong.body).field("A second person") == "20 USD\nmuch EUR"
    amounts = shop.get("/v1/adjustment-settings").json["approval_above"]
    assert amounts == [{"amount": 1000, "currency": "JPY"}, {"amount": 2000, "currency": "USD"}]
    assert read(admin.get("/admin/adjustments").body).field("A second person") == "1000 JPY\n20.00 USD"
    assert admin.send("/admin/adjustments", approval_above="").status == 422


def test_a_long_list_of_adjustments_has_pages(shop, admin, ada, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 25)
    for number in range(30):
        body = {"adjustment_id": f"n-{number}", "type": "bonus", "reason": "other", "note": f"note {number}"}
        shop.post(f"/v1/partners/{ada['id']}/adjustments", body | {"amount": {"amount": 1, "currency": "USD"}})

    page = read(admin.get(page_of(ada)).body)

    assert len(page.table("Bonuses and deductions")) == 25
    more = read(admin.get(page.link("Older")).body)
    assert len(more.table("Bonuses and deductions")) == 5
