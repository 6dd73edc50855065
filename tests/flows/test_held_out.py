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


def happy(shop, program, *, until):
    """Have customers be happy, one after the other, until there are enough; return all, by name: who is held out."""
    people = {}
    while not until(people):
        name = f"c-{len(people)}"
        score(shop, program, customer=name, may_contact=True)
        [moment] = moments(shop, program, customer=f"ext_{name}")
        people[name] = moment["held_out"]
    return people


def some_of_both(people):
    return sum(people.values()) > 1 and sum(not one for one in people.values()) > 1


@pytest.mark.parametrize("by", ["page", "email", "both"])
def test_who_is_held_out_is_asked_by_no_way_and_noted_as_the_others_are(shop, by):
    program = asking(shop, shop.program(), HAPPY | {"by": by}, **HALF)
    people = happy(shop, program, until=some_of_both)
    held_out, others = sum(people.values()), sum(not one for one in people.values())
    answers = [ask(shop, program, f"ext_{name}") for name in people]

    if by == "page":
        assert sum(one["ask"] for one in answers) == others
        assert [one["because"] for one in answers if not one["ask"]] == ["held_out"] * held_out
    else:
        assert len(sent(shop)) == others
        assert not any(one["ask"] for one in answers)
    total = numbers(shop, program)
    assert (total["asked"], total["compared"], total["held_out"]) == (others, held_out, held_out)
    for one in moments(shop, program, limit=100):
        if one["held_out"]:
            assert (one["state"], one["because"]) == ("skipped", "held_out")
            assert shop.post(f"/v1/moments/{one['id']}/seen").status == 409


def test_a_friend_of_who_was_held_out_counts_for_the_comparison_alone(shop):
    program = asking(shop, shop.program(joining="open"), **HALF)
    people = happy(shop, program, until=lambda people: any(people.values()))
    name = list(people)[-1]
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
    next_year = shop.at + timedelta(days=2)
    stored = find(program["id"]).program

    def later(name):
        return is_held_out(stored, [customer_id(shop, name)], at=next_year)

    people = happy(
        shop, program, until=lambda those: any(later(name) for name, held_out in those.items() if not held_out)
    )
    shop.wait(days=2)
    before = {name for name, held_out in people.items() if held_out}
    now = {name for name in people if later(name)}

    answers = {name: ask(shop, program, f"ext_{name}") for name in people}

    assert {name for name, one in answers.items() if one["ask"]} == people.keys() - now - before
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
