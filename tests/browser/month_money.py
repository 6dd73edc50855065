"""The other days of the month: what goes wrong is corrected, and what is due is paid, on pages."""

import re

from playwright.sync_api import expect

from tests.browser.month import PARTNERS, confirms


def refund(month, page):
    """Flo sends a tin back."""
    month.search(page, "order-1003")
    page.get_by_role("link", name="Refund").first.click()
    page.get_by_label("Refunded amount").fill("20")
    page.get_by_label("Reason").select_option("returned")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Refund").click()
    confirms(page, "Refund: done.")


def move_a_credit(month, page, picture):
    """Fritz came by Anna's link, and says on the phone that Bob had sent him."""
    month.search(page, "order-1004")
    page.get_by_role("link", name="Credit").first.click()
    page.get_by_label("Partner").fill(PARTNERS["Bob"])
    page.get_by_label("Reason").select_option("named_later")
    page.get_by_label("Note, for the record").fill("He said on the phone that Bob had sent him.")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("is credited to Bob instead of Anna.")).to_be_visible()
    picture(page, "month-3-credit", full_page=True)
    page.get_by_role("button", name="Credit someone else").click()
    confirms(page, "done.")
    month.settle()
    page.reload()
    picture(page, "month-4-order", full_page=True)


def give_a_benefit(month, page):
    """Fay gets the coupon for her sign-up, by its code."""
    month.go(page, "/benefits")
    row = page.get_by_role("row", name="Fay")
    row.get_by_role("link").first.click()
    page.get_by_label("Your reference").fill("TEA-5-FAY")
    page.get_by_role("button", name="Mark as given").click()
    expect(page.get_by_text("TEA-5-FAY")).to_be_visible()


def give_a_bonus(month, owner, manager):
    month.search(owner, PARTNERS["Bob"])
    owner.get_by_role("link", name="Bonuses and deductions").first.click()
    form = owner.locator("form", has=owner.get_by_role("heading", name="Give a bonus"))
    form.get_by_label("Amount").fill("50.00")
    form.get_by_label("Reason").select_option("campaign")
    form.get_by_label("Note").fill("Won the spring contest")
    form.get_by_role("button", name="Give the bonus").click()
    confirms(owner, "waits for a second person")
    month.go(manager, "")
    manager.get_by_role("link", name="adjustment to approve").click()
    manager.get_by_role("link", name=re.compile("^Bonus, ")).click()
    manager.get_by_role("button", name="Approve").click()
    confirms(manager, "was posted")


def ban(month, page):
    month.search(page, "cleo@home.example")
    page.get_by_role("link", name="Ban").click()
    page.get_by_label("Reason").select_option("brand_bidding")
    page.get_by_label("Hold it").check()
    page.get_by_label("Note").fill("Ads on our name")
    page.get_by_role("button", name="Ban").click()
    expect(page.locator(".notice.bad")).to_be_visible()


def merge(month, page, shop):
    """Frida bought as a guest, and made an account: what she buys there counts for Anna, too."""
    shop.sign_up("frida", clicked=False)
    month.settle()
    month.search(page, "ext_guest-frida")
    page.get_by_label("The account").fill("ext_u-frida")
    page.get_by_role("button", name="Merge into this account").click()
    page.get_by_role("button", name="Merge them").click()
    expect(page.get_by_text("Merged guests")).to_be_visible()
    shop.sell("frida", "order-1011", 30)
    month.settle()


def prepare_and_pay(month, owner, manager):
    """What Cleo had earned is held; the owner prepares and confirms, and the manager approves in between."""
    owner.get_by_role("link", name="Payouts").click()
    owner.get_by_label("Prepare a payout of everything due in").select_option("EUR")
    owner.get_by_role("button", name="Show what is due").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text("A payout in EUR")
    assert month.tile(owner, "In a payout now") == "€110.00"
    assert month.tile(owner, "Held: suspended, banned, or no payee confirmed") == "€25.00 (1)"
    owner.get_by_role("button", name="Prepare the payout").click()
    expect(owner.get_by_text("You cannot approve it: you prepared it")).to_be_visible()
    expect(owner.get_by_role("link", name="CSV", exact=True)).to_have_count(0)

    month.go(manager, "")
    manager.get_by_role("link", name="Payout of €110.00: a second person must approve it").click()
    manager.get_by_role("button", name="Approve").click()
    expect(manager.get_by_text("Approved by")).to_be_visible()

    owner.reload()
    with owner.expect_download() as download:
        owner.get_by_role("link", name="CSV", exact=True).click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 3
    owner.get_by_role("link", name="Mark all as paid").click()
    owner.get_by_label("Proof").fill("SEPA 2027-03-22")
    owner.locator("button.harm").click()
    owner.get_by_role("link", name=re.compile("Mark .* to Anna as returned")).wait_for()
    month.settle()


def take_a_payment_back(month, owner, picture):
    owner.get_by_role("link", name="Payouts").click()
    owner.get_by_role("region", name="Payouts").get_by_role("link").click()
    owner.get_by_role("link", name=re.compile("Mark .* to Anna as returned")).click()
    owner.get_by_label("Proof").fill("The account was closed")
    owner.locator("button.harm").click()
    expect(owner.get_by_role("cell", name="Returned", exact=True)).to_be_visible()
    picture(owner, "month-5-payout", full_page=True)
    month.settle()


def change_the_terms(month, owner):
    month.go_to_program(owner, "/terms")
    owner.get_by_role("link", name="New terms", exact=True).click()
    owner.locator("[id='rules/0/rate_bp']").fill("12")
    owner.get_by_role("button", name="Check these terms").first.click()
    expect(owner.get_by_role("region", name="What gets worse")).to_contain_text("Nothing gets worse for anyone.")
    tiles = ("Paid", "Would have been paid", "Difference")
    assert [month.tile(owner, name) for name in tiles] == ["€85.00", "€102.00", "€17.00"]
    owner.get_by_role("button", name="Publish these terms").click()
    confirms(owner, "Published.")


def announce_the_end(month, owner):
    month.go_to_program(owner, "/settings")
    owner.get_by_role("link", name="End the program").click()
    owner.get_by_label("Clicks and codes count until").fill("2027-04-30T00:00")
    owner.get_by_label("Sales earn until").fill("2027-05-31T00:00")
    owner.get_by_label("About the last payout").fill("The last payout is made on June 15.")
    owner.get_by_role("button", name="Continue").click()
    owner.get_by_role("button", name="Confirm").click()
    confirms(owner, "Saved.")
    month.settle()
    phone = month.phone(month.link_in_email(PARTNERS["Bob"], "/s/"))
    expect(phone.get_by_text("Friends still count if")).to_be_visible()
    expect(phone.get_by_text("The last payout is made on June 15.")).to_be_visible()
