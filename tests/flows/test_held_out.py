"""Who is held out is asked by no way, stays so for a year, and is compared with those who are asked."""

import os
from datetime import timedelta

import pytest

from chalicelib.moments.arms import is_held_out
from chalicelib.programs.find import find
from tests.faults.line import Meanwhile
from tests.faults.sampling import EVERYTHING
from tests.faults.world import world
from tests.flows.test_asking import HAPPY, ask, asking, moments, numbers, score, settle
from tests.flows.test_asking_by_email import sent

HALF = {"hold_out_bp": 5000}


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


def happy(shop, program, number, **person):
    """Have some customers be happy; return which of them are held out."""
    for one in range(number):
        score(shop, program, customer=f"c-{one}", may_contact=True, **person)
    return {one["customer"] for one in moments(shop, program, limit=100) if one["held_out"]}


@pytest.mark.parametrize("by", ["page", "email", "both"])
def test_who_is_held_out_is_asked_by_no_way_and_noted_as_the_others_are(shop, by):
    program = asking(shop, shop.program(), HAPPY | {"by": by}, **HALF)
    held_out = happy(shop, program, 14)
    assert 1 < len(held_out) < 13
    answers = [ask(shop, program, f"ext_c-{one}") for one in range(14)]

    if by == "page":
        assert sum(one["ask"] for one in answers) == 14 - len(held_out)
        assert [one["because"] for one in answers if not one["ask"]] == ["held_out"] * len(held_out)
    else:
        assert len(sent(shop)) == 14 - len(held_out)
        assert not any(one["ask"] for one in answers)
    total = numbers(shop, program)
    assert (total["asked"], total["compared"], total["held_out"]) == (14 - len(held_out), len(held_out), len(held_out))
    for one in moments(shop, program, limit=100):
        if one["held_out"]:
            assert (one["state"], one["because"]) == ("skipped", "held_out")
            assert shop.post(f"/v1/moments/{one['id']}/seen").status == 409


def test_a_friend_of_who_was_held_out_counts_for_the_comparison_alone(shop):
    program = asking(shop, shop.program(joining="open"), **HALF)
    held_out = happy(shop, program, 12)
    name = next(f"c-{one}" for one in range(12) if customer_id(shop, f"c-{one}") in held_out)
    assert ask(shop, program, f"ext_{name}")["because"] == "held_out"
    partner = shop.partner(program, email=f"{name}@mail.example")
    link = shop.link(program, partner)
    for friend in ("friend-1", "friend-2"):
        shop.sale(program, f"order-{friend}", friend, 1000, click_id=shop.click_id(link))
        settle(shop)

    total = numbers(shop, program)
    assert (total["compared_brought"], total["brought"], total["friends"], total["revenue"]) == (1, 0, 0, 0)


def customer_id(shop, name):
    return shop.get(f"/v1/customers/ext_{name}").json["id"]


def test_a_share_holds_out_about_as_many_stays_for_a_year_and_grows_by_adding(shop):
    program = asking(shop, shop.program(), hold_out_bp=1000)
    stored = find(program["id"]).program
    people = [f"cus_{number:026}" for number in range(4000)]

    def held_out(at):
        return {one for one in people if is_held_out(stored, [one], at=at)}

    tenth = held_out(shop.at)
    assert 340 < len(tenth) < 460
    assert held_out(shop.at + timedelta(days=250)) == tenth
    assert held_out(shop.at + timedelta(days=365)) != tenth
    asking(shop, program, hold_out_bp=2000)
    shop.wait(minutes=1)
    stored = find(program["id"]).program
    assert tenth < held_out(shop.at)


def test_who_becomes_held_out_with_the_new_year_is_asked_no_longer(shop):
    program = asking(shop, shop.program(), HAPPY, **HALF)
    shop.at = shop.at.replace(month=12, day=31)
    held_out = happy(shop, program, 16)
    shop.wait(days=2)
    stored = find(program["id"]).program
    ids = {f"c-{one}": customer_id(shop, f"c-{one}") for one in range(16)}
    now = {name for name, one in ids.items() if is_held_out(stored, [one], at=shop.at)}
    before = {name for name, one in ids.items() if one in held_out}
    assert now - before

    answers = {name: ask(shop, program, f"ext_{name}") for name in ids}

    assert {name for name, one in answers.items() if one["ask"]} == ids.keys() - now - before
    # They are compared with nobody: they were to be asked last year.
    assert numbers(shop, program)["compared"] == len(before)


@pytest.mark.sweep
@pytest.mark.parametrize("other", ["page", "email"])
def test_of_a_page_and_another_ask_at_the_same_moment_one_asks(shop, other):
    """Between any two calls of a page's ask, another page asks, or an email is sent."""
    number, hit, step = 0, True, 1 if os.environ.get(EVERYTHING) else 5
    while hit:
        program = asking(
            shop,
            shop.program(),
            HAPPY,
            {"name": "written", "on": "score", "active": True, "by": "email", "wait_hours": 1},
        )
        customer = f"p-{number}"
        score(shop, program, customer=customer, may_contact=True)
        shop.wait(hours=1)

        def meanwhile(program=program, customer=customer):
            if other == "page":
                ask(shop, program, f"ext_{customer}")
            else:
                shop.run_schedule("send_scheduled")
                settle(shop)

        fault = Meanwhile(len(shop.line.calls) + number, meanwhile)
        shop.line.fault = fault
        ask(shop, program, f"ext_{customer}")
        hit, number = fault.hit, number + step
        if not hit:
            meanwhile()
        asks = [one for one in moments(shop, program) if one["asked_at"] is not None]
        assert len(asks) == 1
        assert numbers(shop, program)["asked"] == 1
    assert number > 8
