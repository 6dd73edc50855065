"""The pages of action items, of partners who need attention, and of targets: by hand, in few calls."""

import re

import pytest

from tests.faults.world import world
from tests.flows.test_action_items import RULES, check, items, used
from tests.flows.test_people import sent, somebody  # noqa: F401
from tests.forms import Browser
from tests.reading import read

TIERS = [{"name": "silver", "minimum_sales": 5}]


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture
def tea(shop):
    return shop.program(rules=RULES, tiers=TIERS, hold_days=0)


@pytest.fixture
def admin(shop):
    """Whoever signs in when the time has passed: a session does not last for weeks."""
    browser = Browser(shop)

    def signed_in():
        assert browser.send("/admin/sign-in", key=shop.key).status == 303
        return browser

    return signed_in


def notice_of(browser, answer):
    """Return the notice of the page that a form leads to."""
    assert answer.status == 303, answer.body
    page = read(browser.get(answer.headers["Location"]).body)
    return [one.text for one in page if one.attributes.get("role") == "status"]


def test_the_first_page_says_which_three_partners_to_call_and_why(shop, tea, admin):
    several = [shop.partner(tea, name=name, email=f"{name}@mail.example") for name in ("Ada", "Bea", "Cleo", "Dora")]
    for number, partner in enumerate(several[1:3]):
        link = used(shop, tea, partner)
        for order in range(number + 1):
            shop.sale(tea, f"{link['code']}-{order}", f"{link['code']}-{order}", code=link["code"])
    check(shop, days=31)
    browser = admin()

    page = read(browser.get("/admin").body)
    first = [one.text for one in page.all("li") if "Bea" in one.text or "Cleo" in one.text or "Dora" in one.text]
    shop.post(f"/v1/action-items/{items(shop, rule='quiet_since')[0]['id']}/done", {})
    shop.post(f"/v1/action-items/{items(shop, rule='quiet_since')[0]['id']}/done", {})
    later = read(browser.get("/admin").body)

    # Who brought most comes first of those who have gone quiet; then who was never there.
    assert [one.partition(":")[0].strip() for one in first[:2]] == ["Cleo", "Bea"]
    assert "Gone quiet" in first[0]
    assert "No click and no conversion since Mar 10, 2026." in first[0]
    assert page.link("4 action items to do") == "/admin/actions"
    called = re.findall(r"(Ada|Bea|Cleo|Dora): No one came yet", re.sub(r"\s+", " ", later.text))
    assert sorted(called) == ["Ada", "Dora"]


def test_an_item_is_assigned_and_closed_on_its_page_and_a_reload_repeats_nothing(shop, tea, admin):
    ada = shop.partner(tea)
    check(shop, days=20)
    owner = shop.post("/v1/users", {"email": "eve@tea.example", "name": "Eve", "roles": [{"role": "viewer"}]}).json
    [item] = items(shop, partner=ada["id"])
    browser, path = admin(), f"/admin/actions/{item['id']}"

    page = read(browser.get("/admin/actions").body)
    assigned = notice_of(
        browser, browser.send(path, action="assign", owner=owner["id"], due_on="2026-04-02", etag='"0"')
    )
    stale = browser.send(path, action="assign", owner="", due_on="2026-05-01", etag='"0"')
    nothing = browser.send(path, action="dismiss", reason="", note="typed")
    dismissed = [notice_of(browser, browser.send(path, action="dismiss", reason="cannot_reach", note="Wrote twice"))]
    dismissed.append(
        notice_of(browser, browser.send(path, action="dismiss", reason="cannot_reach", note="Wrote twice"))
    )
    late = browser.send(path, action="done")

    [row] = page.table("Action items")
    assert row["Why"] == "Since Mar 10, 2026 they have no link, and no one has come."
    assert (row["About"], row["Due"], row["Owner"]) == ("Ada", "Apr 13, 2026", "–")
    assert (assigned, stale.status, nothing.status) == (["Saved."], 422, 422)
    assert "Someone else changed this item" in stale.body
    assert 'value="typed"' in nothing.body
    assert dismissed == [["Dismissed."]] * 2
    assert late.status == 422
    [closed] = items(shop, partner=ada["id"], state="dismissed")
    assert (closed["owner"], closed["due_on"], closed["reason"]) == (owner["id"], "2026-04-02", "cannot_reach")
    assert closed["note"]["words"] == "Wrote twice"
    entries = shop.get(f"/v1/audit?subject={item['id']}").json["data"]
    assert [one["action"].partition(".")[2] for one in entries] == ["dismissed", "assigned", "opened"]


