"""Emails, as a mail program shows them: on a phone and a desk, light and dark, with whatever names there are."""

import re

from playwright.sync_api import expect

from tests.browser.business import HOSTILE
from tests.browser.looks import OF_EMAILS, assert_well_made, assert_well_made_everywhere


def emails(running, address):
    """Return the emails an address got, the last of each subject."""
    mailbox = running.json("GET", "/_local/mailbox.json")["emails"]
    return {one["subject"]: one["html"] for one in mailbox if any(address in to for to in one["to"])}


def look(page, html):
    page.set_content(html)
    expect(page.locator("script, img")).to_have_count(0)
    assert_well_made_everywhere(page, OF_EMAILS)


def test_an_email_is_for_everybody(business, visit, picture):
    page = visit()
    mine = emails(business.running, "ada@tea.example")
    assert len(mine) > 3

    for html in mine.values():
        look(page, html)

    page.set_content(next(html for subject, html in mine.items() if "earned" in subject))
    picture(page, "email-{size}", full_page=True)
    page.emulate_media(color_scheme="dark")
    picture(page, "email-{size}-dark", full_page=True)


def test_a_link_in_an_email_stops_more_of_them_and_they_can_be_had_again(business, visit, picture):
    mailbox = business.running.json("GET", "/_local/mailbox.json")["emails"]
    text = next(one["text"] for one in mailbox if "/u/" in one["text"] and "bob@tea.example" in one["to"][0])

    page = visit(re.search(r"http://\S+/u/\S+", text)[0])
    assert_well_made(page)
    picture(page, "stop-phone")
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="You are unsubscribed from these emails.")).to_have_count(1)
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="You will get these emails again.")).to_have_count(1)


def test_hostile_names_in_an_email_are_only_text(business, visit):
    page = visit()
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    _, _, address = business.hostile_partner()
    business.settle()

    mine = emails(business.running, address)

    assert mine
    for html in mine.values():
        look(page, html)
        # What turns writing around is left out; the rest is shown as it is.
        assert HOSTILE.replace("\u202e", " ") in page.locator("body").inner_text()
    assert dialogs == []
