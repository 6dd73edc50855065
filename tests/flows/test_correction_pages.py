"""Corrections on the page of an order: each says first what it does in money and to whom, and is made once."""

import itertools
import re

import pytest

from tests.faults.sampling import sample
from tests.flows.test_audit import entries
from tests.reading import read

RATE = {"on": "sale", "to": "referrer", "rate_bp": 1000}
FRIEND = {"on": "sale", "to": "referee", "flat": {"amount": 300, "currency": "USD"}, "when": {"number_to": 1}}
CAP = {"per": "partner", "period": "month", "amount": 150}
BUDGET = {"per": "program", "period": "month", "amount": 600}
CAPS = {"no caps": [], "a cap": [CAP], "a budget": [BUDGET]}
BEFORE = ["as sold", "paid out", "moved before"]
# What is typed into the form of each correction.
FORMS = {
    "refund of a part": {"what": "refund", "amount": "5.00", "reason": "returned", "note": "one cup broke"},
    "refund of the whole": {"what": "refund", "amount": "20", "reason": "chargeback"},
    "larger": {"what": "amend", "amount": "45,50", "reason": "order_changed"},
    "smaller": {"what": "amend", "amount": "1.99", "reason": "price_corrected", "note": "typo"},
    "another partner": {"what": "credit", "partner": "ben@mail.example", "reason": "named_later", "note": "by phone"},
    "no one": {"what": "credit", "partner": "", "reason": "abuse", "note": "coupon site"},
    "void": {"what": "void", "reason": "test", "note": "our own test"},
}


def path_of(sale):
    return f"/admin/conversions/{sale['id']}/correct"


def business(shop, **changes):
    """Ada's friend bought for $20.00; Ben earned something, too."""
    program = shop.program(**{"rules": [RATE, FRIEND], **changes})
    ada = shop.partner(program)
    ben = shop.partner(program, name="Ben", email="ben@mail.example")
    sale = shop.sale(program, amount=2000, code=shop.link(program, ada)["code"]).json
    shop.sale(program, "his", "another", amount=500, code=shop.link(program, ben)["code"])
    shop.settle()
    return ada, ben, sale


def previewed(admin, sale, **typed):
    """Fill in a form; return the page that says what will happen, and what its button sends."""
    form = read(admin.get(f"{path_of(sale)}?what={typed['what']}").body)
    answer = admin.send(path_of(sale), action="preview", once=form.hidden("once"), **typed)
    assert answer.status == 200, read(answer.body).text
    page = read(answer.body)
    hidden = [one.attributes for one in page.all("input") if one.attributes.get("type") == "hidden"]
    return page, {one["name"]: one["value"] for one in hidden}


def correct(shop, admin, sale, **typed):
    page, sent = previewed(admin, sale, **typed)
    answer = admin.send(path_of(sale), action="confirm", **sent)
    assert answer.status == 303, read(answer.body).text
    shop.settle()
    return page, sent, answer


def balances(shop, sale, *partners):
    """Return what is due to partners and to the friend."""
    friend = shop.get(f"/v1/customers/{sale['customer']}/balances").json["balances"]
    return [*(shop.balance(one)["due"] for one in partners), friend[0]["due"] if friend else 0]


def foretold(page, names):
    """Return the due balances that a page says there will be, in cents, of whom it names."""
    after = {}
    for name in names:
        match = re.search(rf"{name}: \$\S+ \w+ due; the due balance goes from -?\$\S+ to (-?)\$([\d.]+)\.", page.text)
        if match:
            after[name] = int(match[2].replace(".", "")) * (-1 if match[1] else 1)
    return after


@pytest.mark.slow
@pytest.mark.sweep
@pytest.mark.parametrize(("form", "caps", "before"), sample(itertools.product(FORMS, CAPS, BEFORE), 21))
def test_what_a_page_says_will_happen_is_what_happens_to_the_cent(shop, admin, form, caps, before):
    ada, ben, sale = business(shop, caps=CAPS[caps])
    names = [ada["name"], "Ben", "Grace"]
    if before == "paid out":
        payout = shop.pay_out()
        shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    if before == "moved before":
        body = {"partner": ben["id"], "reason": "other", "note": "x"}
        assert shop.post(f"/v1/conversions/{sale['id']}/credit", body).status == 200
        if "partner" in FORMS[form] and FORMS[form]["partner"]:
            shop.post(f"/v1/conversions/{sale['id']}/credit", body | {"partner": None})
    shop.settle()
    before_it = dict(zip(names, balances(shop, sale, ada, ben), strict=True))
    rows = len(shop.rows("rewards")), len(shop.rows("conversions"))

    page, sent = previewed(admin, sale, **FORMS[form])
    assert (len(shop.rows("rewards")), len(shop.rows("conversions"))) == rows
    assert admin.send(path_of(sale), action="confirm", **sent).status == 303
    shop.settle()

    after = dict(zip(names, balances(shop, sale, ada, ben), strict=True))
    changed = {name: after[name] for name in names if after[name] != before_it[name]}
    assert foretold(page, names) == changed
    assert shop.verified() is None
    assert ("The program has a budget" in page.text) == (caps == "a budget" and sent["what"] in ("amend", "credit"))


