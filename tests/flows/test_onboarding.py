"""How far partners have got, from what happened; and who may need somebody."""

from datetime import timedelta

import pytest

from chalicelib.onboarding.progress import OnboardingFacts, derive_steps, find_concern, find_next_step
from tests.world import NOON


def facts(**moments):
    names = ("invited", "agreed", "first_link", "first_hit", "first_click", "first_referral", "last_activity")
    return OnboardingFacts(**(dict.fromkeys(names) | moments))


def names_of(answer):
    return {step["name"]: step["at"] for step in answer["steps"]}


def test_each_step_is_dated_by_what_happened(shop):
    program = shop.program()
    ada = shop.partner(program)
    path = f"/v1/partners/{ada['id']}/onboarding"
    steps = [shop.get(path).json["next"]]

    shop.wait(days=1)
    link = shop.link(program, ada)
    steps.append(shop.get(path).json["next"])
    shop.wait(days=1)
    shop.click(link, user_agent="WhatsApp/2.23.20.0")
    shop.settle()
    steps.append(shop.get(path).json["next"])
    shop.wait(days=1)
    click_id = shop.click_id(link)
    shop.settle()
    steps.append(shop.get(path).json["next"])
    shop.wait(hours=1)
    shop.lead(program, click_id=click_id)
    shop.settle()
    answer = shop.get(path).json

    assert steps == ["set_up", "shared", "first_click", "first_referral"]
    assert answer["next"] is None
    assert names_of(answer) == {
        "agreed": "2026-03-10T12:00:00.000Z",
        "set_up": "2026-03-11T12:00:00.000Z",
        "shared": "2026-03-12T12:00:00.000Z",
        "first_click": "2026-03-13T12:00:00.000Z",
        "first_referral": "2026-03-13T13:00:00.000Z",
        "active": "2026-03-13T13:00:00.000Z",
    }


def test_days_that_were_rolled_up_long_ago_still_count(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    shop.click(link)
    shop.settle()
    shop.wait(days=20)
    shop.settle()

    answer = shop.get(f"/v1/partners/{ada['id']}/onboarding").json

    assert names_of(answer)["first_click"] == "2026-03-10T12:00:00.000Z"


@pytest.mark.parametrize("over", [False, True], ids=["today", "on a closed day"])
def test_no_step_is_dated_before_the_one_it_followed(shop, over):
    program = shop.program()
    shop.wait(minutes=7, seconds=31)
    ada = shop.partner(program)
    link = shop.link(program, ada)
    shop.lead(program, click_id=shop.click_id(link))
    shop.settle()
    if over:
        shop.wait(days=2)
        shop.settle()

    moments = [one["at"] for one in shop.get(f"/v1/partners/{ada['id']}/onboarding").json["steps"] if one["at"]]

    assert len(moments) == 6
    assert moments == sorted(moments)


def test_who_has_no_link_shared_none_though_a_sale_was_credited_to_them(shop):
    program = shop.program()
    ada = shop.partner(program)
    sale = shop.sale(program).json
    shop.settle()
    credit = {"partner": ada["id"], "reason": "other", "note": "on the phone"}
    assert shop.post(f"/v1/conversions/{sale['id']}/credit", credit).status == 200
    shop.settle()

    answer = shop.get(f"/v1/partners/{ada['id']}/onboarding").json

    moments = names_of(answer)
    assert (moments["set_up"], moments["shared"], moments["first_click"]) == (None, None, None)
    assert moments["first_referral"]
    assert answer["next"] == "set_up"
    shop.wait(days=10)
    # Their customers buy: that they have no link yet keeps nothing from going on.
    assert shop.get(f"/v1/programs/{program['id']}/check-ins").json["data"] == []


def test_a_partner_of_two_programs_must_say_which(shop):
    first, second = shop.program(), shop.program()
    ada = shop.partner(first, programs=[first["id"], second["id"]])

    assert shop.get(f"/v1/partners/{ada['id']}/onboarding").status == 422
    assert shop.get(f"/v1/partners/{ada['id']}/onboarding?program={second['id']}").json["program"] == second["id"]
    assert shop.get("/v1/partners/ptr_nobody/onboarding").status == 404


def test_check_ins_name_who_is_stuck_and_who_has_gone_quiet_page_by_page(shop):
    program = shop.program()
    stuck, quiet = shop.partner(program, name="Stuck"), shop.partner(program, name="Quiet")
    shop.lead(program, click_id=shop.click_id(shop.link(program, quiet)))
    shop.settle()
    shop.wait(days=31)
    fresh = shop.partner(program, name="Fresh")
    path = f"/v1/programs/{program['id']}/check-ins"

    rows = shop.get(path).json["data"]
    early = shop.get(f"{path}?stuck_days=40&quiet_days=40").json["data"]
    pages, cursor = [], ""
    while True:
        page = shop.get(f"{path}?limit=1{cursor}").json
        pages += page["data"]
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"

    named = {one["partner"]: (one["why"], one["step"]) for one in rows}
    assert named == {stuck["id"]: ("stuck", "set_up"), quiet["id"]: ("quiet", None)}
    assert fresh["id"] not in named
    assert early == []
    assert pages == rows


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        pytest.param({"agreed": NOON}, "set_up", id="agreed, and no link yet"),
        pytest.param({"agreed": NOON, "first_link": NOON}, "shared", id="a link nobody has asked for"),
        pytest.param({"agreed": NOON, "first_link": NOON, "first_hit": NOON}, "first_click", id="only machines came"),
        pytest.param({}, "agreed", id="nothing is known"),
    ],
)
def test_the_next_step_is_the_first_that_was_not_taken(moments, expected):
    assert find_next_step(derive_steps(facts(**moments), at=NOON)) == expected


def test_only_the_invited_have_been_invited():
    assert derive_steps(facts(agreed=NOON), at=NOON)[0].name == "agreed"
    assert derive_steps(facts(invited=NOON), at=NOON)[0].name == "invited"


@pytest.mark.parametrize(
    ("days", "expected"), [pytest.param(6, None, id="six days"), pytest.param(7, "stuck", id="seven days")]
)
def test_a_partner_is_stuck_after_a_number_of_days(days, expected):
    concern = find_concern(facts(agreed=NOON), stuck_days=7, quiet_days=30, at=NOON + timedelta(days=days))

    assert (concern.why if concern else None) == expected
