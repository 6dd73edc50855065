"""Action items: each rule opens one when it holds, and resolves it when it no longer does; once, whatever happens."""

import contextlib

import pytest

from chalicelib.kit import memory
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault
from tests.faults.world import world
from tests.flows.test_emails import bounce, tell

RULES = [
    {"on": "sale", "to": "referrer", "rate_bp": 1000},
    {"on": "lead", "to": "referrer", "flat": {"amount": 100, "currency": "USD"}},
]
TIERS = [{"name": "silver", "minimum_sales": 5}]


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture
def tea(shop):
    return shop.program(rules=RULES, tiers=TIERS, hold_days=0)


def check(shop, **later):
    """Let time pass, count, and run the daily walk."""
    shop.settle()
    shop.wait(**(later or {"days": 1}))
    shop.settle()
    shop.run_schedule("check_partners")


def items(shop, **query):
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    answer = shop.get(f"/v1/action-items?{parameters}")
    assert answer.status == 200, answer.body
    return answer.json["data"]


def rules_of(shop, partner, **query):
    return sorted(one["rule"] for one in items(shop, partner=partner["id"], **query))


def used(shop, program, partner, clicks=1, **link):
    """Return a link of a partner that people came by."""
    made = shop.link(program, partner, **link)
    for _ in range(clicks):
        shop.click(made)
    return made


def bought(shop, program, link, first, last, amount=1000):
    """Have some new friends buy once each."""
    return [
        shop.sale(program, f"order-{link['code']}-{number}", f"c-{link['code']}-{number}", amount, code=link["code"])
        for number in range(first, last)
    ]


def test_nobody_came_yet_until_somebody_does(shop, tea):
    ada = shop.partner(tea)
    link = shop.link(tea, ada)

    check(shop, days=13)
    early = rules_of(shop, ada)
    check(shop, days=1)
    [item] = items(shop, partner=ada["id"])
    shop.click(link)
    check(shop)

    assert early == []
    assert (item["rule"], item["figures"]) == ("nobody_came_yet", {"since": "2026-03-10", "links": 1})
    assert (item["state"], item["owner"], item["due_on"]) == ("open", None, "2026-04-07")
    assert items(shop, partner=ada["id"]) == []
    [resolved] = items(shop, partner=ada["id"], state="resolved")
    assert (resolved["id"], resolved["closed_by"]) == (item["id"], "check_partners")


def test_clicks_without_signups_until_someone_signs_up(shop, tea):
    ada = shop.partner(tea)
    link = used(shop, tea, ada, clicks=50)

    check(shop)
    [item] = items(shop, partner=ada["id"])
    shop.lead(tea, code=link["code"])
    check(shop)

    assert (item["rule"], item["figures"]) == ("clicks_without_signups", {"clicks": 50, "days": 90})
    assert rules_of(shop, ada) == []


def test_signups_without_sales_until_someone_buys(shop, tea):
    ada = shop.partner(tea)
    link = used(shop, tea, ada)
    for number in range(5):
        shop.lead(tea, f"signup-{number}", f"c-{number}", code=link["code"])

    check(shop, days=29)
    early = rules_of(shop, ada)
    check(shop, days=1)
    late = {one["rule"]: one["figures"] for one in items(shop, partner=ada["id"])}
    shop.sale(tea, customer="c-0", code=link["code"])
    check(shop)

    assert "signups_without_sales" not in early
    assert late["signups_without_sales"] == {"leads": 5, "since": "2026-03-10"}
    assert "signups_without_sales" not in rules_of(shop, ada)


def test_a_program_that_rewards_no_sales_misses_none(shop):
    signups = shop.program(rules=RULES[1:])
    ada = shop.partner(signups)
    link = used(shop, signups, ada)
    for number in range(5):
        shop.lead(signups, f"signup-{number}", f"c-{number}", code=link["code"])

    check(shop, days=31)

    assert "signups_without_sales" not in rules_of(shop, ada)


def test_friends_do_not_return_until_one_does(shop, tea):
    ada = shop.partner(tea)
    link = used(shop, tea, ada)
    bought(shop, tea, link, 0, 5)

    check(shop, days=59)
    early = rules_of(shop, ada)
    check(shop, days=1)
    late = {one["rule"]: one["figures"] for one in items(shop, partner=ada["id"])}
    shop.sale(tea, "again", f"c-{link['code']}-0")
    check(shop)

    assert "friends_do_not_return" not in early
    assert late["friends_do_not_return"] == {"customers": 5, "since": "2026-03-10"}
    assert "friends_do_not_return" not in rules_of(shop, ada)


