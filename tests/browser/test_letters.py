"""Letters, as a mail program shows them: on a phone and a desk, light and dark, with whatever names there are."""

import re

import pytest

from tests.browser.business import HOSTILE
from tests.browser.looks import OF_LETTERS, assert_well_made


def letters(running, address):
    """Return the letters an address got, the last of each subject."""
    found = running.json("GET", "/_local/mailbox.json")["letters"]
    return {one["subject"]: one["html"] for one in found if any(address in to for to in one["to"])}


def look(page, html):
    page.set_content(html)
    assert page.locator("script, img").count() == 0
    assert_well_made(page, OF_LETTERS)


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_a_letter_is_for_everybody(business, visit, picture, size):
    page = visit(size=size)
    mine = letters(business.running, "ada@tea.example")
    assert len(mine) > 3

    for html in mine.values():
        look(page, html)

    page.set_content(next(html for subject, html in mine.items() if "earned" in subject))
    picture(page, f"letter-{size}", full_page=True)
    page.emulate_media(color_scheme="dark")
    picture(page, f"letter-{size}-dark", full_page=True)


def test_a_link_in_a_letter_stops_more_of_them_and_they_can_be_had_again(business, visit, picture):
    found = business.running.json("GET", "/_local/mailbox.json")["letters"]
    text = next(one["text"] for one in found if "/u/" in one["text"] and "bob@tea.example" in one["to"][0])

    page = visit(re.search(r"http://\S+/u/\S+", text)[0])
    assert_well_made(page)
    picture(page, "stop-phone")
    page.get_by_role("button").click()
    assert page.get_by_role("heading", name="You will not get these letters any more.").count() == 1
    page.get_by_role("button").click()
    assert page.get_by_role("heading", name="You will get these letters again.").count() == 1


def test_hostile_names_in_a_letter_are_only_text(business, visit):
    page = visit()
    told = []
    page.on("dialog", lambda dialog: (told.append(dialog.message), dialog.dismiss()))
    _, _, address = business.hostile_partner()
    business.settle()

    mine = letters(business.running, address)

    assert mine
    for html in mine.values():
        look(page, html)
        # What turns writing around is left out; the rest is shown as it is.
        assert HOSTILE.replace("\u202e", " ") in page.locator("body").inner_text()
    assert told == []
