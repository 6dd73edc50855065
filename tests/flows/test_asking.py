"""Customers are asked to tell a friend: once an event and rule, within limits, and never who is held out."""

import pytest

from tests.faults.world import world

RULES = [
    {"on": "sale", "to": "referrer", "rate_bp": 1000},
    {"on": "sale", "to": "referee", "flat": {"amount": 500, "currency": "USD"}},
]


def rule(name="happy", on="score", **changes):
    return {"name": name, "on": on, "active": True} | changes


HAPPY = rule(when={"metadata": {"score": ["9", "10"]}})


def settings(*rules, **changes):
    return {"rules": list(rules) or [HAPPY], "hold_out_bp": 0} | changes


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture
def tea(shop):
    """A program that asks whoever gives 9 or 10."""
    return asking(shop, shop.program(rules=RULES, hold_days=0))


def asking(shop, program, *rules, **changes):
    answer = shop.call("PUT", f"/v1/programs/{program['id']}/asking", settings(*rules, **changes))
    assert answer.status == 200, answer.body
    return program


def score(shop, program, value=10, customer="c-1", external_id=None, type_="score", **person):
    person = {"external_id": customer, "email": f"{customer}@mail.example", "name": "Ada", **person}
    answer = shop.post(
        "/v1/conversions",
        {
            "program": program["id"],
            "type": type_,
            "external_id": external_id or f"{type_}-{customer}-{value}",
            "customer": person,
            "metadata": {"score": str(value)},
        },
    )
    assert answer.status == 201, answer.body
    settle(shop)
    return answer.json


def settle(shop):
    assert shop.streams.run() == []


def ask(shop, program, customer="ext_c-1", **query):
    more = "".join(f"&{name}={value}" for name, value in query.items())
    answer = shop.get(f"/v1/customers/{customer}/ask?program={program['id']}{more}")
    assert answer.status == 200, answer.body
    return answer.json


def moments(shop, program, **query):
    more = "".join(f"&{name}={value}" for name, value in query.items())
    answer = shop.get(f"/v1/moments?program={program['id']}{more}")
    assert answer.status == 200, answer.body
    return answer.json["data"]


def test_a_happy_customer_is_asked_once_and_in_words(shop, tea):
    score(shop, tea, 10)

    first, second = ask(shop, tea), ask(shop, tea)

    assert first["ask"] is True
    assert first["rule"] == "happy"
    assert "Would a friend like" in first["words"]
    assert first["join_url"].startswith("https://go.example/ask/")
    assert second == first
    [moment] = moments(shop, tea)
    assert (moment["state"], moment["asked_by"]) == ("due", "page")


def test_an_unhappy_customer_is_not_asked(shop, tea):
    score(shop, tea, 10)
    score(shop, tea, 3)

    assert ask(shop, tea) | {"object": "ask"} == {
        "object": "ask",
        "ask": False,
        "because": "unhappy",
        **dict.fromkeys(("moment", "rule", "words", "join_url", "token", "until")),
    }
