"""The lists of the admin pages in a real browser: filtered, sorted and decided, on a phone and on a desk."""

import re

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere, look_at_a_desk
from tests.browser.test_admin import sign_in

LISTS = {
    "rewards": "rewards?kind=money",
    "rewards-sorted": "rewards?state=held&partner={bob}&sort=what",
    "review": "rewards?waits=review",
    "links": "links?state=active",
    "unreferred": "customers?referred=no",
    "partners": "partners",
    "audit": "audit?action=link.created",
    "payouts": "payouts?status=prepared",
    "refused": "rewards?partner=ext_nobody",
    "oldest": "conversions?order=oldest",
    "programs": "programs",
    "people": "people",
    "keys": "keys",
    "feedback": "feedback",
    "invitations": "programs/{tea}/invitations",
    "program-partners": "programs/{tea}/partners",
}


def test_lists_are_for_everybody(business, visit, picture):
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    ids = {"bob": business.bob["id"], "tea": business.program["id"]}
    lists = {f"/{path.format(**ids)}": f"list-{name}" for name, path in LISTS.items()}
    look_at_a_desk(page, picture, business.running.url, lists)


def test_a_list_is_sorted_and_several_rewards_are_decided_with_the_keyboard(business, visit, picture):
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    rewards = business.running.json("GET", "/v1/rewards?state=due&kind=money&limit=4")["data"]
    for one in rewards:
        business.post(f"/v1/rewards/{one['id']}/hold", note="odd")
    page.goto(f"{business.running.url}/admin/rewards?waits=review")

    page.get_by_role("link", name="For", exact=True).locator("visible=true").first.press("Enter")
    expect(page).to_have_url(re.compile("sort=owner"))
    picture(page, "list-review-sorted-{size}", full_page=True)
    assert_well_made_everywhere(page)
    boxes = page.get_by_role("checkbox")
    boxes.nth(0).press("Space")
    boxes.nth(1).press("Space")
    page.get_by_role("button", name="Release selected").press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Release 2 rewards")
    assert_well_made_everywhere(page)
    picture(page, "selected-check-{size}", full_page=True)
    page.get_by_label("Note").fill("all is well")
    page.get_by_role("button", name="Release 2 rewards").press("Enter")
    expect(page.get_by_role("row", name="Done")).to_have_count(2)
    assert_well_made_everywhere(page)
    picture(page, "selected-results-{size}", full_page=True)
    page.reload()
    expect(page.get_by_role("row", name="Done")).to_have_count(2)