def test_refunds_high_until_enough_is_kept(shop, tea):
    ada = shop.partner(tea)
    link = used(shop, tea, ada)
    sales = bought(shop, tea, link, 0, 5)
    shop.refund(sales[0].json, 1000)

    check(shop)
    figures = {one["rule"]: one["figures"] for one in items(shop, partner=ada["id"])}
    bought(shop, tea, link, 5, 6)
    check(shop)

    assert figures["refunds_high"] == {"refunded": 1000, "revenue": 5000, "sales": 5, "days": 90}
    assert "refunds_high" not in rules_of(shop, ada)


def test_quiet_since_until_something_comes(shop, tea):
    ada = shop.partner(tea)
    link = used(shop, tea, ada)
    shop.lead(tea, code=link["code"])

    check(shop, days=29)
    early = rules_of(shop, ada)
    check(shop, days=1)
    [item] = items(shop, partner=ada["id"])
    shop.click(link)
    check(shop)

    assert early == []
    assert (item["rule"], item["figures"]) == ("quiet_since", {"since": "2026-03-10"})
    assert rules_of(shop, ada) == []


def test_links_unused_until_they_are_used_or_ended(shop, tea):
    ada = shop.partner(tea)
    used(shop, tea, ada, channel="blog")
    others = [shop.link(tea, ada, channel=one) for one in ("talk", "card")]

    check(shop, days=29)
    early = rules_of(shop, ada)
    check(shop, days=1)
    [item] = items(shop, partner=ada["id"])
    shop.click(others[0])
    check(shop)
    [fewer] = items(shop, partner=ada["id"])
    shop.post(f"/v1/links/{others[1]['id']}/disable")
    check(shop)

    assert early == []
    assert (item["rule"], item["figures"]) == ("links_unused", {"links": 2, "since": "2026-03-10"})
    assert (fewer["id"], fewer["figures"]["links"]) == (item["id"], 1)
    assert rules_of(shop, ada) == []


def test_reward_held_long_until_it_is_decided(shop, tea):
    ada = shop.partner(tea)
    sale = shop.sale(tea, code=used(shop, tea, ada)["code"]).json
    shop.settle()
    reward = shop.reward(sale)["id"]
    assert shop.post(f"/v1/rewards/{reward}/hold", {"note": "Looks odd"}).status == 200

    check(shop, days=6)
    early = rules_of(shop, ada)
    check(shop, days=1)
    [item] = items(shop, partner=ada["id"])
    shop.post(f"/v1/rewards/{reward}/release", {"note": "Fine"})
    check(shop)

    assert early == []
    assert (item["rule"], item["figures"]) == ("reward_held_long", {"rewards": 1, "since": "2026-03-10"})
    assert rules_of(shop, ada) == []


def test_rewards_that_wait_too_long_are_told_from_younger_ones_whatever_the_order_they_wait_in(shop, tea, monkeypatch):
    from chalicelib.onboarding import partner_facts

    monkeypatch.setattr(partner_facts, "_PAGE", 1)
    old, young = [], []
    for several, days in ((old, 4), (young, 0)):
        for number in range(4):
            name = f"{days}-{number}"
            several.append(shop.partner(tea, name=name, email=f"{name}@mail.example"))
            sale = shop.sale(tea, name, name, code=used(shop, tea, several[-1])["code"]).json
            shop.settle()
            assert shop.post(f"/v1/rewards/{shop.reward(sale)['id']}/hold", {"note": "Looks odd"}).status == 200
        shop.wait(days=days)

    check(shop, days=4)

    assert {one["partner"] for one in items(shop, rule="reward_held_long")} == {one["id"] for one in old}


def test_a_reward_that_an_admin_holds_later_waits_since_then_and_not_since_it_was_given(shop, tea):
    ada = shop.partner(tea)
    link = used(shop, tea, ada)
    sales = [shop.sale(tea, name, name, code=link["code"]).json for name in ("first", "second")]
    shop.settle()
    for sale in sales:
        shop.wait(days=10)
        assert shop.post(f"/v1/rewards/{shop.reward(sale)['id']}/hold", {"note": "Looks odd"}).status == 200

    check(shop, days=6)
    [one] = items(shop, partner=ada["id"], rule="reward_held_long")
    shop.post(f"/v1/rewards/{shop.reward(sales[0])['id']}/release", {"note": "Fine"})
    check(shop, hours=12)
    early = items(shop, partner=ada["id"], rule="reward_held_long")
    check(shop, hours=24)
    [other] = items(shop, partner=ada["id"], rule="reward_held_long")

    assert one["figures"] == {"rewards": 1, "since": "2026-03-20"}
    assert early == []
    assert other["figures"] == {"rewards": 1, "since": "2026-03-30"}