@pytest.mark.parametrize("removed", [False, True])
def test_only_the_day_is_saved_and_the_owner_stays_who_is_removed_or_not_among_the_people_first_read(
    shop, tea, admin, monkeypatch, removed
):
    from chalicelib.admin.actions import action_list

    ada = shop.partner(tea)
    check(shop, days=20)
    eve = shop.post("/v1/users", {"email": "eve@tea.example", "name": "Eve", "roles": [{"role": "viewer"}]}).json["id"]
    shop.wait(seconds=1)
    shop.post("/v1/users", {"email": "bob@tea.example", "name": "Bob", "roles": [{"role": "viewer"}]})
    [item] = items(shop, partner=ada["id"])
    assert shop.post(f"/v1/action-items/{item['id']}/assign", {"owner": eve}).status == 200
    if removed:
        assert shop.call("DELETE", f"/v1/users/{eve}").status == 200
    monkeypatch.setattr(action_list, "_MOST_PEOPLE", 1)
    browser, path = admin(), f"/admin/actions/{item['id']}"

    name = "Eve (removed)" if removed else "Eve"
    # As a browser sends the form: with what is selected.
    [owner] = re.findall(rf'<option value="([^"]*)" selected>{re.escape(name)}<', browser.get(path).body)
    [etag] = re.findall(r'name="etag" value="&#34;([^"]*)&#34;"', browser.get(path).body)
    saved = notice_of(browser, browser.send(path, action="assign", owner=owner, due_on="2026-05-02", etag=f'"{etag}"'))
    listed = browser.get(f"/admin/actions?owner={eve}").body

    assert (owner, saved) == (eve, ["Saved."])
    [after] = items(shop, partner=ada["id"])
    assert (after["owner"], after["due_on"]) == (eve, "2026-05-02")
    [row] = read(listed).table("Action items")
    assert row["Owner"] == name
    assert f'<option value="{eve}" selected>{name}</option>' in listed


def test_the_days_of_pages_are_those_of_the_program(shop, admin):
    far = shop.program(rules=RULES, timezone="Pacific/Auckland")
    ada = shop.partner(far)
    check(shop, days=14)
    [item] = items(shop, partner=ada["id"])
    browser = admin()

    [row] = read(browser.get(f"/admin/programs/{far['id']}/check-ins").body).table("Partners who need attention")
    page = read(browser.get(f"/admin/actions/{item['id']}").body)

    # It was noon of the tenth, and of the 24th, by UTC.
    assert (row["Since"], row["Joined"]) == ("Mar 11, 2026", "Mar 11, 2026")
    assert "Created Mar 25, 2026" in " ".join(page.text.split())


def test_several_items_are_done_at_once_after_a_page_has_said_what_happens(shop, tea, admin):
    several = [shop.partner(tea, name=f"P{n}", email=f"p{n}@mail.example") for n in range(4)]
    check(shop, days=20)
    chosen = [items(shop, partner=one["id"])[0]["id"] for one in several[:3]]
    shop.post(f"/v1/action-items/{chosen[2]}/done", {})
    browser = admin()
    picks = {f"pick_{number}": one for number, one in enumerate(chosen)}

    question = browser.send("/admin/actions/selected", action="done", **picks)
    [once] = re.findall(r'name="once" value="([^"]+)"', question.body)
    form = {"action": "done", "step": "do", "once": once, "pick_0": chosen[0], "pick_1": chosen[1]}
    without = browser.send("/admin/actions/selected", **form)
    answers = [browser.send("/admin/actions/selected", **form, note="Wrote to both") for _ in range(2)]
    results = read(browser.get(answers[0].headers["Location"]).body)

    assert "Mark as done: 2 action items" in question.body
    assert "Stays as it is: Done." in question.body
    assert without.status == 422
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert results.text.count("P0: No one came yet") == 1
    assert len(items(shop, program=tea["id"], state="done")) == 3
    assert len(items(shop, program=tea["id"])) == 1


def test_a_list_of_action_items_is_filtered_and_saved(shop, tea, admin):
    ada = shop.partner(tea)
    shop.partner(tea, name="Bob", email="bob@mail.example")
    check(shop, days=20)
    browser = admin()

    page = read(browser.get(f"/admin/actions?partner={ada['id']}&rule=nobody_came_yet").body)
    none = browser.get("/admin/actions?rule=quiet_since")
    wrong = browser.get("/admin/actions?partner=ptr_nobody")
    long = browser.get(f"/admin/actions?owner=usr_{'x' * 3000}")
    saved = browser.get("/admin/actions/export").body

    assert [row["About"] for row in page.table("Action items")] == ["Ada"]
    assert "Nothing matches." in none.body
    assert (wrong.status, long.status) == (422, 422)
    assert saved.count("No one came yet") == 2
    assert "they have no link, and no one has come." in saved


