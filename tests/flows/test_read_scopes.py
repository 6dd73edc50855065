"""Keys that read and change nothing."""

from typing import get_args

import pytest

from chalicelib.access.api_keys import Scope
from chalicelib.users.roles import Grant, Rights
from tests.faults.world import built_once

READS = {
    "partners": [
        "/v1/partners?program={program}",
        "/v1/partners/ext_ada",
        "/v1/partners/ext_ada/emails",
        "/v1/invitations?program={program}",
        "/v1/applications?program={program}",
    ],
    "links": ["/v1/links?partner=ext_ada", "/v1/links/{link}"],
    "conversions": ["/v1/conversions/{conversion}", "/v1/customers?program={program}", "/v1/customers/ext_carl"],
    "rewards": ["/v1/rewards?program={program}", "/v1/rewards/{reward}"],
    "payouts": ["/v1/payouts", "/v1/payouts/{payout}", "/v1/payouts/{payout}/items", "/v1/payout-settings"],
}
WRITES = {
    "partners": "/v1/partners/ext_ada/emails",
    "links": "/v1/links/{link}/disable",
    "conversions": "/v1/conversions/{conversion}/refunds",
    "rewards": "/v1/rewards/{reward}/hold",
    "payouts": "/v1/payouts/{payout}/prepare",
}


@pytest.fixture
@built_once
def ids(shop):
    """One of each thing there is to read."""
    program = shop.program()
    link = shop.link(program, shop.partner(program, external_id="ada"))
    sale = shop.sale(program, "order-1", "carl", code=link["code"]).json
    shop.settle()
    reward = shop.reward(sale)["id"]
    return {
        "program": program["id"],
        "link": link["id"],
        "conversion": sale["id"],
        "reward": reward,
        "payout": shop.pay_out()["id"],
    }


def key(shop, *scopes):
    return shop.post("/v1/keys", {"name": "books", "scopes": list(scopes)}).json["secret"]


@pytest.mark.parametrize("verb", ["read", "write"])
@pytest.mark.parametrize("family", READS)
def test_a_scope_reads_what_it_is_named_after_and_a_write_scope_includes_it(shop, ids, family, verb):
    reader = key(shop, f"{family}:{verb}")

    for path in READS[family]:
        assert shop.get(path.format(**ids), key=reader).status == 200, path


@pytest.mark.parametrize("family", WRITES)
def test_a_read_scope_changes_nothing_and_the_refusal_names_the_scope_that_would(shop, ids, family):
    answer = shop.post(WRITES[family].format(**ids), {}, key=key(shop, f"{family}:read"))

    assert (answer.status, answer.json["code"]) == (403, "forbidden")
    assert answer.json["detail"] == f"This needs the scope `{family}:write`; the key has {family}:read."


@pytest.mark.parametrize("family", READS)
def test_a_read_scope_reads_nothing_of_another_family(shop, ids, family):
    reader = key(shop, f"{family}:read")

    for other in READS.keys() - {family}:
        for path in READS[other]:
            assert shop.get(path.format(**ids), key=reader).status == 403, path


def test_a_key_for_numbers_reads_rewards_as_before_and_no_customers(shop, ids):
    reader = key(shop, "stats:read")

    assert [shop.get(path.format(**ids), key=reader).status for path in READS["rewards"]] == [200, 200]
    assert shop.get("/v1/customers/ext_carl", key=reader).status == 403
    assert shop.get("/v1/payouts", key=reader).status == 403


def test_a_payout_is_exported_by_none_but_who_settles_it(shop, ids):
    path = f"/v1/payouts/{ids['payout']}/export"

    assert shop.get(path, key=key(shop, "payouts:read")).status == 403
    assert shop.get(path, key=key(shop, "payouts:write")).status == 200


def test_a_key_may_have_every_scope_there_is(shop):
    scopes = get_args(Scope)

    assert shop.post("/v1/keys", {"name": "all", "scopes": list(scopes)}).status == 201


def test_a_role_reads_what_it_changes_and_a_viewer_changes_nothing():
    manager, payouts, viewer = (Rights((Grant(role),)) for role in ("manager", "payouts", "viewer"))

    assert all(manager.may(f"{family}:read") for family in ("partners", "links", "conversions", "rewards"))
    assert not manager.may("payouts:read")
    assert payouts.may("payouts:read")
    assert not payouts.may("partners:read")
    assert viewer.may("rewards:read")
    assert not any(viewer.may(f"{family}:write") for family in READS)
    assert not viewer.may("partners:read")