def test_a_correction_is_made_once_however_often_its_form_is_sent(shop, admin):
    ada, _, sale = business(shop)
    _, sent = previewed(admin, sale, **FORMS["refund of a part"])

    answers = [admin.send(path_of(sale), action="confirm", **sent) for _ in range(3)]
    shop.settle()

    assert {answer.status for answer in answers} == {303}
    assert "Refund: done." in admin.get(answers[0].headers["Location"]).body
    assert shop.get(f"/v1/conversions/{sale['id']}").json["refunded"]["amount"] == 500
    other = admin.send(path_of(sale), action="confirm", **sent | {"amount": "1.00"})
    assert (other.status, "already sent with other values" in other.body) == (422, True)
    assert shop.balance(ada)["due"] == 150


@pytest.mark.parametrize("form", ["another partner", "void"])
def test_a_reload_after_it_was_moved_back_moves_nothing(shop, admin, form):
    ada, _, sale = business(shop)
    _, sent, _ = correct(shop, admin, sale, **FORMS[form])
    if form == "another partner":
        correct(shop, admin, sale, what="credit", partner=ada["id"], reason="other", note="back")

    assert admin.send(path_of(sale), action="confirm", **sent).status == 303

    shop.settle()
    assert shop.get(f"/v1/conversions/{sale['id']}").json["partner"] == (ada["id"] if form != "void" else None)


def test_who_corrected_an_order_and_why_stands_in_the_audit_trail_and_on_its_page(shop, admin):
    _, _, sale = business(shop)
    correct(shop, admin, sale, **FORMS["larger"])
    correct(shop, admin, sale, **FORMS["refund of a part"])
    undone = {"what": "restore", "reason": "reported_by_mistake", "note": "wrong order"}
    refund = read(admin.get(f"{path_of(sale)}?what=restore").body).all("option")[0].attributes["value"]
    correct(shop, admin, sale, refund=refund, **undone)
    correct(shop, admin, sale, **FORMS["another partner"])
    correct(shop, admin, sale, **FORMS["void"])

    actions = [one["action"] for one in entries(shop, subject=sale["id"])]
    assert sorted(actions) == [f"conversion.{one}" for one in ("amended", "credited", "refunded", "restored", "voided")]
    assert {one["actor"]["kind"] for one in entries(shop, subject=sale["id"])} == {"session"}
    rows = {row["What"]: row for row in read(admin.get(f"/admin/conversions/{sale['id']}").body).table("What happened")}
    assert "refund admin-" in rows["Refund"]["How"]
    assert (", returned)" in rows["Refund"]["How"], rows["Refund"]["How"].endswith("one cup broke")) == (True, True)
    assert "reported by mistake" in rows["Refund undone"]["How"]
    assert "order changed" in rows["Amount changed"]["How"]
    assert all(rows[name]["By"] for name in ("Refund", "Refund undone", "Amount changed", "Credit corrected", "Voided"))
    explained = shop.explained(sale)
    assert (explained["refunds"][0]["reason_given"], explained["refunds"][0]["note"]["words"]) == (
        *("returned", "one cup broke"),
    )


