"""From an empty deployment to the first share on a phone, by what the pages say alone."""

import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.running import Running


@pytest.fixture
def empty():
    """The service as it is before anyone created a program."""
    service = Running("--empty")
    yield service
    service.stop()


def invitation(service, address):
    """Return the link of the invitation that was sent to an address."""
    for _ in range(120):
        emails = service.json("GET", "/_local/mailbox.json")["emails"]
        for email in emails:
            if address in str(email["to"]) and (match := re.search(r"http\S+/join/\S+", email["text"])):
                return match[0]
        time.sleep(0.5)
    raise AssertionError("no invitation came")


def test_a_newcomer_comes_from_an_empty_deployment_to_the_first_share_on_a_phone(empty, visit):
    desk = visit(empty.read_label("admin pages"), size="desk")
    desk.get_by_role("button", name="Sign in now").click()
    expect(desk.get_by_text("Create your first program")).to_be_visible()
    # On a desk, the sections stand in one line.
    tops = (
        desk.get_by_role("navigation", name="Sections")
        .get_by_role("link")
        .evaluate_all("all => all.map(one => one.offsetTop)")
    )
    assert len(set(tops)) == 1
    desk.get_by_role("link", name="New program").click()
    desk.get_by_role("textbox", name="Name shown").fill("Kettle & Co")
    desk.get_by_role("textbox", name="Landing page where").fill("https://kettle.example")
    desk.get_by_role("textbox", name="Currency").fill("eur")
    desk.get_by_role("button", name="Check the program").click()
    desk.get_by_role("button", name="Create the program").click()
    desk.get_by_role("link", name="Invite people").click()
    desk.get_by_label("Email address", exact=True).fill("me@kettle.example")
    desk.get_by_role("button", name="Invite", exact=True).click()
    expect(desk.get_by_role("region", name="Invited")).to_contain_text("me@kettle.example")

    phone = visit(invitation(empty, "me@kettle.example"))
    phone.get_by_label("Your name").fill("Mia")
    phone.get_by_role("checkbox").check()
    phone.get_by_role("button", name="Join and get my link").click()
    share = phone.get_by_role("link", name="WhatsApp")

    expect(share).to_be_visible()
    [message] = parse_qs(urlsplit(share.get_attribute("href")).query)["text"]
    link = phone.get_by_role("region", name="Your link").get_by_role("paragraph").first.inner_text().strip()
    assert link.startswith(empty.url)
    assert link in message
    assert "Kettle & Co" in message
    status, headers, _ = empty.call("GET", urlsplit(link).path)
    assert (status, headers["Location"].startswith("https://kettle.example")) == (302, True)

    desk.get_by_role("link", name="Today").click()
    desk.get_by_role("link", name="Next steps of Kettle & Co").click()
    expect(desk.get_by_role("heading", name="1. Invite your first partner")).to_contain_text("done")