def test_the_days_of_an_item_are_those_of_the_program(shop):
    far = shop.program(rules=RULES, hold_days=0, timezone="Pacific/Auckland")
    ada = shop.partner(far)
    shop.link(far, ada)

    check(shop, days=14)
    [item] = items(shop, partner=ada["id"])

    # It was noon of the tenth by UTC.
    assert item["figures"] == {"since": "2026-03-11", "links": 1}
    assert item["due_on"] == "2026-04-08"


def test_the_day_of_an_item_whose_owner_was_removed_is_changed_and_the_owner_stays(shop, tea):
    ada = shop.partner(tea)
    check(shop, days=20)
    eve, bob = (
        shop.post("/v1/users", {"email": f"{name}@tea.example", "name": name, "roles": [{"role": "manager"}]}).json[
            "id"
        ]
        for name in ("eve", "bob")
    )
    path = f"/v1/action-items/{items(shop, partner=ada['id'])[0]['id']}/assign"
    assert shop.post(path, {"owner": eve}).status == 200
    assert {shop.call("DELETE", f"/v1/users/{one}").status for one in (eve, bob)} == {200}

    later = shop.post(path, {"owner": eve, "due_on": "2026-05-01"})
    refused = shop.post(path, {"owner": bob})

    assert (later.status, later.json["owner"], later.json["due_on"]) == (200, eve, "2026-05-01")
    assert (refused.status, refused.json["code"]) == (404, "user_not_found")


def test_emails_bounce_until_the_address_gets_emails_again(shop, tea):
    ada = shop.partner(tea)
    tell(shop, bounce("ADA@mail.example"))

    check(shop)
    [item] = items(shop, partner=ada["id"])
    assert shop.post("/v1/suppressions/lift", {"email": "ada@mail.example"}).status == 200
    check(shop)

    assert (item["rule"], item["figures"]) == ("emails_bounce", {"since": "2026-03-10"})
    assert rules_of(shop, ada) == []


def test_almost_next_tier_until_it_is_reached(shop, tea):
    ada = shop.partner(tea)
    link = used(shop, tea, ada)
    bought(shop, tea, link, 0, 3)
    check(shop)
    early = rules_of(shop, ada)
    bought(shop, tea, link, 3, 4)

    check(shop)
    [item] = items(shop, partner=ada["id"])
    bought(shop, tea, link, 4, 5)
    check(shop)

    assert early == []
    assert (item["rule"], item["figures"]) == ("almost_next_tier", {"tier": "silver", "sales": 1})
    assert rules_of(shop, ada) == []


def test_target_behind_until_the_next_period_or_its_end(shop, tea):
    body = {"for": "program", "metric": "leads", "period": "month", "value": 31}
    target = shop.post(f"/v1/programs/{tea['id']}/targets", body).json

    check(shop)
    [item] = items(shop, program=tea["id"])
    shop.post(f"/v1/targets/{target['id']}/end", {"until": "2026-03-01"})
    check(shop)

    assert (item["rule"], item["target"], item["partner"]) == ("target_behind", target["id"], None)
    assert item["figures"]["actual"] == 0
    assert item["figures"]["until"] == "2026-03-31"
    assert items(shop, program=tea["id"]) == []


def test_a_second_walk_on_the_same_day_changes_nothing_and_one_a_month_late_opens_one(shop, tea):
    ada = shop.partner(tea)
    check(shop, days=45)
    first = items(shop, partner=ada["id"])

    for _ in range(3):
        shop.run_schedule("check_partners")
    check(shop, days=31)

    assert [one["rule"] for one in first] == ["nobody_came_yet"]
    assert [one["id"] for one in items(shop, partner=ada["id"])] == [one["id"] for one in first]


def test_what_is_done_or_dismissed_is_not_opened_again_until_it_was_resolved(shop, tea):
    ada = shop.partner(tea)
    link = used(shop, tea, ada)
    shop.lead(tea, code=link["code"])
    check(shop, days=31)
    [first] = items(shop, partner=ada["id"])

    shop.post(f"/v1/action-items/{first['id']}/done", {"note": "Called her"})
    check(shop)
    still = items(shop, partner=ada["id"])
    shop.click(link)
    check(shop)
    check(shop, days=31)
    [second] = items(shop, partner=ada["id"])

    assert still == []
    assert (first["rule"], second["rule"]) == ("quiet_since", "quiet_since")
    assert second["id"] != first["id"]
    assert [one["id"] for one in items(shop, partner=ada["id"], state="done")] == [first["id"]]
    assert items(shop, partner=ada["id"], state="resolved") == []


