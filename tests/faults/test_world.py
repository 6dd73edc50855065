"""A shop is put back as it was built, and by no one's other doings."""

from tests.faults.world import built_once, world
from tests.forms import Browser


def test_what_is_built_once_is_put_back_also_on_what_another_built_and_anew_after_anything_else():
    built = []

    @built_once
    def program(shop):
        built.append("program")
        return shop.program()

    @built_once
    def browser(shop, program):
        built.append("partner")
        shop.partner(program)
        shop.wait(minutes=1)
        return Browser(shop)

    outcomes = []
    for _ in range(2):
        with world() as shop:
            tea = program(shop)
            guest = browser(shop, program=tea)
            assert guest.shop is shop
            assert [one["name"] for one in shop.get("/v1/partners").json["data"]] == ["Ada"]
            outcomes.append((tea, shop.at, shop.rows("partners"), shop.streams.run("partners_to_events")))
    assert outcomes[0] == outcomes[1]
    assert built == ["program", "partner"]

    with world() as shop:
        other = shop.program(name="Other")
        tea = program(shop)
        assert {one["id"] for one in shop.get("/v1/programs").json["data"]} == {other["id"], tea["id"]}
    with world() as shop:
        tea = program(shop)
        shop.wait(seconds=1)
        browser(shop, program=tea)
    assert built == ["program", "partner", "program", "partner"]
