"""What came of friends: read together, and right whoever notes it at the same moment."""

from collections import Counter
from datetime import timedelta

import pytest

from bench.simulated import MIDNIGHT, metered
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.ids import new_id
from chalicelib.moments.follow import _Brought, _note
from chalicelib.moments.table import MOMENT, Moment
from chalicelib.referrals.table import Referral

RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1000}]
FRIENDS, PARTNERS = 12, 3


@pytest.fixture
def moment(shop):
    """An asked moment of a program, with nothing noted yet."""
    program = shop.program()
    moment = Moment(
        new_id("mom", shop.at, test=False),
        MOMENT,
        program_id=program["id"],
        program_list=program["id"],
        customer_id="cus_1",
        rule="happy",
        event_id="evt_1",
        subject_id="cnv_1",
        by="page",
        state="brought",
        asked_at=shop.at,
        due_at=shop.at,
        good_until=shop.at,
        created_at=shop.at,
        expires=shop.at + timedelta(days=400),
    )
    assert not writes.commit(writes.insert(moment))
    return moment


def test_of_two_that_note_a_sale_at_once_the_one_that_knows_the_refund_is_right(shop, moment):
    brought = _Brought(Referral("cus_2", "referral#prg_1"), moment.id)
    amounts = iter([10_000, 6_000])

    def as_it_is_after_the_refund():
        return {"revenue": 6_000, "reward_cost": 600}

    def as_it_was_before():
        amount = next(amounts)
        if amount == 10_000:
            # Read before the refund; the other one notes the refund before this is written.
            _note(brought, "sale#cnv_2", as_it_is_after_the_refund, at=shop.at)
        return {"revenue": amount, "reward_cost": amount // 10}

    _note(brought, "sale#cnv_2", as_it_was_before, at=shop.at)

    after = rows.find(Moment, moment.id, MOMENT)
    assert (after.revenue, after.reward_cost) == (6_000, 600)
    assert next(amounts, None) is None


def test_a_batch_of_many_friends_of_some_partners_is_read_together():
    with metered(units=False) as (shop, meter):
        shop.at = MIDNIGHT
        program = shop.program(rules=RULES)
        asking = {"rules": [{"name": "happy", "on": "score", "active": True}], "hold_out_bp": 0}
        assert shop.post(f"/v1/programs/{program['id']}/asking", asking).status == 200
        names = [f"partner-{number}" for number in range(PARTNERS)]
        links = [
            shop.link(program, shop.partner(program, external_id=name, email=f"{name}@mail.example")) for name in names
        ]
        for number in range(FRIENDS):
            click_id = shop.click_id(links[number % PARTNERS])
            assert shop.sale(program, f"order-{number}", f"friend-{number}", 1000, click_id=click_id).status == 201
        others = {source.function for source in shop.streams.sources} - {"events_to_moments"}
        assert shop.streams.run(*others) == []
        meter.clear()

        assert shop.streams.run("events_to_moments") == []

        counted = Counter(call for call in meter.calls if call[0] in ("GetItem", "BatchGetItem", "Query"))
    print(f"\n{sum(counted.values())} reads: {dict(counted)}", end=" ")
    # Of each partner their address, of each customer what they did before; all else of all together.
    assert counted.pop(("Query", ("referrals",))) == PARTNERS
    assert counted.pop(("GetItem", ("moments",))) == FRIENDS
    assert sum(counted.values()) <= 10
