"""A program's leaderboard for admins: who brought how much of the whole, in a period, by a rule for ties."""

import csv
import io
import json
import re
from datetime import UTC, datetime

import pytest

from chalicelib.kit import memory
from chalicelib.reports import leaderboard as leaderboards
from tests.faults.world import built_once
from tests.reading import read
from tests.running import ROOT

# What each sells: two have as much.
SALES = {"Ada": (4, 1000), "Bob": (2, 3000), "Cy": (2, 500), "Di": (1, 400)}


@pytest.fixture
@built_once
def tea(shop):
    """A program in which four partners sell, as SALES says."""
    program = shop.program(external_id="tea")
    ids = {}
    for name, (number, amount) in SALES.items():
        partner = shop.partner(program, name=name, email=f"{name}@mail.example", external_id=name)
        link = shop.link(program, partner, code=f"tea-{name.lower()}")
        ids[name] = partner["id"]
        for order in range(number):
            shop.sale(program, f"{name}-{order}", f"friend-{name}-{order}", amount=amount, code=link["code"])
    shop.settle()
    return program, ids


def get(shop, program, status=200, **query):
    memory.forget_everything()
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    answer = shop.get(f"/v1/programs/{program['id']}/leaderboard?{parameters}")
    assert answer.status == status, answer.body
    return answer


def places(shop, tea, **query):
    program, ids = tea
    names = {identifier: name for name, identifier in ids.items()}
    board = get(shop, program, **query).json
    return [(one["rank"], names[one["partner"]], one["value"]) for one in board["data"]]


def in_order(ids, *names):
    return sorted(names, key=ids.get)


def test_who_brought_as_much_has_the_same_place_and_the_next_one_is_left_out(shop, tea):
    second, third = in_order(tea[1], "Bob", "Cy")

    assert places(shop, tea, by="sales") == [(1, "Ada", 4), (2, second, 2), (2, third, 2), (4, "Di", 1)]
    assert places(shop, tea, by="revenue") == [(1, "Bob", 6000), (2, "Ada", 4000), (3, "Cy", 1000), (4, "Di", 400)]
    assert places(shop, tea, by="sales", limit=2) == [(1, "Ada", 4), (2, second, 2)]


def test_shares_are_exact_fractions_of_the_total_and_say_what_the_first_tenth_brought(shop, tea):
    board = get(shop, tea[0]).json

    assert [one["share"] for one in board["data"]] == [
        {"value": value, "numerator": amount, "denominator": 11400}
        for value, amount in (("0.5263", 6000), ("0.3509", 4000), ("0.0877", 1000), ("0.0351", 400))
    ]
    assert (board["ranked"], board["total"], board["complete"]) == (4, 11400, True)
    assert board["concentration"] == {
        "partners": 1,
        "value": 6000,
        "share": {"value": "0.5263", "numerator": 6000, "denominator": 11400},
    }


def test_the_example_of_the_guide_is_right(shop, tea):
    [example] = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "guides" / "leaderboard.md").read_text(), re.DOTALL)
    board = get(shop, tea[0], by="sales").json

    for one in board["data"]:
        one["partner"] = "ptr_..."
    assert json.loads(example) == board | {"program": "prg_..."}


@pytest.mark.parametrize(
    ("period", "span"),
    [
        ("month", ("2026-05-01", "2026-05-20")),
        ("last_month", ("2026-04-01", "2026-04-30")),
        ("quarter", ("2026-04-01", "2026-05-20")),
        ("last_quarter", ("2026-01-01", "2026-03-31")),
        ("year", ("2026-01-01", "2026-05-20")),
        ("last_year", ("2025-01-01", "2025-12-31")),
        ("all", ("2026-03-10", "2026-05-20")),
    ],
)
def test_a_period_is_of_the_programs_calendar(shop, tea, period, span):
    shop.at = datetime(2026, 5, 20, 12, tzinfo=UTC)

    board = get(shop, tea[0], period=period).json

    assert (board["period"], board["from"], board["to"]) == (period, *span)
    assert bool(board["data"]) == (span[0] <= "2026-03-10" <= span[1])


