"""The share page, in a real browser: on a phone and on a desk, by keyboard, without scripts."""

import pytest

from tests.browser.looks import assert_well_made


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_the_share_page_is_for_everybody(running, visit, picture, size):
    page = visit(running.read_label("share page"), size=size)

    assert_well_made(page)