def test_a_partners_page_says_what_is_to_do_about_them(shop, tea, admin):
    ada = shop.partner(tea)
    check(shop, days=20)

    page = read(admin().get(f"/admin/partners/{ada['id']}").body)

    [item] = items(shop, partner=ada["id"])
    assert page.link("No one came yet") == f"/admin/actions/{item['id']}"
    assert "Due Apr 13, 2026" in page.text


def test_a_target_is_set_replaced_and_ended_by_hand(shop, tea, admin):
    browser, path = admin(), f"/admin/programs/{tea['id']}/targets"
    form = {"for": "program", "metric": "net_revenue", "period": "month", "value": "3100.50", "once": "form-1"}

    wrong = browser.send(path, **form | {"value": "much"})
    nobody = browser.send(path, **form | {"for": "partner", "partner": "ptr_nobody"})
    done = [notice_of(browser, browser.send(path, **form)) for _ in range(2)]
    overlap = browser.send(path, **form | {"once": "form-2"})
    shop.wait(seconds=1)
    [target] = shop.get(f"/v1/programs/{tea['id']}/targets").json["data"]
    page = read(browser.get(path).body)
    of_target = f"/admin/targets/{target['id']}"
    bad = browser.send(of_target, action="replace", value="0", etag='"0"', once="form-3")
    replaced = notice_of(browser, browser.send(of_target, action="replace", value="4000", etag='"0"', once="form-3"))
    new = shop.get(f"/v1/programs/{tea['id']}/targets").json["data"][0]
    ended = notice_of(browser, browser.send(f"/admin/targets/{new['id']}", action="end", etag='"0"'))

    assert (wrong.status, nobody.status, overlap.status, bad.status) == (422, 422, 422, 422)
    assert "such as 2500.00" in wrong.body
    assert 'value="much"' in wrong.body
    assert done == [["The target is set."]] * 2
    assert target["value"] == 310_050
    [row] = page.table("Targets")
    assert (row["For"], row["Target"], row["Status"]) == ("The whole program", "$3,100.50", "Behind")
    assert replaced == ["The target is replaced."]
    assert (new["value"], ended) == (400_000, ["The target is ended."])
    assert "No targets yet." in browser.get(path).body


@pytest.mark.slow
def test_partners_who_need_attention_are_listed_with_what_is_to_do_and_saved(shop, tea, admin):
    several = []
    for number in range(60):
        several.append(shop.partner(tea, name=f"P{number:02}", email=f"p{number}@mail.example"))
        shop.wait(seconds=1)
    link = used(shop, tea, several[0])
    shop.lead(tea, code=link["code"])
    check(shop, days=31)
    shop.partner(tea, name="New", email="new@mail.example")
    browser, path = admin(), f"/admin/programs/{tea['id']}/check-ins"

    first = read(browser.get(path).body)
    second = read(browser.get(first.link("Older")).body)
    quiet = read(browser.get(f"{path}?why=quiet").body)
    saved = browser.get(f"{path}/export?why=quiet").body

    names = [row["Partner"] for page in (first, second) for row in page.table("Partners who need attention")]
    assert names == [f"P{n:02}" for n in reversed(range(60))]
    assert second.link("Newer")
    [row] = quiet.table("Partners who need attention")
    assert (row["Partner"], row["Why"], row["Since"], row["To do"]) == ("P00", "Quiet", "Mar 10, 2026", "Gone quiet")
    assert saved.count("P00") == 1
    assert "Gone quiet" in saved
    assert "No one came yet (59)" in first.text


def test_a_viewer_of_one_program_sees_its_items_alone_and_changes_none(shop, tea, sent):  # noqa: F811
    coffee = shop.program(name="Coffee", rules=RULES)
    shop.partner(tea)
    shop.partner(coffee, name="Bob", email="bob@mail.example")
    check(shop, days=20)
    browser = somebody(shop, sent, "eve@tea.example", {"role": "viewer", "program": coffee["id"]})

    page = read(browser.get("/admin/actions").body)
    [own], [other] = items(shop, program=coffee["id"]), items(shop, program=tea["id"])

    assert [row["About"] for row in page.table("Action items")] == ["Bob"]
    assert browser.get(f"/admin/actions/{own['id']}").status == 200
    assert browser.get(f"/admin/actions/{other['id']}").status == 403
    assert browser.send(f"/admin/actions/{own['id']}", action="done").status == 403
    assert browser.get(f"/admin/programs/{tea['id']}/targets").status == 403