def test_whoever_leaves_or_is_suspended_has_nothing_to_be_done_about(shop, tea):
    ada, bob = shop.partner(tea), shop.partner(tea, name="Bob", email="bob@mail.example")
    check(shop, days=20)
    before = {one["partner"] for one in items(shop, program=tea["id"])}

    shop.post(f"/v1/partners/{ada['id']}/leave", {"program": tea["id"]})
    shop.post(f"/v1/partners/{bob['id']}/suspend", {"reason": "other", "note": "Wait", "earned": "keep"})
    check(shop)

    assert before == {ada["id"], bob["id"]}
    assert items(shop, program=tea["id"]) == []


def test_an_item_is_assigned_done_and_dismissed_once_and_it_is_on_record_by_whom(shop, tea):
    several = [shop.partner(tea, name=name, email=f"{name}@mail.example") for name in ("ada", "bob")]
    check(shop, days=20)
    owner = shop.post("/v1/users", {"email": "eve@tea.example", "name": "Eve", "roles": [{"role": "manager"}]}).json
    done, dismissed = (items(shop, partner=one["id"])[0] for one in several)

    for _ in range(2):
        assigned = shop.post(f"/v1/action-items/{done['id']}/assign", {"owner": owner["id"], "due_on": "2026-04-01"})
        finished = shop.post(f"/v1/action-items/{dismissed['id']}/dismiss", {"reason": "not_needed"})
        assert (assigned.status, finished.status) == (200, 200)
    mine = items(shop, owner=owner["id"])
    ended = shop.post(f"/v1/action-items/{done['id']}/done", {"note": "Called"}).json
    late = shop.post(f"/v1/action-items/{done['id']}/dismiss", {"reason": "wrong"})
    stale = shop.post(f"/v1/action-items/{dismissed['id']}/done", {}, headers={"If-Match": '"0"'})

    assert [(one["id"], one["due_on"]) for one in mine] == [(done["id"], "2026-04-01")]
    assert (ended["state"], ended["note"]["words"], ended["owner"]) == ("done", "Called", owner["id"])
    assert (late.status, late.json["code"]) == (409, "action_item_closed")
    assert (stale.status, stale.json["code"]) == (412, "precondition_failed")
    entries = shop.get(f"/v1/audit?subject={done['id']}").json["data"]
    assert [one["action"] for one in entries] == ["action_item.done", "action_item.assigned", "action_item.opened"]


