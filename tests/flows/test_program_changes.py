"""What a business decided about a program can be changed; nothing that is out, counted or promised is lost by it."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.audit.actor import Actor
from chalicelib.kit import memory
from chalicelib.programs import find, settings
from chalicelib.programs.shapes import ProgramChange
from chalicelib.programs.table import Program

RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1000}]
ACTOR = Actor("operator", "test")


def path_of(program):
    return f"/v1/programs/{program['id']}"


def changed(shop, program, **fields):
    answer = shop.patch(path_of(program), fields)
    assert answer.status == 200, answer.body
    memory.forget_everything()
    return answer


def at(shop, *moment):
    shop.at = datetime(2026, 3, *moment, tzinfo=UTC)


def test_name_landing_page_hosts_and_zone_change_and_the_rest_stays(shop):
    program = shop.program(joining="open", origins=["https://tea.example"])
    new = {
        "name": "Coffee Shop",
        "landing_url": "https://coffee.example/hello",
        "hosts": ["coffee.example", "www.coffee.example"],
        "timezone": "Europe/Berlin",
    }

    answer = changed(shop, program, **new)

    stays = {name: value for name, value in program.items() if name not in (*new, "timezone_from")}
    assert answer.json == stays | new | {"timezone_from": "2026-03-11T00:00:00.000Z"}
    assert shop.get(path_of(program)).json == answer.json


def test_the_landing_pages_own_host_is_allowed_if_none_is_named(shop):
    program = shop.program(hosts=["tea.example", "www.tea.example"])

    answer = changed(shop, program, landing_url="https://coffee.example/", hosts=[])

    assert answer.json["hosts"] == ["coffee.example"]


def test_links_that_are_out_lead_where_they_led_whatever_landing_page_and_hosts_are_now(shop):
    program = shop.program(hosts=["tea.example", "www.tea.example"])
    ada = shop.partner(program)
    to_landing_page, elsewhere = (
        shop.link(program, ada),
        shop.link(program, ada, destination="https://www.tea.example/x"),
    )

    changed(shop, program, landing_url="https://coffee.example/", hosts=["coffee.example"])

    assert shop.click(to_landing_page).headers["Location"].startswith("https://tea.example/welcome?")
    assert shop.click(elsewhere).headers["Location"].startswith("https://www.tea.example/x?")
    assert shop.link(program, ada)["destination"] == "https://coffee.example/"
    body = {"program": program["id"], "partner": ada["id"], "destination": "https://www.tea.example/x"}
    refused = shop.post("/v1/links", body)
    assert (refused.status, refused.json["code"]) == (422, "destination_refused")


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"landing_url": "https://coffee.example/"}, "destination_refused", "/landing_url"),
        ({"hosts": ["coffee.example"]}, "destination_refused", "/landing_url"),
        ({"landing_url": "http://tea.example/"}, "destination_refused", "/landing_url"),
        ({"hosts": ["tea.example", "TEA.example"]}, "invalid_value", "/hosts/1"),
        ({"timezone": "Mars/Olympus"}, "invalid_value", "/timezone"),
        ({"name": " "}, "invalid_value", "/name"),
        ({"name": None}, "invalid_value", "/name"),
        ({"currency": "EUR"}, "invalid_value", "/currency"),
        ({"origins": ["tea.example"]}, "invalid_value", "/origins/0"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_its_field_and_changes_nothing(shop, fields, code, pointer):
    program = shop.program()

    refused = shop.patch(path_of(program), {"name": "Coffee Shop"} | fields)

    assert (refused.status, refused.json["code"], refused.json["errors"][0]["pointer"]) == (422, code, pointer)
    assert shop.get(path_of(program)).json == program


def test_what_was_changed_since_it_was_read_is_left_alone(shop):
    program = shop.program()
    read = shop.get(path_of(program)).headers["ETag"]
    first = shop.patch(path_of(program), {"name": "Mine"}, headers={"If-Match": read})

    second = shop.patch(path_of(program), {"name": "Yours"}, headers={"If-Match": read})

    assert (first.status, second.status, second.json["code"]) == (200, 412, "precondition_failed")
    now = shop.get(path_of(program))
    assert (now.json["name"], now.headers["ETag"]) == ("Mine", first.headers["ETag"])
    assert first.headers["ETag"] != read
    assert (
        shop.patch(path_of(program), {"name": "Yours"}, headers={"If-Match": f'"x", {now.headers["ETag"]}'}).status
        == 200
    )


def test_a_change_that_is_made_already_is_answered_as_made_whichever_revision_was_read(shop):
    program = shop.program()
    read = {"If-Match": shop.get(path_of(program)).headers["ETag"]}
    answers = [shop.patch(path_of(program), {"name": "Mine"}, headers=read) for _ in range(2)]

    assert [one.status for one in answers] == [200, 200]
    assert answers[0].headers["ETag"] == answers[1].headers["ETag"]
    assert answers[0].json == answers[1].json


@pytest.mark.parametrize(
    ("header", "status"), [("*", 200), ('W/"0"', 412), ("0", 422), ('"0" "1"', 422), ("", 422), ('"0', 422)]
)
def test_if_match_takes_etags_and_compares_them_strongly(shop, header, status):
    program = shop.program()

    assert shop.patch(path_of(program), {"name": "Mine"}, headers={"If-Match": header}).status == status


def test_every_change_of_a_program_makes_it_another_revision(shop):
    program = shop.program()
    etags = [shop.get(path_of(program)).headers["ETag"]]
    for path, body in (
        ("sender", {"email": "hello@go.example"}),
        ("webhook", {"url": None}),
    ):
        assert shop.post(f"{path_of(program)}/{path}", body).status == 200
        etags.append(shop.get(path_of(program)).headers["ETag"])

    assert len(set(etags)) == 3


def test_of_two_changes_at_one_moment_both_are_made(shop):
    program = shop.program()
    decided = []

    def decide(stored):
        if not decided:
            changed(shop, program, landing_url="https://tea.example/other")
        decided.append(stored.program.landing_url)
        return settings.set_all(stored.program, name="Mine")

    settings.change_program(program["id"], decide, action="program.settings_changed", actor=ACTOR, at=shop.at)

    now = shop.get(path_of(program)).json
    assert (now["name"], now["landing_url"]) == ("Mine", "https://tea.example/other")
    assert decided == [program["landing_url"], "https://tea.example/other"]


def test_a_program_of_before_revisions_and_former_zones_is_read_and_changed(shop):
    program = shop.program()
    row = find.read(program["id"]).program
    row.update(actions=[Program.former_zones.remove(), Program.revision.remove()])
    memory.forget_everything()

    assert shop.get(path_of(program)).headers["ETag"] == '"0"'
    assert changed(shop, program, timezone="Asia/Kolkata").json["timezone_from"] == "2026-03-11T00:00:00.000Z"


def test_another_zone_is_for_days_that_have_not_begun_and_those_before_are_counted_as_they_were(shop):
    program = shop.program(rules=RULES)
    code = shop.link(program, shop.partner(program))["code"]
    span = "from=2026-03-09&to=2026-03-13"
    # Midnight of the eleventh is at 00:00Z in UTC, and at 04:00Z in New York.
    for number, moment in enumerate([(10, 23), (11, 0), (11, 3)]):
        at(shop, *moment)
        if number == 0:
            changed(shop, program, timezone="America/New_York")
        shop.sale(program, f"before-{number}", customer=f"a-{number}", code=code)
    shop.settle()
    before = shop.get(f"{path_of(program)}/stats?{span}").json
    for number, moment in enumerate([(11, 4), (12, 3, 59), (12, 4)]):
        at(shop, *moment)
        shop.sale(program, f"after-{number}", customer=f"b-{number}", code=code)
    shop.settle()
    memory.forget_everything()
    after = shop.get(f"{path_of(program)}/stats?{span}").json

    def sales(stats):
        return {day["date"][-2:]: day["metrics"]["sales"] for day in stats["days"] if day["metrics"]["sales"]}

    assert (sales(before), before["timezone"]) == ({"10": 1, "11": 2}, "UTC")
    assert (sales(after), after["timezone"]) == ({"10": 1, "11": 4, "12": 1}, "America/New_York")


def test_a_day_that_a_cap_counts_is_one_day_through_a_change_of_zone(shop):
    caps = [{"per": "partner", "period": "day", "amount": 100}]
    program = shop.program(rules=RULES, caps=caps)
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    changed(shop, program, timezone="America/New_York")
    earned = []
    for number, moment in enumerate([(10, 23), (11, 1), (11, 5), (12, 3), (12, 4)]):
        at(shop, *moment)
        before = shop.balance(ada)["due"]
        shop.sale(program, f"order-{number}", customer=f"c-{number}", amount=1000, code=code)
        shop.settle()
        earned.append(shop.balance(ada)["due"] - before)

    assert earned == [100, 100, 0, 0, 100]


def test_months_that_a_friend_was_promised_end_by_the_clock_of_when_they_were_referred(shop):
    rules = [{"on": "sale", "to": "referrer", "rate_bp": 1000, "when": {"months": 1}}]
    program = shop.program(rules=rules)
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    shop.sale(program, "first", amount=1000, code=code)
    shop.settle()
    changed(shop, program, timezone="America/New_York")
    earned = []
    # The tenth of April begins at 00:00Z in UTC, and at 04:00Z in New York.
    for number, moment in enumerate([datetime(2026, 4, 9, 23, tzinfo=UTC), datetime(2026, 4, 10, 1, tzinfo=UTC)]):
        shop.at = moment
        before = shop.balance(ada)["due"]
        shop.sale(program, f"later-{number}", amount=1000)
        shop.settle()
        earned.append(shop.balance(ada)["due"] - before)

    assert earned == [100, 0]


def test_a_statement_of_days_before_another_zone_is_what_it_was(shop):
    program = shop.program(rules=RULES)
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    at(shop, 10, 23, 30)
    shop.sale(program, "order-1", amount=1000, code=code)
    shop.settle()
    path = f"/v1/partners/{ada['id']}/statement?currency=USD&from=2026-03-10&to=2026-03-10"
    before = shop.get(path).json
    # There, it is the eleventh.
    changed(shop, program, timezone="Asia/Kolkata")
    shop.wait(days=2)
    memory.forget_everything()

    assert before["closing"]["due"] == 100
    assert shop.get(path).json == before


def test_a_zone_that_does_not_count_yet_is_taken_back_or_replaced(shop):
    program = shop.program()
    changed(shop, program, timezone="Asia/Kolkata")

    replaced = changed(shop, program, timezone="America/New_York").json
    taken_back = changed(shop, program, timezone="UTC").json

    assert replaced["timezone_from"] == "2026-03-11T04:00:00.000Z"
    assert (taken_back["timezone"], taken_back["timezone_from"]) == ("UTC", None)


def test_what_remembers_a_program_for_half_a_minute_knows_the_zone_of_each_moment(shop):
    """A zone begins to count a minute after it was set at the earliest, so nobody has yet to learn of it then."""
    program = shop.program()
    at(shop, 10, 23, 59, 30)
    remembered = find.find(program["id"]).program.calendar

    changed(shop, program, timezone="Asia/Kolkata")

    stored = find.read(program["id"]).program.calendar
    assert stored.former[0][1] == "2026-03-12T00:00:00.000Z"
    for seconds in (0, 30, 59):
        moment = shop.at + timedelta(seconds=seconds)
        assert stored.zone_at(moment) == remembered.zone_at(moment)


def test_days_that_would_come_twice_are_refused(shop):
    program = shop.program(timezone="Pacific/Kiritimati")

    refused = shop.patch(path_of(program), {"timezone": "Pacific/Pago_Pago"})

    assert (refused.status, refused.json["code"]) == (422, "timezone_refused")
    assert refused.json["errors"][0]["pointer"] == "/timezone"


def test_each_change_is_entered_once_with_what_was_there_before_and_after(shop):
    program = shop.program()
    for name in ("Mine", "Mine", "Yours"):
        changed(shop, program, name=name)

    entries = shop.get(f"/v1/audit?subject={program['id']}&action=program.settings_changed").json["data"]

    assert len(entries) == 2
    assert entries[0]["before"] == entries[1]["after"]
    assert len({one["after"] for one in entries}) == 2


def test_a_change_names_every_setting_that_a_program_is_made_with_but_its_currency_and_your_id_for_it():
    made = {"name", "landing_url", "hosts", "timezone", "joining", "consent", "origins", "share_texts", "look"}
    made |= {"sharing", "leaderboard", "privacy_url", "imprint_url", "contact_email", "postal_address", "margin_bp"}

    assert set(ProgramChange.__struct_fields__) == made
