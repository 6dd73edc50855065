"""The admin pages of introductions: a board with what is overdue first, and everything that can be done with one."""

import re

import pytest

from tests.forms import Browser
from tests.introduced import introduce, open_for_introductions, see
from tests.reading import read


@pytest.fixture
def tea(shop):
    return open_for_introductions(shop.program(name="Tea Shop", external_id="tea"))


@pytest.fixture
def ada(shop, tea):
    return shop.partner(tea, name="Ada Lovelace", email="ada@mail.example")


@pytest.fixture
def admin(shop):
    browser = Browser(shop)
    assert browser.send("/admin/sign-in", key=shop.key).status == 303
    return browser


def path_of(introduction):
    return f"/admin/introductions/{introduction['id']}"


def act(browser, introduction, action, *, at="", **fields):
    """Send a form of an introduction's page, as it is shown."""
    page = browser.get(path_of(introduction)).body
    turn = re.search(r'name="turn" value="(\d+)"', page)[1]
    return browser.send(path_of(introduction) + at, turn=turn, **({"action": action} if action else {}), **fields)


def done(browser, answer):
    assert answer.status == 303, answer.body
    return [
        one.text for one in read(browser.get(answer.headers["Location"]).body) if one.attributes.get("role") == "status"
    ]


def test_the_board_shows_what_is_overdue_first_and_by_when_the_others_are_owed_a_word(shop, tea, ada, admin):
    introduce(shop, tea, ada, person={"name": "Old Hand", "email": "old@navy.example"})
    shop.wait(days=7)
    assert admin.send("/admin/sign-in", key=shop.key).status == 303
    introduce(shop, tea, ada, person={"name": "New Hand", "email": "new@navy.example"})
    page = admin.get(f"/admin/programs/{tea['id']}/introductions").body
    assert "1 introduction is overdue" in page
    assert page.index("Old Hand") < page.index("New Hand")
    assert "Overdue since" in page
    answer = admin.get(f"/admin/programs/{tea['id']}/introductions?sort=due")
    assert (answer.status, answer.body.rindex("Old Hand") < answer.body.rindex("New Hand")) == (200, True)


def test_the_table_is_filtered_by_state_and_saved_without_formulas(shop, tea, ada, admin):
    first = introduce(shop, tea, ada, person={"name": "=cmd|'/c'!A1", "email": "calc@navy.example"}).json
    introduce(shop, tea, ada)
    act(admin, first, "accept")
    page = admin.get(f"/admin/programs/{tea['id']}/introductions?state=received").body
    assert "Grace Hopper" in page
    assert "=cmd" not in page
    file = admin.get(f"/admin/programs/{tea['id']}/introductions/export").body
    assert "\"'=cmd|'" in file
    assert '"=cmd' not in file


def test_an_introduction_is_accepted_moved_and_told_of_and_each_step_names_who_did_it(shop, tea, ada, admin):
    introduced = introduce(shop, tea, ada, why="They need tea.").json
    page = admin.get(path_of(introduced)).body
    for part in ("Grace Hopper", "Ada Lovelace", "They need tea.", "The partner hears from you by"):
        assert part in page
    assert done(admin, act(admin, introduced, "accept", words="What a nice idea.")) == [
        "Accepted. The partner gets an email now."
    ]
    assert done(admin, act(admin, introduced, "move", state="meeting"))
    assert done(admin, act(admin, introduced, "say", words="We meet on Monday."))
    assert done(admin, act(admin, introduced, "extend"))
    stored = see(shop, introduced)
    assert stored["state"] == "meeting"
    assert [step["words"] for step in stored["history"]] == [
        None,
        "What a nice idea.",
        None,
        "We meet on Monday.",
        None,
    ]
    page = admin.get(path_of(introduced)).body
    assert "Extend once" not in page
    assert "Protection extended" in page


def test_declining_needs_a_reason_and_what_was_typed_stays(shop, tea, ada, admin):
    introduced = introduce(shop, tea, ada).json
    answer = act(admin, introduced, "decline", words="Sorry & thanks")
    assert answer.status == 422
    assert "Sorry &amp; thanks</textarea>" in answer.body
    assert re.search(r'id="reason-decline"[^>]*aria-invalid="true"', answer.body)
    assert done(admin, act(admin, introduced, "decline", reason="no_fit", words="Sorry"))
    assert (see(shop, introduced)["state"], see(shop, introduced)["reason"]) == ("declined", "no_fit")
    assert "Send the question" not in admin.get(path_of(introduced)).body


def test_a_form_of_before_a_change_does_nothing(shop, tea, ada, admin):
    introduced = introduce(shop, tea, ada).json
    turn = re.search(r'name="turn" value="(\d+)"', admin.get(path_of(introduced)).body)[1]
    assert admin.send(path_of(introduced), turn=turn, action="accept").status == 303
    again = admin.send(path_of(introduced), turn=turn, action="lose", reason="later")
    assert (again.status, "changed after you opened this page" in again.body) == (422, True)
    assert see(shop, introduced)["state"] == "accepted"


def test_closing_as_won_reports_the_sale_and_earns_the_reward(shop, tea, ada, admin):
    introduced = introduce(shop, tea, ada).json
    act(admin, introduced, "accept")
    wrong = act(admin, introduced, "", at="/won", order="order-1", amount="12,345")
    assert (wrong.status, 'value="12,345"' in wrong.body) == (422, True)
    assert re.search(r'name="amount" aria-invalid="true"', wrong.body)
    assert done(admin, act(admin, introduced, "", at="/won", order="order-1", amount="1200,00"))
    stored = see(shop, introduced)
    assert stored["state"] == "won"
    assert shop.streams.run() == []
    sale = shop.get(f"/v1/conversions/{stored['conversion']}").json
    assert (sale["external_id"], sale["amount"]["amount"], sale["partner"]) == ("order-1", 120000, ada["id"])
    page = admin.get(path_of(introduced)).body
    assert f"/admin/conversions/{stored['conversion']}" in page


def test_the_first_page_says_how_many_wait_and_since_when(shop, tea, ada, admin):
    introduce(shop, tea, ada)
    page = admin.get("/admin").body
    assert f"/admin/programs/{tea['id']}/introductions" in page
    assert "1 introduction to answer in Tea Shop" in page


def test_a_day_for_the_next_word_is_promised_and_one_too_far_ahead_is_refused(shop, tea, ada, admin):
    introduced = introduce(shop, tea, ada).json
    late = act(admin, introduced, "accept", next_on="2026-04-30")
    assert (late.status, "They hear from you again by: choose a day within the next 14 days." in late.body) == (
        422,
        True,
    )
    assert re.search(r'name="next_on" type="date" aria-invalid="true"', late.body)
    assert done(admin, act(admin, introduced, "accept", next_on="2026-03-16"))
    assert see(shop, introduced)["next_word_by"] == "2026-03-17T00:00:00.000Z"
    assert "The partner hears from you by Mar\xa016,\xa02026" in admin.get(path_of(introduced)).body


def test_an_introduction_has_the_pages_of_its_program_and_leads_to_the_board(shop, tea, ada, admin):
    page = admin.get(path_of(introduce(shop, tea, ada).json)).body
    assert 'aria-label="Pages of Introductions"' in page
    assert read(page).link("All introductions") == f"/admin/programs/{tea['id']}/introductions"