def test_without_a_period_the_current_month_is_ranked_and_days_are_ranked_as_they_are_named(shop, tea):
    assert get(shop, tea[0]).json["period"] == "month"
    board = get(shop, tea[0], **{"from": "2026-03-09", "to": "2026-03-10"}).json
    assert (board["period"], board["ranked"]) == (None, 4)
    assert get(shop, tea[0], **{"from": "2026-03-11", "to": "2026-03-11"}).json["data"] == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"period": "month", "from": "2026-03-01"}, "/period"),
        ({"period": "decade"}, "/period"),
        ({"by": "luck"}, "/by"),
        ({"limit": "0"}, "/limit"),
        ({"from": "2024-01-01", "to": "2026-01-01"}, "/from"),
        ({"from": "2026-03-11", "to": "2026-03-10"}, "/from"),
        ({"timezone": "Mars/Base"}, "/timezone"),
    ],
)
def test_a_query_that_cannot_be_answered_says_what_is_wrong(shop, tea, query, pointer):
    assert get(shop, tea[0], status=422, **query).json["errors"][0]["pointer"] == pointer


def test_a_sale_counts_in_the_month_of_the_programs_zone_or_of_another_one(shop):
    shop.at = datetime(2026, 3, 31, 18, 30, tzinfo=UTC)
    # There, April has begun.
    program = shop.program(timezone="Asia/Kathmandu")
    link = shop.link(program, shop.partner(program))
    shop.sale(program, code=link["code"])
    shop.wait(days=3)
    shop.settle()

    for zone, april in (("Asia/Kathmandu", 1), ("Asia/Kolkata", 1), ("UTC", 0), ("America/St_Johns", 0)):
        board = get(shop, program, period="month", timezone=zone).json
        assert (board["timezone"], board["from"], board["ranked"]) == (zone, "2026-04-01", april)
        assert get(shop, program, period="last_month", timezone=zone).json["ranked"] == 1 - april


def test_refunds_can_leave_a_partner_with_less_than_nothing(shop, tea):
    program, ids = tea
    [sale] = [row["pk"]["S"] for row in shop.rows("conversions") if row.get("external_id", {}).get("S") == "Di-0"]
    shop.wait(days=40)
    assert shop.refund({"id": sale}, 300).status < 300
    shop.settle()

    board = get(shop, program).json

    assert [(one["partner"], one["value"]) for one in board["data"]] == [(ids["Di"], -300)]
    assert board["data"][0]["share"] == {"value": None, "numerator": -300, "denominator": -300}
    assert board["total"] == -300


def test_a_merged_partner_counts_as_part_of_the_one_who_stays(shop, tea):
    program, ids = tea
    assert shop.post("/v1/partners/ext_Cy/merge", {"into": ids["Ada"]}).status == 200

    assert places(shop, tea, by="sales") == [(1, "Ada", 6), (2, "Bob", 2), (3, "Di", 1)]
    assert get(shop, program, by="sales").json["total"] == 9


def test_an_erased_partner_has_no_place_and_what_they_brought_stays_in_the_total(shop, tea):
    program, _ = tea
    assert shop.post("/v1/partners/ext_Ada/erase", {"gives_up": True}).status < 300
    shop.settle()

    board = get(shop, program).json

    assert [row[1] for row in places(shop, tea)] == ["Bob", "Cy", "Di"]
    assert (board["total"], board["ranked"], board["erased"]) == (11400, 3, {"partners": 1, "value": 4000})
    assert sum(one["value"] for one in board["data"]) + board["erased"]["value"] == board["total"]


def test_suspended_and_banned_partners_are_ranked_with_their_state(shop, tea):
    program, _ = tea
    assert shop.post("/v1/partners/ext_Bob/ban", {"reason": "self_referral"}).status == 200
    assert shop.post("/v1/partners/ext_Di/suspend", {"reason": "self_referral"}).status == 200

    states = [one["state"] for one in get(shop, program).json["data"]]

    assert states == ["banned", "active", "active", "suspended"]


