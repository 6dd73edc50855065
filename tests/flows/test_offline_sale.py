"""A sale that no website reported: somebody enters it, and it is recorded as the API records one."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.faults.invariants import no_false_alarm
from tests.flows.test_audit import entries
from tests.flows.test_conversion_page import happened
from tests.reading import read

TYPED = {"order": "till-1", "amount": "20.00"}


def path_of(program):
    return f"/admin/programs/{program['id']}/sale"


def enter(shop, admin, program, **typed):
    """Enter a sale; return its page once it is decided, and the sale."""
    answer = admin.send(path_of(program), **TYPED | typed)
    assert answer.status == 303, read(answer.body).text
    path = answer.headers["Location"].partition("?")[0]
    shop.settle()
    return read(admin.get(path).body), shop.get(f"/v1/conversions/{path.rpartition('/')[2]}").json


@pytest.mark.parametrize("who", ["tea-with-ada", "https://go.example/tea-with-ada", "ada@mail.example", "ext_ada"])
def test_a_sale_by_phone_is_credited_to_who_is_named_by_code_address_or_id(shop, admin, who):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
    ada = shop.partner(program, external_id="ada")
    shop.link(program, ada, code="tea-with-ada")
    assert read(admin.get(f"/admin/programs/{program['id']}").body).link("Enter a sale") == path_of(program)

    page, sale = enter(shop, admin, program, partner=who, note="by phone")

    assert (sale["partner"], sale["amount"]["amount"], sale["code"]) == (ada["id"], 2000, "tea-with-ada")
    assert shop.balance(ada)["due"] == 300
    steps = happened(page)
    [entered] = [how for what, how in steps if what == "Entered"]
    assert entered.startswith("The sale of $20.00 was entered by hand and credited to Ada")
    assert entered.endswith("Note: by phone")
    assert any("Ada earns $3.00" in how for what, how in steps if what == "Decision")


def test_a_server_credits_a_sale_by_hand_to_the_partner_it_names_and_the_explanation_says_so(shop, admin):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
    ada = shop.partner(program, external_id="ada")
    shop.link(program, ada, code="tea-with-ada")

    sale = shop.sale(program, "till-7", amount=2000, partner="ext_ada")
    again = shop.sale(program, "till-7", amount=2000, partner="ext_ada")
    later = shop.sale(program, "order-8", amount=1000).json
    shop.settle()

    assert (sale.status, sale.json["partner"], sale.json["code"]) == (201, ada["id"], None)
    assert (sale.json["attribution"], sale.json["touches"]) == ("credited_by_hand", [])
    assert (again.json, again.headers["Idempotent-Replayed"]) == (sale.json, "true")
    assert (later["partner"], later["attribution"]) == (ada["id"], "already_referred")
    assert shop.balance(ada)["due"] == 450
    assert shop.explained(sale.json)["why"] == "It was credited by hand: the report names the partner, and no link."
    assert "credited by hand" in read(admin.get(f"/admin/conversions/{sale.json['id']}").body).text
    [entry] = entries(shop, subject=sale.json["id"])
    assert (entry["action"], entry["actor"]["kind"]) == ("conversion.entered", "key")
    assert [link["sales"] for link in shop.get(f"/v1/links?partner={ada['id']}").json["data"] if "sales" in link] == []
    no_false_alarm(shop)


def test_crediting_by_hand_needs_its_scope_and_a_partner_who_takes_part(shop):
    program = shop.program()
    ada = shop.partner(program)
    stranger = shop.partner(shop.program())
    shop.sale(program, "before", amount=100, partner=ada["id"])
    key = shop.post("/v1/keys", {"name": "till", "scopes": ["conversions:write"]}).json["secret"]
    body = {
        "program": program["id"],
        "type": "sale",
        "external_id": "till-1",
        "customer": {"external_id": "walk-in"},
        "amount": {"amount": 100, "currency": "USD"},
    }

    def refused(**more):
        answer = shop.post("/v1/conversions", body | more)
        return answer.status, answer.json["code"]

    alone = shop.post("/v1/conversions", body | {"partner": ada["id"]}, key=key)
    batch = shop.post("/v1/conversions/batch", {"conversions": [body | {"partner": ada["id"]}]}, key=key).json["data"]
    assert (alone.status, alone.json["code"]) == (403, "forbidden")
    assert [(one["status"], one["problem"]["code"]) for one in batch] == [(403, "forbidden")]
    assert refused(partner="ptr_nobody") == (404, "partner_not_found")
    assert refused(partner=stranger["id"]) == (422, "partner_not_enrolled")
    assert refused(partner=ada["id"], code="x") == (422, "invalid_value")
    assert (
        shop.post("/v1/conversions/batch", {"conversions": [body | {"partner": ada["id"]}]}).json["data"][0]["status"]
        == 201
    )
    shop.post(f"/v1/partners/{ada['id']}/leave", {"program": program["id"]})
    # What was answered stays answered.
    assert shop.post("/v1/conversions", body | {"partner": ada["id"]}).status == 201
    assert refused(partner=ada["id"], external_id="till-2") == (422, "partner_not_enrolled")


def test_a_customer_who_is_the_partner_named_by_hand_is_reviewed(shop):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
    ada = shop.partner(program, email="ada@mail.example")

    # With the address ada@mail.example.
    sale = shop.sale(program, "till-1", customer="ada", partner=ada["id"]).json
    shop.settle()

    assert sale["self_referral"] == "address"
    assert shop.reward(sale)["review_reason"] == "self_referral"


def test_a_partner_without_a_link_is_credited_by_hand_on_the_page(shop, admin):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
    ada = shop.partner(program)

    _, sale = enter(shop, admin, program, partner=ada["id"])

    assert (sale["partner"], sale["attribution"]) == (ada["id"], "credited_by_hand")
    assert shop.balance(ada)["due"] == 300


def test_who_entered_a_sale_stands_in_the_audit_trail_and_on_its_page(shop, admin):
    program = shop.program()
    ada = shop.partner(program)
    shop.link(program, ada)
    page, sale = enter(shop, admin, program, partner=ada["id"])

    [entry] = entries(shop, subject=sale["id"])
    assert (entry["action"], entry["actor"]["kind"], entry["before"]) == ("conversion.entered", "session", None)
    assert [row["By"] != "" for row in page.table("What happened") if row["What"] == "Entered"] == [True]
    # What a server reports has no entry.
    reported = shop.sale(program, "order-9").json
    assert entries(shop, subject=reported["id"]) == []


def test_an_order_number_counts_once_whether_a_person_or_the_server_says_it_first(shop, admin):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
    ada = shop.partner(program)
    shop.link(program, ada)
    typed = {"partner": ada["id"], "customer": "customer-7"}
    _, sale = enter(shop, admin, program, **typed)

    again = admin.submit(path_of(program), **TYPED | typed)
    other = admin.send(path_of(program), **TYPED | typed | {"amount": "30.00"})
    by_server = shop.sale(program, "till-1", "customer-7", amount=2000)
    shop.settle()

    assert "entered before; nothing was changed" in again.body
    assert (other.status, read(other.body).field("Order number")) == (422, "till-1")
    assert "a sale with this number was recorded before, with other details." in read(other.body).text
    assert read(other.body).link("Show the recorded sale") == f"/admin/conversions/{sale['id']}"
    assert by_server.json["code"] == "conversion_conflict"
    assert shop.balance(ada)["due"] == 300
    assert len(entries(shop, subject=sale["id"])) == 1


def test_a_sale_of_a_customer_who_was_referred_is_their_partners_and_may_be_of_last_week(shop, admin):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
    ada = shop.partner(program)
    lead = shop.lead(program, code=shop.link(program, ada)["code"]).json
    shop.settle()
    shop.wait(days=7)
    admin.send("/admin/sign-in", key=shop.key)
    bought = f"{shop.at:%Y-%m-%d}T10:30"

    _, sale = enter(shop, admin, program, customer=lead["customer"], occurred_at=bought)

    assert (sale["partner"], sale["attribution"], sale["customer"]) == (ada["id"], "already_referred", lead["customer"])
    assert sale["occurred_at"].startswith(bought)


def test_when_a_sale_was_is_typed_in_the_programs_own_time_zone(shop, admin):
    program = shop.program(timezone="Pacific/Auckland")
    shop.wait(days=2)
    admin.send("/admin/sign-in", key=shop.key)
    assert read(admin.get(path_of(program)).body).field("When, in Pacific/Auckland") == ""
    bought = shop.at.astimezone(ZoneInfo("Pacific/Auckland")) - timedelta(hours=20)

    page, sale = enter(shop, admin, program, customer="c", occurred_at=f"{bought:%Y-%m-%dT%H:%M}")

    assert sale["occurred_at"].startswith(f"{shop.at - timedelta(hours=20):%Y-%m-%dT%H:%M}")
    assert f"{bought:%H:%M} NZ" in page.text


def test_what_terms_leave_out_of_a_sale_is_asked_for(shop, admin):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}], base_without=["tax"])
    ada = shop.partner(program)
    shop.link(program, ada)
    form = read(admin.get(path_of(program)).body)
    assert (form.field("Tax in it"), "Shipping in it" in form.text) == ("", False)

    enter(shop, admin, program, partner=ada["id"], amount="23,80", tax="3,80")

    assert shop.balance(ada)["due"] == 200


def test_a_sale_that_cannot_be_entered_is_refused_and_what_was_typed_is_kept(shop, admin):
    program, other = shop.program(), shop.program(external_id="other", name="Other")
    ben = shop.partner(other, name="Ben", email="ben@mail.example")
    shop.link(other, ben, code="of-another")
    for typed, label in (
        ({"partner": "of-another"}, "Sent by"),
        ({"partner": ben["id"]}, "Sent by"),
        ({"customer": "cus_none"}, "Customer"),
        ({}, "Sent by"),
        ({"customer": "c", "occurred_at": "2031-01-01T00:00"}, "When"),
        ({"customer": "c", "order": ""}, "Order number"),
    ):
        answer = admin.send(path_of(program), **TYPED | typed)
        page = read(answer.body)
        assert answer.status == 422, typed
        assert page.field("Amount in USD") == "20.00"
        marked = {one.attributes["name"] for one in page.all("input") if "aria-invalid" in one.attributes}
        named = next(one.attributes["for"] for one in page.all("label") if one.text.startswith(label))
        assert marked == {named}, typed
    assert shop.rows("conversions") == []
    assert admin.get("/admin/programs/prg_none/sale").status == 404
