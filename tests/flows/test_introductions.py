"""A partner introduces somebody: the first is first, everybody hears what becomes of it, and nothing is kept too long."""

import pytest

from chalicelib.kit import memory
from chalicelib.programs.receiving import Receiving
from chalicelib.programs.table import Program


@pytest.fixture
def tea(shop):
    return open_for_introductions(shop.program(external_id="tea"))


def open_for_introductions(program, **settings):
    row = Program.get(program["id"], "program")
    row.update(actions=[Program.receiving.set(Receiving(open=True, owner="owner@shop.example", **settings))])
    memory.forget_everything()
    return program


def introduce(shop, program, partner, email="grace@navy.example", **more):
    body = {
        "program": program["id"],
        "partner": partner["id"],
        "person": {"name": "Grace Hopper", "email": email},
        "closeness": "colleague",
    }
    return shop.post("/v1/introductions", body | more)


def see(shop, introduction):
    return shop.get(f"/v1/introductions/{introduction['id']}").json


def do(shop, introduction, verb, **body):
    return shop.post(f"/v1/introductions/{introduction['id']}/{verb}", body)


def test_the_first_received_is_first_and_the_second_is_second(shop, tea):
    ada, bob = shop.partner(tea, external_id="ada"), shop.partner(tea, external_id="bob")
    first = introduce(shop, tea, ada).json
    assert (first["state"], first["place_in_line"]) == ("received", 1)
    second = introduce(shop, tea, bob, "Grace+tea@Navy.example").json
    assert (second["state"], second["place_in_line"]) == ("second_in_line", 2)
    assert (second["first_since"], second["first_until"]) == (first["received_at"], first["protected_until"])
    assert "ada" not in str(second) and first["id"] not in str(second)
    declined = do(shop, first, "decline", reason="no_fit").json
    assert declined["state"] == "declined"
    moved = see(shop, second)
    assert (moved["state"], moved["reason"], moved["place_in_line"]) == ("received", "moved_up", 1)
    assert do(shop, second, "accept").json["state"] == "accepted"
