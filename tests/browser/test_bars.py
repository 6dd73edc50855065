"""The bars above a page: on a phone they leave room for the page, and all they lead to can be reached."""

import pytest

from tests.browser.test_admin import sign_in

ADMIN = ["", "/programs/{program}", "/programs/{program}/settings", "/payouts", "/rewards", "/partners"]
# A phone is 740 pixels high.
MOST_PIXELS = 250


@pytest.mark.parametrize("zoomed", [False, True])
def test_the_bars_of_a_phone_take_a_third_of_it_at_most(business, visit, picture, zoomed):
    page = visit(f"{business.running.url}/admin", size="phone")
    sign_in(page, business)
    if zoomed:
        # As a reader who asks for larger letters sees it.
        page.add_init_script(
            "addEventListener('DOMContentLoaded', () => document.documentElement.style.fontSize = '20px')"
        )

    for path in ADMIN:
        page.goto(f"{business.running.url}/admin{path.format(program=business.program['id'])}")
        heading = page.get_by_role("heading", level=1).bounding_box()
        assert heading["y"] < MOST_PIXELS * (1.25 if zoomed else 1), path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        if not zoomed:
            picture(page, f"bars{path.replace('/', '-').format(program='program')}-phone")


def test_every_link_of_a_bar_is_in_sight_when_the_keyboard_reaches_it(business, visit):
    page = visit(f"{business.running.url}/admin", size="phone")
    sign_in(page, business)
    page.goto(f"{business.running.url}/admin/programs/{business.program['id']}/settings")

    for bar, last in (("Sections", "People"), ("Pages of the program", "Settings"), ("Pages of Settings", "Webhooks")):
        links = page.get_by_role("navigation", name=bar, exact=True).get_by_role("link")
        links.first.focus()
        for number in range(links.count()):
            if number:
                page.keyboard.press("Tab")
            box = page.evaluate("(({left, right}) => [left, right])(document.activeElement.getBoundingClientRect())")
            # A browser scrolls to what is out of sight, not to what is partly in sight: as much as a finger needs.
            assert min(box[1], 360) - max(box[0], 0) >= min(box[1] - box[0], 44)
        assert page.evaluate("document.activeElement.textContent") == last
