"""A program hears what it lacks to receive introductions, and where to mend it; once it is ready, it can be opened."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.introductions.trials import GOOD_FOR
from tests.emails import settle
from tests.ready import DEPUTY, OWNER, RULE, SETTINGS, make_ready, open_program

NAMES = [
    *("owner", "deputy", "first_words", "calendar", "thanks"),
    *("reward", "materials", "terms", "test_introduction"),
]


def readiness(shop, program):
    return shop.get(f"/v1/programs/{program['id']}/readiness").json


def missing(shop, program):
    return [check["name"] for check in readiness(shop, program)["checks"] if not check["met"]]


def set_receiving(shop, program, **settings):
    return shop.post(f"/v1/programs/{program['id']}/receiving", settings)


@pytest.mark.moto
def test_a_new_program_hears_everything_that_is_missing_and_where_to_mend_it(shop):
    program = shop.program()

    view = readiness(shop, program)

    assert (view["ready"], view["open"]) == (False, False)
    assert [check["name"] for check in view["checks"]] == NAMES
    lacking = {"owner", "deputy", "first_words", "calendar", "terms", "test_introduction"}
    assert {check["name"] for check in view["checks"] if not check["met"]} == lacking
    for check in view["checks"]:
        assert (check["missing"] is None) == check["met"]
        assert f"/admin/programs/{program['id']}/" in check["mend_url"]


def test_an_unready_program_cannot_be_opened_and_hears_why(shop):
    program = shop.program()

    refused = set_receiving(shop, program, open=True)

    assert (refused.status, refused.json["code"]) == (409, "not_ready")
    assert [check["name"] for check in refused.json["checks"]] == missing(shop, program)
    assert all(check["missing"] and check["page"] for check in refused.json["checks"])
    assert shop.get(f"/v1/programs/{program['id']}/receiving").json["open"] is False


@pytest.mark.moto
def test_a_ready_program_opens_closes_and_opens_again(shop):
    program = open_program(shop, shop.program())

    assert readiness(shop, program)["ready"] is True
    assert readiness(shop, program)["open"] is True
    closed = set_receiving(shop, program, **SETTINGS)
    assert closed.json["open"] is False
    assert set_receiving(shop, program, **SETTINGS, open=True).json["open"] is True


def test_each_check_fails_by_what_it_is_about(shop):
    program = make_ready(shop, shop.program())
    assert missing(shop, program) == []
    for settings, name in (
        ({"owner": "nobody@shop.example"}, "owner"),
        ({"deputy": None}, "deputy"),
        ({"first_words": {"de": "Guten Tag"}}, "first_words"),
        ({"calendar_url": None}, "calendar"),
        ({"thanks": {"won": "gift"}}, "thanks"),
    ):
        refused = set_receiving(shop, program, **SETTINGS | settings, open=True)
        assert refused.status == 409, name
        assert name in [check["name"] for check in refused.json["checks"]]
    path = f"/v1/programs/{program['id']}/terms"
    shop.post(path, {"rules": [{**RULE, "to": "referee"}]})
    shop.wait(minutes=2)
    assert missing(shop, program) == ["reward", "terms"]


def test_words_are_needed_in_each_language_the_program_speaks(shop):
    texts = {"en": {"message": "Come to {{link}}"}, "de": {"message": "Komm zu {{link}}"}}
    program = make_ready(shop, shop.program(share_texts=texts))

    [check] = [one for one in readiness(shop, program)["checks"] if not one["met"]]

    assert (check["name"], "`de`" in check["missing"], "`en`" in check["missing"]) == ("first_words", True, False)


def test_terms_that_were_just_published_say_from_when_they_count(shop):
    program = shop.program(timezone="Europe/Berlin")
    shop.post(f"/v1/programs/{program['id']}/terms", {"rules": [RULE], "introductions": "first_received"})

    [check] = [one for one in readiness(shop, program)["checks"] if one["name"] == "terms"]
    begins = shop.at.astimezone(ZoneInfo("Europe/Berlin")) + timedelta(minutes=2, microseconds=-1)
    assert check["missing"].endswith(f"They do from {begins:%Y-%m-%d %H:%M %Z} on.")

    shop.wait(minutes=1, seconds=1)
    assert "terms" not in missing(shop, program)


def test_materials_are_needed_in_each_language_and_the_starter_set_has_two(shop):
    texts = {"fr": {"message": "Venez : {{link}}"}}
    program = make_ready(shop, shop.program(share_texts=texts), first_words={"fr": "Enchanté"})
    assert missing(shop, program) == ["materials"]

    new = {"program": program["id"], "kind": "guide", "language": "fr", "title": "Bienvenue", "words": "Bonjour."}
    material = shop.post("/v1/materials", new).json
    assert missing(shop, program) == ["materials"]
    shop.post(f"/v1/materials/{material['id']}/publish", {"version": 1})
    assert missing(shop, program) == []


def test_a_person_without_a_role_for_introductions_is_no_owner(shop):
    program = make_ready(shop, shop.program())
    user = next(one for one in shop.get("/v1/users").json["data"] if one["email"] == OWNER)
    shop.patch(f"/v1/users/{user['id']}", {"roles": [{"role": "viewer"}]})

    assert missing(shop, program) == ["owner"]


@pytest.mark.moto
def test_a_test_introduction_reaches_the_owner_and_counts_for_ninety_days(shop):
    program = make_ready(shop, shop.program())
    settle(shop)
    assert ("A test introduction to Tea Shop", OWNER) in shop.emails()

    shop.wait(seconds=GOOD_FOR.total_seconds() - 60)
    assert missing(shop, program) == []
    shop.wait(minutes=2)
    assert missing(shop, program) == ["test_introduction"]
    assert shop.post(f"/v1/programs/{program['id']}/readiness/test", {"step": "send"}).json["arrived_at"] is None
    assert missing(shop, program) == ["test_introduction"]
    assert shop.post(f"/v1/programs/{program['id']}/readiness/test", {"step": "arrived"}).json["arrived_at"]
    assert missing(shop, program) == []


def test_a_new_owner_needs_a_test_of_their_own(shop):
    program = make_ready(shop, shop.program())

    set_receiving(shop, program, **SETTINGS | {"owner": DEPUTY, "deputy": OWNER})

    assert missing(shop, program) == ["test_introduction"]


def test_a_test_needs_an_owner_and_is_confirmed_once(shop):
    program = shop.program()
    path = f"/v1/programs/{program['id']}/readiness/test"
    assert shop.post(path, {"step": "arrived"}).json["code"] == "not_sent"
    assert shop.post(path, {"step": "send"}).json["code"] == "no_owner"
    make_ready(shop, program)
    first = shop.post(path, {"step": "arrived"}).json
    shop.wait(hours=1)
    assert shop.post(path, {"step": "arrived"}).json == first


def test_what_time_takes_away_closes_nothing_and_what_a_change_takes_away_is_refused(shop):
    program = open_program(shop, shop.program())
    shop.wait(days=91)
    assert missing(shop, program) == ["test_introduction"]

    changed = set_receiving(shop, program, **SETTINGS, open=True, respond_within=3)
    assert (changed.status, changed.json["respond_within"]) == (200, 3)
    refused = set_receiving(shop, program, **SETTINGS | {"calendar_url": None}, open=True)
    assert [check["name"] for check in refused.json["checks"]] == ["calendar"]
    assert set_receiving(shop, program, **SETTINGS).status == 200
    assert set_receiving(shop, program, **SETTINGS, open=True).json["code"] == "not_ready"


@pytest.mark.parametrize(
    ("settings", "pointer"),
    [
        ({"owner": "A@shop.example", "deputy": "a@shop.example"}, "/deputy"),
        ({"calendar_url": "http://calendar.example"}, "/calendar_url"),
        ({"closed_on": ["2026-02-30"]}, "/closed_on/0"),
        ({"respond_within": 0}, "/respond_within"),
        ({"questions": [{"key": "size", "kind": "choice", "words": {"en": "How many?"}}]}, "/questions/0/options"),
        ({"questions": [{"key": "a", "kind": "text", "words": {"en": "A?"}}] * 2}, "/questions/1/key"),
        ({"questions": [{"key": "a", "kind": "text", "words": {}}]}, "/questions/0/words"),
        ({"thanks": {"received": "money"}}, "/thanks/received"),
        ({"most_open": 0}, "/most_open"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_settings_that_make_no_sense_are_refused_with_their_place(shop, settings, pointer):
    refused = set_receiving(shop, shop.program(), **settings)

    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, pointer)


def test_settings_are_changed_only_as_they_were_read(shop):
    program = shop.program()
    path = f"/v1/programs/{program['id']}/receiving"
    tag = {"If-Match": shop.get(path).headers["ETag"]}
    assert shop.post(path, {"most_open": 5}, headers=tag).status == 200
    assert shop.post(path, {"most_open": 6}, headers=tag).status == 412
    assert shop.get(path).json["most_open"] == 5
