"""Where a program wants it, partners see their place among the others: no money, and only names that were chosen."""

from urllib.parse import urlencode

import pytest

from chalicelib.access.sessions import begin
from chalicelib.kit import memory
from chalicelib.portal.session import COOKIE, LASTING
from chalicelib.reports import own_place
from tests.faults.world import built_once
from tests.flows.test_terms_form import fields_of
from tests.forms import Browser
from tests.reading import read

# What each sells: two have as much.
SALES = {"Ada": 4, "Bob": 2, "Cy": 2, "Di": 1, "Eve": 0}


@pytest.fixture
@built_once
def tea(shop):
    """A program with a leaderboard of names, in which five partners sell, as SALES says."""
    program = shop.program(external_id="tea")
    members = {}
    for name, number in SALES.items():
        members[name] = shop.partner(program, name=f"{name} Secret", email=f"{name}@mail.example", external_id=name)
        link = shop.link(program, members[name], code=f"tea-{name.lower()}")
        for order in range(number):
            shop.sale(program, f"{name}-{order}", f"friend-{name}-{order}", amount=12300, code=link["code"])
    shop.settle()
    show(shop, program, shows="names")
    return program, members


def show(shop, program, **leaderboard):
    answer = shop.patch(f"/v1/programs/{program['id']}", {"leaderboard": leaderboard})
    assert answer.status == 200, answer.body
    memory.forget_everything()


def browser_of(shop, partner):
    browser = Browser(shop)
    browser.cookies[COOKIE] = begin(partner["id"], lasting=LASTING, at=shop.at).cookie
    return browser


def page_of(shop, partner, **query):
    memory.forget_everything()
    return browser_of(shop, partner).get(f"/portal/leaderboard?{urlencode(query)}")


def seen_by(shop, partner, **query):
    """Return the page's text, and the rows of its table: place, name, result."""
    answer = page_of(shop, partner, **query)
    assert answer.status == 200, answer.body
    page = read(answer.body)
    return page.text, [[cell.text for cell in row.all("th", "td")] for row in page.all("tr")[1:]]


def choose(shop, partner, name):
    """Choose a display name on the page of settings, or take it back."""
    fields = {"display_name": name} if name else {}
    assert browser_of(shop, partner).send("/portal/settings", locale="en", **fields).status == 303


def in_order(members, *names):
    return sorted(names, key=lambda name: members[name]["id"])


def test_a_partner_sees_only_names_that_others_chose_and_their_own_place(shop, tea):
    _, members = tea
    choose(shop, members["Ada"], "Countess <b>")

    text, rows = seen_by(shop, members["Di"])

    assert rows == [
        ["1", "Countess <b>", "4 purchases"],
        ["2", "A partner", "2 purchases"],
        ["2", "A partner", "2 purchases"],
        ["4", "You", "1 purchase"],
    ]
    assert "You are in place 4 of 4: 1 purchase." in text
    assert "Missing to the next place: 1 purchase." in text
    assert "Secret" not in text
    assert "Other partners do not see your name." in text


def test_nothing_that_others_brought_or_earned_in_money_is_on_the_page(shop, tea):
    body = page_of(shop, tea[1]["Di"]).body

    for amount in ("123", "$", "USD", "492", "246"):
        assert amount not in body


def test_a_display_name_that_is_taken_back_is_gone_at_once(shop, tea):
    _, members = tea
    choose(shop, members["Ada"], "Countess")
    warm = browser_of(shop, members["Di"])
    before = warm.get("/portal/leaderboard").body

    choose(shop, members["Ada"], None)

    assert "Countess" in before
    assert "Countess" not in warm.get("/portal/leaderboard").body
    assert shop.get(f"/v1/partners/{members['Ada']['id']}").json["display_name"] is None


def test_without_names_a_partner_sees_their_own_place_alone(shop, tea):
    program, members = tea
    choose(shop, members["Ada"], "Countess")
    show(shop, program, shows="ranks")

    text, rows = seen_by(shop, members["Bob"])

    assert rows == []
    assert "Countess" not in text
    assert "You are in place 2 of 4: 2 purchases." in text
    assert "Missing to the next place: 2 purchases." in text


def test_the_first_one_is_missing_nothing_and_who_brought_nothing_has_no_place(shop, tea):
    _, members = tea

    assert "Missing" not in seen_by(shop, members["Ada"])[0]
    text = seen_by(shop, members["Eve"])[0]
    assert "You do not have a place in this period yet." in text
    assert "Missing to the next place: 1 purchase." in text


def test_a_program_that_shows_none_has_no_page_and_no_link_to_it(shop, tea):
    program, members = tea
    assert "/portal/leaderboard" in browser_of(shop, members["Ada"]).get("/portal").body
    show(shop, program, shows="off")

    assert page_of(shop, members["Ada"]).status == 404
    assert "/portal/leaderboard" not in browser_of(shop, members["Ada"]).get("/portal").body


def test_suspended_and_banned_partners_are_not_shown_to_others_and_see_no_place(shop, tea):
    _, members = tea
    choose(shop, members["Ada"], "Countess")
    choose(shop, members["Bob"], "Builder")
    assert shop.post("/v1/partners/ext_Ada/ban", {"reason": "self_referral"}).status == 200
    assert shop.post("/v1/partners/ext_Bob/suspend", {"reason": "self_referral"}).status == 200

    text, rows = seen_by(shop, members["Cy"])

    assert rows == [["1", "You", "2 purchases"], ["2", "A partner", "1 purchase"]]
    assert "You are in place 1 of 2: 2 purchases." in text
    assert "While your account is suspended, you have no place." in seen_by(shop, members["Bob"])[0]
    assert shop.post("/v1/partners/ext_Bob/reactivate", {}).status == 200
    assert "Builder" in seen_by(shop, members["Cy"])[0]


