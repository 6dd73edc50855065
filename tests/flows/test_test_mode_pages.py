"""The pages of a test program: each says that it is one, and one deletes it."""

import pytest

from tests.faults.world import built_once
from tests.flows.test_admin_new_program import FORM, fields_of

SAYS_SO = '<p class="test" role="note">'
RULES = [
    {"on": "sale", "to": "referrer", "rate_bp": 1500},
    {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}},
]


@pytest.fixture
@built_once
def trial(shop):
    """A test program in which something was sold, with what it brought."""
    program = shop.program(mode="test", rules=RULES, joining="open")
    ptr = shop.partner(program, external_id="ada", locale="de")
    link = shop.link(program, ptr)
    sale = shop.sale(program, click_id=shop.click_id(link)).json
    shop.settle()
    reward = shop.reward(sale)["id"]
    shop.post(f"/v1/rewards/{reward}/hold", {"note": "a look"})
    message = shop.get(f"/v1/messages?status=any&program={program['id']}").json["data"][0]
    share = ptr["enrollments"][0]["share_url"].removeprefix("https://go.example")
    return {
        "program": program["id"], "partner": ptr["id"], "link": link["id"], "conversion": sale["id"],
        "customer": sale["customer"], "reward": reward, "message": message["id"], "share": share,
    }  # fmt: skip


def test_every_page_of_a_test_says_so_and_no_other_does(shop, admin, trial):
    paths = [
        *(f"programs/{trial['program']}{one}" for one in ("", "/partners", "/joining", "/terms", "/settings", "/look")),
        *(f"programs/{trial['program']}/{one}" for one in ("emails", "endpoints", "sale", "end", "delete")),
        *(f"{one}s/{trial[one]}" for one in ("partner", "link", "conversion", "customer", "reward", "message")),
        *("partners/ext_ada", f"links/{trial['link']}/end", f"partners/{trial['partner']}/statement?currency=USD"),
        "programs?mode=test",
        *(
            f"{one}program={trial['program']}"
            for one in ("rewards?waits=review&", "benefits?", "conversions?", "partners?")
        ),
    ]
    pages = {path: admin.get(f"/admin/{path}") for path in paths}
    assert {path: page.status for path, page in pages.items() if page.status != 200} == {}
    assert [path for path, page in pages.items() if SAYS_SO not in page.body] == []

    live = shop.program(rules=RULES)
    ada = shop.partner(live)
    others = [
        *("", "/programs", "/rewards", "/benefits", "/adjustments", "/partners", "/messages", "/new-program"),
        *(f"/programs/{live['id']}", f"/programs/{live['id']}/partners", f"/partners/{ada['id']}"),
    ]
    assert [path for path in others if SAYS_SO in admin.get(f"/admin{path}").body] == []


def test_partners_and_their_friends_see_that_it_is_a_test(shop, trial):
    for path in (f"/join/{trial['program']}", f"/terms/{trial['program']}-1", trial["share"]):
        page = shop.client.http.get(path, headers={"Accept-Language": "de"})
        assert (page.status_code, SAYS_SO in page.body.decode()) == (200, True), path
        assert "Hier zählt nichts" in page.body.decode()

    live = shop.program(joining="open", rules=RULES)
    assert SAYS_SO not in shop.client.http.get(f"/join/{live['id']}").body.decode()


def test_a_test_program_is_created_by_the_form(shop, admin):
    form = fields_of(admin.get("/admin/new-program?mode=test").body, "Check the program")
    assert form["mode"] == "test"
    checked = admin.send("/admin/programs", action="check", **FORM | {"mode": "test"})
    assert SAYS_SO in checked.body

    admin.submit("/admin/programs", action="create", **fields_of(checked.body, "Create the program"))

    [program] = shop.get("/v1/programs?mode=test").json["data"]
    assert program["mode"] == "test"
    assert shop.get("/v1/programs").json["data"] == []
    assert admin.send("/admin/programs", action="check", **FORM | {"mode": "both"}).status == 422


def test_an_owner_deletes_a_test_program_after_reading_what_that_does(shop, admin, trial):
    path = f"/admin/programs/{trial['program']}/delete"
    assert path in admin.get(f"/admin/programs/{trial['program']}").body
    assert "This cannot be undone." in admin.get(path).body
    assert shop.get("/v1/programs?mode=test").json["data"] != []

    answers = [admin.send(path) for _ in range(2)]

    assert [one.status for one in answers] == [303, 303]
    done = admin.get(answers[0].headers["Location"].removeprefix("https://go.example"))
    assert "Deleted." in done.body
    assert shop.get("/v1/programs?mode=test").json["data"] == []
    assert "being deleted" in admin.get(path).body


def test_a_live_program_has_no_page_that_deletes_it(shop, admin):
    program = shop.program()

    path = f"/admin/programs/{program['id']}/delete"
    for answer in (admin.get(path), admin.send(path)):
        assert answer.status == 409
        assert "can be ended, not deleted" in answer.body
    assert "/delete" not in admin.get(f"/admin/programs/{program['id']}/settings").body
