"""What tests of introductions begin with: a program that takes them, and calls about them."""

from chalicelib.kit import memory
from chalicelib.programs.receiving import Receiving
from chalicelib.programs.table import Program


def open_for_introductions(program, **settings):
    """Have a program take introductions, without what a business has to set before."""
    row = Program.get(program["id"], "program")
    row.update(actions=[Program.receiving.set(Receiving(open=True, owner="owner@shop.example", **settings))])
    memory.forget_everything()
    return program


def introduce(shop, program, partner, email="grace@navy.example", *, person=None, **more):
    """Introduce somebody, and return the answer."""
    body = {
        "program": program["id"],
        "partner": partner["id"],
        "person": {"name": "Grace Hopper", "email": email, **(person or {})},
        "closeness": "colleague",
    }
    body["person"] = {name: value for name, value in body["person"].items() if value is not None}
    return shop.post("/v1/introductions", body | more)


def see(shop, introduction):
    return shop.get(f"/v1/introductions/{introduction['id']}").json


def do(shop, introduction, verb, **body):
    """Do something with an introduction, and return the answer."""
    return shop.post(f"/v1/introductions/{introduction['id']}/{verb}", body)


def code_of(answer):
    return answer.status, answer.json["type"].rpartition("#")[2]
