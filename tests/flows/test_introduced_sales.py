"""A sale wins the introduction that brought its customer, in one transaction; whatever becomes of it, both agree."""

from datetime import timedelta

import pytest

from chalicelib.kit import instants
from tests.flows.test_introductions import do, introduce, open_for_introductions, see

EMAIL = "grace@navy.example"
RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1000}]


@pytest.fixture
def tea(shop):
    program = open_for_introductions(shop.program(external_id="tea", rules=RULES))
    program["ada"], program["bob"] = shop.partner(program, external_id="ada"), shop.partner(program, external_id="bob")
    return program


@pytest.fixture
def accepted(shop, tea):
    introduction = introduce(shop, tea, tea["ada"]).json
    assert do(shop, introduction, "accept").status == 200
    shop.wait(days=1)
    return introduction


def sale_of(shop, tea, amount=5000, *, email=None, **more):
    """Report a sale of Grace's, as the website knows her."""
    customer = {"external_id": "grace"} | ({"email": email} if email else {})
    body = {"program": tea["id"], "type": "sale", "external_id": "order-1", "customer": customer}
    return shop.post("/v1/conversions", body | {"amount": {"amount": amount, "currency": "USD"}} | more)


def named(introduction, **more):
    return {"touches": [{"introduction": introduction["id"]}, *more.get("others", [])]}


def refund(shop, sale, amount=5000, name="r"):
    body = {"refund_id": name, "amount": {"amount": amount, "currency": "USD"}}
    return shop.post(f"/v1/conversions/{sale['id']}/refunds", body)


def state_of(shop, introduction):
    now = see(shop, introduction)
    return now["state"], now["reason"]


def test_a_sale_that_names_an_introduction_wins_it_and_pays_its_partner(shop, tea, accepted):
    sale = sale_of(shop, tea, **named(accepted))

    assert sale.status == 201, sale.body
    assert (sale.json["partner"], sale.json["attribution"]) == (tea["ada"]["id"], "last_touch")
    assert (sale.json["introduction"], sale.json["number"]) == (accepted["id"], 1)
    [touch] = sale.json["touches"]
    assert (touch["by"], touch["touch"], touch["result"]) == ("introduction", accepted["id"], "won")
    assert touch["ordered_at"] == touch["received_at"] == accepted["received_at"]
    now = see(shop, accepted)
    assert (now["state"], now["customer"], now["conversion"]) == ("won", sale.json["customer"], sale.json["id"])
    shop.settle()
    assert shop.balance(tea["ada"])["due"] == 500


def test_a_sale_by_the_address_of_who_was_introduced_wins_without_naming_it(shop, tea, accepted):
    sale = sale_of(shop, tea, email="Grace+shop@Navy.example").json

    assert (sale["partner"], sale["introduction"]) == (tea["ada"]["id"], accepted["id"])
    assert state_of(shop, accepted) == ("won", None)


def test_nobody_is_bound_by_the_address_of_somebody_else(shop, tea, accepted):
    sale = sale_of(shop, tea, email="alan@navy.example").json

    assert (sale["partner"], sale["attribution"], sale["touches"]) == (None, "no_touch", [])
    assert state_of(shop, accepted) == ("accepted", None)
