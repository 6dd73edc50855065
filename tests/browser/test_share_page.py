"""The share page, in a real browser: on a phone and on a desk, by keyboard, without scripts."""

from tests.browser.looks import assert_well_made_everywhere


def test_the_share_page_is_for_everybody(running, visit, picture):
    page = visit(running.read_label("share page"))

    assert_well_made_everywhere(page)
