"""The pages of introductions cost few calls to the database, however many introductions there are."""

import pytest

from tests.faults.world import built_once, world
from tests.flows.test_introduction_portal import signed_in
from tests.forms import Browser
from tests.introduced import introduce, open_for_introductions

MANY = 24


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture
@built_once
def filled(shop):
    """Return a program with many introductions of a partner, and one of them with a long history."""
    tea = open_for_introductions(
        shop.program(name="Tea Shop", external_id="tea"), most_open=MANY + 1, most_a_day=MANY + 1
    )
    ada = shop.partner(tea, name="Ada Lovelace", email="ada@mail.example")
    rows = [introduce(shop, tea, ada, f"person-{number}@mail{number}.example").json for number in range(MANY)]
    for number in range(12):
        assert shop.post(f"/v1/introductions/{rows[0]['id']}/word", {"words": f"Word {number}."}).status == 200
    for row in rows[: MANY // 2]:
        assert shop.post(f"/v1/introductions/{row['id']}/accept", {}).status == 200
    return {"tea": tea, "ada": ada, "row": rows[0]["id"]}


@pytest.mark.engine
def test_every_page_of_introductions_takes_at_most_thirty_calls(shop, filled):
    admin, partner = Browser(shop), signed_in(shop, filled["ada"])
    assert admin.send("/admin/sign-in", key=shop.key).status == 303
    program, row = filled["tea"]["id"], filled["row"]
    pages = [
        *((admin, f"/admin/programs/{program}/introductions{query}") for query in ("", "?sort=due", "?state=received")),
        *((admin, path) for path in (f"/admin/introductions/{row}", "/admin")),
        *((partner, f"/portal/{path}") for path in ("introductions", f"introductions/{row}", "introduce")),
        (partner, "/portal/introduce-several"),
    ]
    for browser, path in pages:
        before = len(shop.line.calls)
        assert browser.get(path).status == 200
        assert len(shop.line.calls) - before <= 30, (path, len(shop.line.calls) - before)