def test_a_partner_who_left_keeps_their_place_without_a_name(shop, tea):
    program, members = tea
    choose(shop, members["Ada"], "Countess")
    assert shop.post("/v1/partners/ext_Ada/leave", {"program": program["id"]}).status < 300

    assert seen_by(shop, members["Di"])[1][0] == ["1", "A partner", "4 purchases"]
    assert page_of(shop, members["Ada"]).status == 404


def test_a_merged_partner_counts_once_and_an_erased_one_not_at_all(shop, tea):
    _, members = tea
    choose(shop, members["Cy"], "Cy the Duplicate")
    assert shop.post("/v1/partners/ext_Cy/merge", {"into": members["Di"]["id"]}).status == 200
    assert shop.post("/v1/partners/ext_Ada/erase", {"gives_up": True}).status < 300

    text, rows = seen_by(shop, members["Di"])

    assert rows == [["1", "You", "3 purchases"], ["2", "A partner", "2 purchases"]]
    assert "Duplicate" not in text


def test_a_partner_behind_the_first_ten_is_listed_below_them(shop, tea, monkeypatch):
    monkeypatch.setattr(own_place, "FIRST", 1)

    assert seen_by(shop, tea[1]["Di"])[1] == [["1", "A partner", "4 purchases"], ["4", "You", "1 purchase"]]


def test_a_partner_behind_all_who_are_looked_up_is_told_so_and_no_wrong_place(shop, tea, monkeypatch):
    monkeypatch.setattr(own_place, "MOST_PARTNERS", 2)
    monkeypatch.setattr("chalicelib.portal.leaderboard.MOST_PARTNERS", 2)

    text, _ = seen_by(shop, tea[1]["Di"])

    assert "At least 2 partners are before you. You have: 1 purchase." in text
    assert "Missing" not in text


def test_partners_are_ranked_by_what_the_program_chose_in_the_period_they_choose(shop, tea):
    program, members = tea
    show(shop, program, shows="names", by="clicks")
    shop.click({"code": "tea-eve"})
    shop.streams.run()

    assert seen_by(shop, members["Eve"])[1] == [["1", "You", "1 click"]]
    assert seen_by(shop, members["Eve"], period="last_year")[1] == []
    assert page_of(shop, members["Eve"], period="decade").status == 422
    assert page_of(shop, members["Eve"], program="prg_other").status == 404


@pytest.mark.parametrize("name", ["x" * 41, "Ada\nKing", "Ada\x00"])
def test_a_display_name_is_checked_as_other_names_are_and_what_was_typed_stays(shop, tea, name):
    ada = tea[1]["Ada"]

    answer = browser_of(shop, ada).send("/portal/settings", locale="en", display_name=name)

    assert answer.status == 422
    [field] = [one for one in read(answer.body).all("input") if one.attributes["name"] == "display_name"]
    assert field.attributes["aria-invalid"] == "true"
    assert shop.patch(f"/v1/partners/{ada['id']}", {"display_name": name}).status == 422
    assert shop.get(f"/v1/partners/{ada['id']}").json["display_name"] is None


def test_a_display_name_is_in_the_audit_trail_and_leaves_with_an_erasure_or_a_new_holder(shop, tea):
    _, members = tea
    for name in ("Ada", "Bob"):
        assert shop.patch(f"/v1/partners/ext_{name}", {"display_name": f"Star {name}"}).json["display_name"]
    changes = shop.get(f"/v1/audit?subject={members['Ada']['id']}").json["data"]
    assert "partner.changed" in [one["action"] for one in changes]

    assert shop.post("/v1/partners/ext_Ada/erase", {"gives_up": True}).status < 300
    handed = {"name": "Heir", "email": "heir@mail.example", "reason": "sale"}
    assert shop.post("/v1/partners/ext_Bob/hand-over", handed).status < 300
    shop.settle()

    stored = [row for row in shop.rows("partners") if "Star " in str(row)]
    assert stored == []
    assert seen_by(shop, members["Di"])[1][0] == ["1", "A partner", "2 purchases"]


def test_a_program_changes_what_partners_see_on_its_page_of_settings_too(shop, tea, admin):
    program, _ = tea
    path = f"/admin/programs/{program['id']}/settings"
    fields = fields_of(admin.get(path).body, "Save")

    refused = admin.send(path, **{**fields, "leaderboard_shows": "all"})
    saved = admin.send(path, **{**fields, "leaderboard_shows": "ranks", "leaderboard_by": "leads"})

    assert refused.status == 422
    [field] = [one for one in read(refused.body).all("select") if one.attributes["name"] == "leaderboard_shows"]
    assert field.attributes["aria-invalid"] == "true"
    assert saved.status == 303
    memory.forget_everything()
    assert shop.get(f"/v1/programs/{program['id']}").json["leaderboard"] == {"shows": "ranks", "by": "leads"}
    stale = shop.patch(
        f"/v1/programs/{program['id']}", {"leaderboard": {"shows": "off"}}, headers={"If-Match": fields["etag"]}
    )
    assert stale.status == 412
    assert shop.patch(f"/v1/programs/{program['id']}", {"leaderboard": {"by": "revenue"}}).status == 422
