"""How many calls of the database a join form takes: as many, whoever has the address that is entered."""

import pytest

from bench.simulated import metered
from tests.flows.test_joining import ENGLISH, join, send

PARTNER, TWICE, UNKNOWN, OTHER = (f"{name}@mail.example" for name in ("ada", "bea", "eve", "joe"))


@pytest.fixture(scope="module")
def market():
    with metered() as (shop, meter):
        yield shop, meter


def calls_of(market, program, email):
    """Return how many calls a form takes that is sent with an address, in a function that has just started."""
    from chalicelib.kit import memory

    shop, meter = market
    path = f"/join/{program['id']}"
    page = shop.get(path, headers=ENGLISH)
    memory.forget_everything()
    meter.clear()
    answer = send(shop, path, page, email=email)
    assert answer.status == (303 if program["joining"] == "open" else 200), answer.body
    return sum(meter.counted.values())


def test_a_form_takes_the_same_calls_whether_its_address_is_known_or_not(market):
    shop, _ = market
    program, other = shop.program(joining="open"), shop.program(joining="open")
    shop.partner(program, email=PARTNER)
    shop.partner(other, name="Joe", email=OTHER)
    for external_id in ("bea-1", "bea-2"):
        shop.partner(program, name="Bea", email=TWICE, external_id=external_id)

    first = {email: calls_of(market, program, email) for email in (PARTNER, TWICE, UNKNOWN, OTHER)}
    again = {email: calls_of(market, program, email) for email in (PARTNER, TWICE, UNKNOWN, OTHER)}
    shop.wait(days=1)
    next_day = {email: calls_of(market, program, email) for email in (PARTNER, "who@mail.example")}

    assert len({*first.values(), *again.values(), *next_day.values()}) == 1


def test_an_application_takes_the_same_calls_whether_its_address_is_known_or_not(market):
    shop, _ = market
    program = shop.program(joining="approval")
    shop.partner(program, email=PARTNER)
    join(shop, program, email=TWICE)
    shop.wait(minutes=1)

    first = {email: calls_of(market, program, email) for email in (PARTNER, TWICE, UNKNOWN)}
    again = {email: calls_of(market, program, email) for email in (PARTNER, TWICE, UNKNOWN)}

    assert len({*first.values(), *again.values()}) == 1