@pytest.mark.parametrize(
    ("path", "body", "code", "pointer"),
    [
        ("assign", {"owner": "usr_nobody"}, "user_not_found", "/owner"),
        ("assign", {"owner": None, "due_on": "2026-02-30"}, "invalid_value", "/due_on"),
        ("dismiss", {"reason": "tired"}, "invalid_value", "/reason"),
        ("dismiss", {}, "invalid_value", "/reason"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(shop, tea, path, body, code, pointer):
    ada = shop.partner(tea)
    check(shop, days=20)
    [item] = items(shop, partner=ada["id"])

    answer = shop.post(f"/v1/action-items/{item['id']}/{path}", body)

    assert answer.status in (404, 422)
    assert answer.json["code"] == code
    assert answer.json["errors"][0]["pointer"] == pointer
    assert items(shop, partner=ada["id"]) == [item]


def test_lists_are_newest_first_in_both_directions_and_by_every_filter(shop, tea):
    several = [shop.partner(tea, name=f"P{n}", email=f"p{n}@mail.example") for n in range(7)]
    other = shop.partner(shop.program(name="Coffee"), name="Cleo", email="cleo@mail.example")
    check(shop, days=20)
    path = f"/v1/action-items?program={tea['id']}&limit=3"

    pages, cursor = [], ""
    while True:
        page = shop.get(f"{path}{cursor}").json
        pages.append(page)
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    back = shop.get(f"{path}&cursor={pages[-1]['previous_cursor']}").json

    ids = [one["id"] for page in pages for one in page["data"]]
    assert ids == sorted(ids, reverse=True)
    assert {one["partner"] for page in pages for one in page["data"]} == {one["id"] for one in several}
    assert back["data"] == pages[-2]["data"]
    assert pages[-1]["count"] == {"at_least": 7, "exact": True}
    assert len(items(shop)) == 8
    assert [one["partner"] for one in items(shop, partner=other["id"])] == [other["id"]]
    assert len(items(shop, rule="nobody_came_yet")) == 8
    assert items(shop, rule="quiet_since") == items(shop, state="done") == items(shop, owner="usr_nobody") == []


@pytest.mark.slow
@pytest.mark.parametrize("crash", [CrashBefore, CrashAfter])
def test_a_walk_that_crashes_anywhere_goes_on_and_opens_and_resolves_everything_once(crash):
    def run(at):
        """Crash at one call of the walk, run it again; return what there is then, and whether it crashed."""
        memory.forget_everything()
        with world() as shop:
            tea = shop.program(rules=RULES, hold_days=0)
            several = [shop.partner(tea, name=f"P{n}", email=f"p{n}@mail.example") for n in range(3)]
            links = [shop.link(tea, one) for one in several]
            shop.post(
                f"/v1/programs/{tea['id']}/targets",
                {"for": "program", "metric": "leads", "period": "month", "value": 31},
            )
            check(shop, days=15)
            shop.click(links[0])
            shop.settle()
            shop.wait(days=1)
            shop.partner(tea, name="New", email="new@mail.example")
            shop.line.fault = crash(len(shop.line.calls) + at)
            with contextlib.suppress(Crash):
                shop.run_schedule("check_partners")
            hit, shop.line.fault = shop.line.fault.hit, Fault()
            shop.run_schedule("check_partners")
            opened = [(one["rule"], one["name"]) for one in items(shop)]
            resolved = [(one["rule"], one["name"]) for one in items(shop, state="resolved")]
            entries = [one["action"] for one in shop.get("/v1/audit?actor=check_partners").json["data"]]
            return sorted(opened, key=str), resolved, sorted(entries), hit

    whole = run(10_000)[:3]
    at, hit = 0, True
    while hit:
        *after, hit = run(at)
        assert tuple(after) == whole, at
        at += 3

    assert whole[0] == [("nobody_came_yet", "P1"), ("nobody_came_yet", "P2"), ("target_behind", None)]
    assert whole[1] == [("nobody_came_yet", "P0")]
    assert at > 30


def test_a_walk_that_runs_out_of_time_is_resumed(shop, tea, monkeypatch):
    from chalicelib.onboarding import check_partners as walk

    several = [shop.partner(tea, name=f"P{n}", email=f"p{n}@mail.example") for n in range(7)]
    monkeypatch.setattr(walk, "_PAGE", 3)
    shop.settle()
    shop.wait(days=20)

    numbers = []
    for _ in range(5):
        numbers.append(walk.check_partners(at=shop.at, most_seconds=0))
        shop.wait(hours=1)
    shop.run_schedule("check_partners")

    assert numbers[:3] == [3, 3, 1]
    assert {one["partner"] for one in items(shop)} == {one["id"] for one in several}


def test_a_test_program_has_items_of_its_own_and_nothing_of_them_is_left_when_it_is_deleted(shop):
    trial = shop.program(mode="test", rules=RULES)
    ada = shop.partner(trial)
    goal = {"for": "program", "metric": "leads", "period": "month", "value": 31}
    assert shop.post(f"/v1/programs/{trial['id']}/targets", goal).status == 201
    check(shop, days=15)
    [item] = items(shop, partner=ada["id"])
    shop.post(f"/v1/action-items/{item['id']}/dismiss", {"reason": "other", "note": "Only a trial"})
    of_program = [one["rule"] for one in items(shop, program=trial["id"])]
    of_all = items(shop)

    assert shop.call("DELETE", f"/v1/programs/{trial['id']}").status == 200
    shop.wait(minutes=11)
    shop.run_schedule("delete_tests")

    assert (item["rule"], of_program, of_all) == ("nobody_came_yet", ["target_behind"], [])
    assert (shop.rows("targets"), shop.rows("notes")) == ([], [])


def test_a_partners_items_are_in_the_copy_of_their_data_and_an_erasure_takes_what_was_written(shop, tea):
    ada = shop.partner(tea)
    check(shop, days=20)
    [item] = items(shop, partner=ada["id"])
    shop.post(f"/v1/action-items/{item['id']}/done", {"note": "Ada has moved to Graz"})

    records = shop.get(f"/v1/partners/{ada['id']}/data").json["data"]
    shop.post(f"/v1/partners/{ada['id']}/erase", {})
    shop.wait(days=1)
    shop.run_schedule("retain")

    [copied] = [one["fields"] for one in records if one["kind"] == "action_item"]
    assert (copied["rule"], copied["state"]) == ("nobody_came_yet", "done")
    assert "Ada has moved to Graz" in str(records)
    [after] = items(shop, partner=ada["id"], state="done")
    assert (after["note"]["state"], after["note"]["words"]) == ("erased", None)
