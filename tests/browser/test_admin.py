"""The admin pages, in a real browser: charts with tables beside them, and everything by forms."""

import pytest

from tests.browser.looks import assert_well_made


def sign_in(page, business):
    page.goto(f"{business.running.url}/admin")
    page.get_by_label("API key").fill(business.running.key)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Programmes").wait_for()


def pages(business):
    entries = business.running.json("GET", f"/v1/partners/{business.ada['id']}/entries?currency=EUR&limit=5")
    reward = next(one["reward"] for one in entries["data"] if one["reward"])
    program = f"/programs/{business.program['id']}"
    return {
        "": "admin",
        program: "admin-program",
        f"{program}/partners": "admin-partners",
        f"{program}/terms": "admin-terms",
        f"/partners/{business.ada['id']}": "admin-partner",
        "/rewards": "admin-rewards",
        f"/rewards/{reward}": "admin-reward",
        "/payouts": "admin-payouts",
        "/messages?status=sent": "admin-messages",
        "/feedback": "admin-feedback",
    }


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_every_page_is_for_everybody(business, visit, picture, size):
    page = visit(f"{business.running.url}/admin", size=size)
    assert_well_made(page)
    sign_in(page, business)

    for path, name in pages(business).items():
        page.goto(f"{business.running.url}/admin{path}")
        assert page.get_by_role("heading", level=1).count() == 1
        assert_well_made(page)
        if name in ("admin-program", "admin-reward"):
            picture(page, f"{name}-{size}", full_page=True)
            page.emulate_media(color_scheme="dark")
            picture(page, f"{name}-{size}-dark", full_page=True)
            page.emulate_media(color_scheme="light")


def test_a_chart_has_a_bar_a_day_and_a_table_beside_it(business, visit):
    page = visit(size="desk")
    sign_in(page, business)
    page.get_by_role("link", name="Tea & Cake").click()

    chart = page.get_by_role("img", name="on the best day").first
    assert chart.locator("rect").count() >= 20
    page.get_by_text("Day by day").click()
    table = page.get_by_role("region", name="Day by day")
    assert table.get_by_role("row").count() == 31
    shown = sum(int(cell) for cell in table.locator("tbody td:nth-child(2)").all_inner_texts())
    assert f"Clicks: {shown:,} from" in chart.get_attribute("aria-label")


def test_without_scripts_a_reward_is_decided_and_a_payout_made(business, visit):
    page = visit(size="desk", java_script_enabled=False)
    sign_in(page, business)
    reward = next(path for path in pages(business) if path.startswith("/rewards/"))

    page.goto(f"{business.running.url}/admin{reward}")
    page.get_by_label("Reason, for the record").fill("looks odd")
    page.get_by_role("button", name="Hold").click()
    assert page.get_by_text("to be looked at").count() == 1
    page.get_by_role("link", name="Rewards", exact=True).click()
    assert page.get_by_text("looks odd").count() == 1
    page.goto(f"{business.running.url}/admin{reward}")
    page.get_by_label("Reason, for the record").fill("all is well")
    page.get_by_role("button", name="Release").click()
    assert page.get_by_text("to be looked at").count() == 0

    page.get_by_role("link", name="Payouts", exact=True).click()
    page.get_by_label("Prepare a payout").select_option("EUR")
    page.get_by_role("button", name="Prepare").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="for Wise").click()
    assert "Ada Lindqvist" in download.value.path().read_text()
    page.get_by_label("How is it known").fill("bank statement 7")
    page.get_by_role("button", name="They were paid").click()
    assert page.locator("dd", has_text="settled").count() == 1


def test_the_keyboard_is_enough(business, visit):
    page = visit(f"{business.running.url}/admin", size="desk")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type(business.running.key)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Programmes").wait_for()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.url.endswith("#main")


def test_hostile_names_are_only_text(business, visit):
    program, partner, _ = business.hostile_partner()
    page = visit()
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    sign_in(page, business)

    for path in ("", f"/programs/{program['id']}", f"/programs/{program['id']}/partners", f"/partners/{partner['id']}"):
        page.goto(f"{business.running.url}/admin{path}")
        assert page.locator("main script").count() == 0
        assert_well_made(page)
    assert dialogs == []