def test_bots_are_not_counted_and_a_test_program_is_ranked_by_itself(shop):
    live, test = shop.program(), shop.program(mode="test")
    for program in (live, test):
        partner = shop.partner(program, email=f"{program['mode']}@mail.example")
        link = shop.link(program, partner)
        shop.click(link)
        shop.click(link, user_agent="Googlebot/2.1 (+http://www.google.com/bot.html)")
    shop.settle()

    for program in (live, test):
        [row] = get(shop, program, by="clicks").json["data"]
        assert row["value"] == 1
        assert row["partner"].startswith("ptr_")


def test_the_csv_has_every_place_and_says_the_same(shop, tea):
    program, _ = tea
    board = get(shop, program, by="customers").json
    answer = get(shop, program, by="customers", format="csv", limit=1)

    rows = list(csv.DictReader(io.StringIO(answer.body.removeprefix("\ufeff"))))
    assert rows == [
        {
            "rank": str(one["rank"]),
            "partner": one["partner"],
            "value": str(one["value"]),
            "share": one["share"]["value"],
            "share_numerator": str(one["share"]["numerator"]),
            "share_denominator": str(one["share"]["denominator"]),
            "state": one["state"],
        }
        for one in board["data"]
    ]
    assert "leaderboard-customers-2026-03-01-2026-03-10.csv" in answer.headers["Content-Disposition"]


def test_a_csv_is_whole_or_refused(shop, tea, monkeypatch):
    program, _ = tea
    monkeypatch.setattr(leaderboards, "MOST_ROWS", 3)
    assert get(shop, program, status=422, format="csv").json["code"] == "report_too_large"
    monkeypatch.undo()

    monkeypatch.setattr(leaderboards.Deadline, "passed", property(lambda _: True))
    answer = get(shop, program, status=422, format="csv").json
    assert answer["code"] == "report_incomplete"
    assert get(shop, program).json["complete"] is False


def board_on_page(shop, admin, program, fields=""):
    memory.forget_everything()
    page = admin.get(f"/admin/programs/{program['id']}/leaderboard?{fields}")
    assert page.status == 200, page.body
    rows = read(page.body).section("Leaderboard").all("tr")
    return read(page.body), [[cell.text for cell in row.all("th", "td")] for row in rows]


def test_an_admin_sees_places_shares_and_how_much_the_first_tenth_brought(shop, tea, admin):
    program, ids = tea
    shop.post("/v1/partners/ext_Bob/ban", {"reason": "self_referral"})

    page, rows = board_on_page(shop, admin, program, "by=sales&period=quarter")

    tied = [["Bob banned", "2", "2", "22.2%"], ["Cy", "2", "2", "22.2%"]]
    tied.sort(key=lambda row: ids[row[0].partition(" ")[0]])
    assert rows == [
        ["Partner", "Place", "Sales", "Share"],
        ["Ada", "1", "4", "44.4%"],
        *tied,
        ["Di", "4", "1", "11.1%"],
    ]
    assert page.tile("Sales") == "9"
    assert page.tile("The top 10% (1) brought") == "44.4%"


def test_the_page_saves_all_places_with_names(shop, tea, admin):
    program, _ = tea
    page, _ = board_on_page(shop, admin, program)
    [saved] = [one.attributes["href"] for one in page.all("a") if "csv" in one.attributes["href"]]

    file = admin.get(saved.removeprefix("https://go.example"))

    rows = list(csv.DictReader(io.StringIO(file.body.removeprefix("\ufeff"))))
    assert next((row["rank"], row["name"], row["value"]) for row in rows) == ("1", "Bob", "6000")
    assert len(rows) == 4


def test_a_form_that_is_refused_keeps_what_was_chosen(shop, tea, admin):
    path = f"/admin/programs/{tea[0]['id']}/leaderboard"

    for suffix in ("", ".csv"):
        page = admin.get(f"{path}{suffix}?period=month&from=2026-03-01&by=leads")
        assert page.status == 422
        body = read(page.body)
        assert [one.attributes["value"] for one in body.all("option") if "selected" in one.attributes] == [
            "leads",
            "month",
        ]
        assert [one.attributes["name"] for one in body.all("select", "input") if "aria-invalid" in one.attributes] == [
            "period"
        ]


def test_a_page_without_anyone_says_so(shop, tea, admin):
    page = admin.get(f"/admin/programs/{tea[0]['id']}/leaderboard?period=last_year")

    assert "Nobody brought anything in these days." in read(page.body).text
