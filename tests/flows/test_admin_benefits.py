"""The list of benefits to give: what is due stands in it, and nothing else, whatever happened before."""

import pytest

from tests.faults.world import built_once
from tests.flows.money.test_proof import reconciled
from tests.reading import read

GIFTS = [
    {"on": "sale", "to": "referrer", "benefit": {"kind": "gift", "name": "Tea"}},
    {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}},
]


@pytest.fixture
@built_once
def gifts(shop):
    """A sale for which a partner is to be given tea, and their friend a coupon."""
    program = shop.program(rules=GIFTS)
    code = shop.link(program, shop.partner(program))["code"]
    sale = shop.sale(program, code=code).json
    shop.settle()
    return program, code, sale


def to_give(admin):
    """Return whom what is to be given, as listed."""
    section = read(admin.get("/admin/benefits").body)
    if "No benefits to give." in section.text:
        return []
    return sorted((one["Benefit"], one["To"], one["Due since"]) for one in section.table("Benefits to give"))


def test_benefits_to_give_are_listed_and_counted_on_the_overview_until_they_are_marked_as_given(shop, admin, gifts):
    _, _, sale = gifts
    tea = shop.reward(sale)
    path = f"/admin/rewards/{tea['id']}"

    assert to_give(admin) == [("5 off", "Grace", "Mar 10, 2026"), ("Tea", "Ada", "Mar 10, 2026")]
    assert read(admin.get("/admin").body).link("2 benefits to give") == "/admin/benefits"
    assert read(admin.get("/admin/benefits").body).link("Tea") == path
    assert "This cannot be undone." in read(admin.get(path).body).section("Mark as given").text
    answers = [admin.send(path, action="give", reference="parcel-7") for _ in range(2)]

    assert [one.status for one in answers] == [303, 303]
    assert to_give(admin) == [("5 off", "Grace", "Mar 10, 2026")]
    page = read(admin.get(path).body)
    assert (page.tile("State"), page.tile("Given"), page.tile("Reference")) == (
        "Fulfilled",
        "Mar 10, 2026",
        "parcel-7",
    )
    assert "Mark as given" not in page.buttons
    assert admin.send(path, action="give", reference="parcel-8").status == 409
    assert read(admin.get("/admin").body).link("1 benefit to give") == "/admin/benefits"


def test_what_is_taken_back_or_refused_is_not_to_be_given_and_what_comes_back_is_again(shop, admin, gifts):
    _, _, sale = gifts

    shop.refund(sale, 1999)
    shop.settle()
    assert to_give(admin) == []
    shop.restore(sale)
    shop.settle()
    assert [one[0] for one in to_give(admin)] == ["5 off", "Tea"]
    shop.post(f"/v1/rewards/{shop.reward(sale)['id']}/refuse", {"note": "own order"})

    assert [one[0] for one in to_give(admin)] == ["5 off"]


def test_a_benefit_that_is_held_is_to_be_given_once_its_hold_is_over_or_an_admin_released_it(shop, admin):
    program = shop.program(rules=GIFTS, hold_days=14)
    code = shop.link(program, shop.partner(program))["code"]
    sale = shop.sale(program, code=code).json
    shop.settle()
    reward = shop.reward(sale)["id"]
    assert to_give(admin) == []

    shop.post(f"/v1/rewards/{reward}/release", {"note": "now"})
    assert [one[0] for one in to_give(admin)] == ["Tea"]
    shop.wait(days=15)
    admin.send("/admin/sign-in", key=shop.key)
    shop.settle()

    assert to_give(admin) == [("5 off", "Grace", "Mar 25, 2026"), ("Tea", "Ada", "Mar 10, 2026")]
    [waiting] = [one for one in read(admin.get("/admin").body).table("To do") if "to give" in one["Task"]]
    assert waiting["Waiting since"] == "Mar 10, 2026"


def test_a_benefit_of_before_there_was_a_list_is_put_into_it_by_the_comparison(shop, admin, gifts):
    for row in shop.rows("rewards"):
        if row["row"] == {"S": "reward"}:
            shop.put_row("rewards", {name: value for name, value in row.items() if name != "waits"})
    assert to_give(admin) == []

    shop.wait(days=1)
    admin.send("/admin/sign-in", key=shop.key)

    listed, _ = reconciled(shop, "2026-03-10", repair=True)

    assert {(one["kind"], one["repaired"]) for one in listed} == {("missing_from_hold_queue", True)}
    assert len(to_give(admin)) == 2
    assert reconciled(shop, "2026-03-10")[0] == []