def test_a_form_that_is_refused_keeps_what_was_typed_and_changes_nothing(shop, admin):
    _, _, sale = business(shop)
    before = len(shop.rows("conversions"))
    refused = {
        "refund": ({"amount": "20.01"}, "Refunded amount"),
        "amend": ({"amount": "a lot"}, "New amount"),
        "credit": ({"partner": "nobody@mail.example", "note": "x"}, "Partner"),
        "void": ({"note": "x" * 501}, "Note"),
    }
    for what, (typed, label) in refused.items():
        answer = admin.send(path_of(sale), action="preview", what=what, once="a-form", reason="other", **typed)
        assert answer.status == 422, what
        page = read(answer.body)
        assert page.field(label) == next(iter(typed.values()))
        assert [one for one in page.all("input") if "aria-invalid" in one.attributes], what
    assert admin.send(path_of(sale), action="preview", what="void", once="f", reason="mood", note="x").status == 422
    assert admin.get(f"{path_of(sale)}?what=steal").status == 422
    assert admin.get(f"{path_of(sale)}?what=restore").status == 422
    assert admin.get("/admin/conversions/cnv_none/correct?what=void").status == 404
    assert len(shop.rows("conversions")) == before


def test_what_is_reported_and_not_decided_yet_is_waited_for(shop, admin):
    _, _, sale = business(shop)
    assert shop.refund(sale, 100).status == 201

    answer = admin.send(path_of(sale), action="preview", once="f", **FORMS["void"])

    assert (answer.status, "still being processed" in answer.body) == (422, True)


def test_a_sale_with_parts_is_amended_with_parts(shop, admin):
    program = shop.program(rules=[RATE], base_without=["tax"])
    code = shop.link(program, shop.partner(program))["code"]
    sale = shop.sale(program, amount=1190, breakdown={"tax": 190}, code=code).json
    shop.settle()

    correct(shop, admin, sale, what="amend", amount="23.80", tax="3.80", reason="order_changed")

    assert shop.explained(sale)["amendments"][0]["rewards"][0]["amount"] == 100


@pytest.mark.slow
@pytest.mark.sweep
def test_a_hundred_corrections_by_the_page_leave_the_cents_where_they_belong(shop, admin):
    ada, ben, sale = business(shop)
    corrections = len(sample(range(100), 22))
    for number in range(corrections):
        partner = (ben, ada)[number % 2]["id"]
        typed = {"what": "credit", "partner": partner, "reason": "other", "note": f"{number}", "once": f"f-{number}"}
        assert admin.send(path_of(sale), action="confirm", **typed).status == 303
        shop.streams.run()
    shop.settle()

    assert balances(shop, sale, ada, ben) == [200, 50, 300]
    assert shop.verified() is None
    assert len(entries(shop, subject=sale["id"])) == corrections


def test_the_page_of_a_corrected_credit_says_who_decided_so_when_and_why(shop, admin):
    _, _, sale = business(shop)
    _, sent = previewed(admin, sale, what="credit", partner="", reason="abuse", note="a self-referral by phone")

    assert admin.send(path_of(sale), action="confirm", **sent).status == 303

    page = read(admin.get(f"/admin/conversions/{sale['id']}").body)
    assert re.search(r"\w.* decided so on \w+ \d+, \d{4}, \d\d:\d\d UTC: Abuse\.", page.text)


def test_more_than_is_left_is_not_refunded_and_the_form_says_how_much_is(shop, admin):
    _, _, sale = business(shop)

    answer = admin.send(
        path_of(sale), **FORMS["refund of a part"] | {"action": "preview", "amount": "9999", "once": "x"}
    )

    assert answer.status == 422
    assert re.search(r"Amount: only [\d.]+ USD of this sale are left to refund", read(answer.body).text)
    assert 'name="amount" aria-invalid="true"' in answer.body


def test_who_is_a_partner_of_another_program_is_refused_as_who_is_none(shop, admin):
    _, _, sale = business(shop)
    stranger = shop.partner(shop.program(), email="eve@mail.example", external_id="eve")
    named = [stranger["id"], "ext_eve", "eve@mail.example"]
    unknown = ["ptr_nobody", "ext_nobody", "nobody@mail.example"]
    forms = {
        path_of(sale): {"action": "preview", "once": "x", **FORMS["another partner"]},
        f"/admin/programs/{sale['program']}/sale": {"order": "till-1", "amount": "20.00"},
    }

    for path, form in forms.items():
        for text in (*named, *unknown):
            answer = admin.send(path, **form | {"partner": text})

            assert answer.status == 422
            assert f"o partner of this program matches '{text}'." in read(answer.body).text


def test_credit_goes_to_a_partner_who_has_left_since(shop, admin):
    ada, ben, sale = business(shop)
    shop.post(f"/v1/partners/{ben['id']}/leave", {"program": sale["program"]})

    correct(shop, admin, sale, **FORMS["another partner"])

    # A tenth of both sales.
    assert balances(shop, sale, ada, ben)[:2] == [0, 50 + 200]
