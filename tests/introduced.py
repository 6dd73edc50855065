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


def decide_all(shop, program, partner):
    """Do once whatever the API decides about introductions, but for what a sale does."""
    open_for_introductions(program)
    draft = introduce(shop, program, partner, "joan@navy.example", draft=True).json
    first = introduce(shop, program, partner).json
    other = shop.partner(program, name="Bob", email="bob@other.example")
    second = introduce(shop, program, other).json
    answers = [
        do(shop, draft, "receive"),
        do(shop, draft, "withdraw"),
        do(shop, first, "ask", words="Which office?"),
        do(shop, first, "answer", words="Boston."),
        do(shop, first, "accept"),
        do(shop, first, "move", state="meeting"),
        do(shop, first, "extend"),
        do(shop, first, "lost", reason="no_budget"),
        do(shop, second, "decline", reason="no_fit"),
        shop.post("/v1/talks", {"program": program["id"], "email": "joan@navy.example"}),
        shop.post("/v1/introduced-people/find", {"email": "joan@navy.example"}),
        shop.post("/v1/introduced-people/erase", {"email": "joan@navy.example"}),
    ]
    assert {answer.status for answer in answers} == {200}
