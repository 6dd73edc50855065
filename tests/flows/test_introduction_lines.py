"""Who waits in a line moves up: with an audit entry of their own, and behind however many who cannot."""

from datetime import timedelta

import msgspec
import pytest

from bench.simulated import metered
from chalicelib.introductions import claims, line, steps
from chalicelib.introductions.find import find
from chalicelib.introductions.people import keys_of
from chalicelib.introductions.table import Introduction, lines_of
from chalicelib.kit import ids
from tests.flows.test_audit import entries, verified
from tests.flows.test_introductions import ada, bob, tea  # noqa: F401
from tests.introduced import do, introduce, open_for_introductions, see

pytestmark = pytest.mark.engine

PHONE = "+4930123456"


def trail(shop, introduction):
    """Return the entries of an introduction, without those about how it came to be."""
    listed = entries(shop, subject=introduction["id"])
    return [one for one in listed if one["action"] not in ("introduction.received", "introduction.offered")]


@pytest.mark.parametrize("ending", ["decline", "lapse", "erase"])
def test_one_that_moves_up_has_an_entry_by_whoever_made_the_first_one_end(shop, tea, ada, bob, ending):  # noqa: F811
    first, second = introduce(shop, tea, ada).json, introduce(shop, tea, bob).json
    if ending == "decline":
        do(shop, first, "decline", reason="no_fit")
    elif ending == "lapse":
        shop.wait(days=30)
        shop.run_schedule("check_introductions")
    else:
        assert shop.post(f"/v1/partners/{ada['id']}/erase", {}).status == 200
    shop.run_schedule("check_introductions")
    assert see(shop, second)["state"] == "received"
    *_, waited, moved = trail(shop, second)
    assert moved["action"] == "introduction.moved_up"
    assert (moved["before"], moved["part"]) == (waited["after"], bob["id"])
    assert moved["after"] not in (None, moved["before"])
    [ended] = [one for one in trail(shop, first) if one["part"] == ada["id"]]
    assert moved["actor"] == ended["actor"]
    assert moved["actor"]["kind"] == ("schedule" if ending == "lapse" else "key")
    assert moved["at"] == ended["at"]
    assert verified(shop) is None


def test_the_persons_word_leaves_an_entry_of_each_one_that_it_moves(shop, tea, ada, bob):  # noqa: F811
    first, second = introduce(shop, tea, ada).json, introduce(shop, tea, bob).json
    shop.wait(seconds=1)
    claims.claim(claims.make_token(first["id"]), second["id"], at=shop.at)
    [*_, claimed], [moved] = trail(shop, second), trail(shop, first)
    assert (claimed["action"], moved["action"]) == ("introduction.claimed", "introduction.second_in_line")
    assert claimed["actor"] == moved["actor"] == {"kind": "page", "id": "introduced person", "session": None}
    assert moved["before"] != moved["after"]
    assert verified(shop) is None


def write_behind(introduction, number, *, apart=False):
    """Write as many more that wait as one does, received after it, with addresses of their own if they are *apart*."""
    like = find(introduction["id"])
    rows = [steps.copy_of(like) for _ in range(number)]
    with Introduction.batch_write() as batch:
        for count, row in enumerate(rows, start=1):
            row.received_at += timedelta(milliseconds=count)
            row.id = ids.new_id("itr", row.received_at, test=False)
            if apart:
                row.person = msgspec.structs.replace(row.person, email=f"stranger-{count}@mail.example")
                row.keys = [forms[0] for forms in keys_of(row.person)]
            steps.settle(row)
            batch.save(row)
            for one in lines_of(row):
                batch.save(line.waiting_of(row, one, row.received_at))
    return rows


@pytest.mark.slow
def test_in_a_line_of_a_thousand_the_right_one_moves_up_behind_thirty_who_wait_for_another_too():
    with metered(units=False) as (shop, meter):
        tea = open_for_introductions(shop.program(external_id="tea"))
        one, two, three, four = (shop.partner(tea, email=f"{name}@mail.example") for name in range(4))
        by_phone = introduce(shop, tea, one, None, person={"phone": PHONE}).json
        introduce(shop, tea, two)
        held_up = introduce(shop, tea, three, person={"phone": PHONE}).json
        write_behind(held_up, 29)
        shop.wait(seconds=1)
        right = introduce(shop, tea, four, None, person={"phone": PHONE}).json
        behind = write_behind(right, 969)
        assert [row["state"] for row in (held_up, right)] == ["second_in_line"] * 2
        meter.clear()
        assert do(shop, by_phone, "decline", reason="no_fit").status == 200
        # No line is read further than to the one who moves up.
        assert sum(meter.counted.values()) <= 30, meter.counted
        assert see(shop, right)["state"] == "received"
        assert [find(one).state for one in (held_up["id"], behind[0].id)] == ["second_in_line"] * 2


def test_an_introduction_ends_though_thirty_strangers_wait_for_its_number_and_all_of_them_move_up(shop, tea, ada, bob):  # noqa: F811
    by_phone = introduce(shop, tea, ada, None, person={"phone": PHONE}).json
    stranger = introduce(shop, tea, bob, person={"phone": PHONE}).json
    others = [{"id": row.id} for row in write_behind(stranger, 29, apart=True)]
    assert do(shop, by_phone, "decline", reason="no_fit").status == 200
    states = [see(shop, one)["state"] for one in (stranger, *others)]
    assert states == ["received"] * 6 + ["second_in_line"] * 24
    shop.wait(days=5)
    shop.run_schedule("check_introductions")
    assert {see(shop, one)["state"] for one in (stranger, *others)} == {"received"}
