"""The first days of the month: a program is set up on pages, and partners join it on their phones."""

import re

from playwright.sync_api import expect

from tests.browser.month import MANAGER, OWNER, PARTNERS, confirms
from tests.pictures import png

WORDS = "The first pot of tea is on us."


def invite_the_manager(month, page):
    page.get_by_role("link", name="People").click()
    form = page.locator("form", has=page.get_by_role("heading", name="Invite someone"))
    form.get_by_label("Email address").fill(MANAGER)
    form.get_by_label("Name shown").fill("Meg")
    form.get_by_label("Role").select_option("manager")
    form.get_by_role("button", name="Invite").click()
    confirms(page, "Meg")
    # Managers pay nobody: it takes another role to approve a payout.
    page.get_by_role("link", name="Meg").click()
    form = page.get_by_role("form", name="Add a role")
    form.get_by_label("Role").select_option("payouts")
    form.get_by_role("button", name="Add role").click()
    expect(page.get_by_role("form", name="Payouts")).to_be_visible()


def set_up_the_program(month, page, website, picture):
    page.get_by_role("link", name="Today").click()
    page.get_by_role("link", name="New program").click()
    page.get_by_label("Name shown").fill("Blatt & Bohne")
    page.get_by_label("Landing page where").fill(f"{website.url}/welcome")
    page.get_by_label("Currency").fill("EUR")
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_label("Who may join").select_option("Anyone you approve")
    page.get_by_label("Days a reward is held").fill("7")
    page.get_by_label("Percent for the partner").fill("10")
    page.get_by_label("For signing up, or for their first purchase").select_option("A coupon for signing up")
    page.get_by_label("Coupon").fill("5 € off")
    page.get_by_role("button", name="Check the program").click()
    page.get_by_role("button", name="Create the program").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Next steps")
    month.program = re.search(r"prg_\w+", page.url)[0]

    page.goto(f"{month.running.url}/admin/keys")
    page.get_by_label("Name what uses it").fill("Shop server")
    page.get_by_label("conversions:write").check()
    page.get_by_role("button", name="Create").click()
    month.key = (
        page.locator("section", has=page.get_by_role("heading", name="Copy the key now")).locator("code").inner_text()
    )

    change_the_look(month, page, picture)
    edit_an_email(month, page)
    for path, amount in (("/adjustments", "20.00 EUR"), ("/payouts", "50.00 EUR")):
        month.go(page, path)
        page.get_by_label("A second person must approve").fill(amount)
        page.get_by_role("button", name="Save").click()
        confirms(page, "Saved.")


def change_the_look(month, page, picture):
    month.go_to_program(page, "/look")
    page.get_by_label("Use your own color").check()
    page.get_by_label("Color of").fill("#00695c")
    page.get_by_label(re.compile("^Logo")).set_input_files(
        {"name": "logo.png", "mimeType": "image/png", "buffer": png(400, 120)}
    )
    page.get_by_label("Postal address").fill("Am Markt 1\nBerlin")
    page.get_by_role("button", name="Preview").click()
    confirms(page, "This is a preview. Nothing is saved yet.")
    preview = page.locator("iframe[title='Preview: Join page']").content_frame
    expect(preview.get_by_role("button")).to_have_css("background-color", "rgb(0, 105, 92)")
    picture(page, "month-1-look", full_page=True)
    page.get_by_role("button", name="Save").click()
    confirms(page, "Saved.")


def edit_an_email(month, page):
    month.go_to_program(page, "/emails")
    page.get_by_role("link", name="Invitation", exact=True).click()
    page.get_by_label("Subject").fill("Tea for your friends, {{name}}?")
    text = page.get_by_label("Text", exact=True)
    text.fill(f"{text.input_value()}\n\n{WORDS}")
    page.get_by_role("button", name="Preview", exact=True).click()
    preview = page.locator("iframe[name=preview]").content_frame
    expect(preview.get_by_text(WORDS)).to_be_visible()
    page.get_by_role("button", name="Save").click()
    confirms(page, "Saved")
    page.get_by_role("button", name="Send a test to me").click()
    confirms(page, OWNER)
    assert WORDS in month.emails(OWNER)[-1]["text"]


def invite_partners(month, page):
    month.go_to_program(page, "/joining")
    form = page.locator("form", has=page.get_by_role("heading", name="Invite someone"))
    for name, address in PARTNERS.items():
        form.get_by_label("Email address").fill(address)
        form.get_by_label("Name").fill(name)
        form.get_by_role("button", name="Invite").click()
        expect(page.get_by_role("row", name=address)).to_be_visible()
    [email] = month.emails(PARTNERS["Anna"])
    assert (email["subject"], WORDS in email["text"]) == ("Tea for your friends, Anna?", True)


def partners_join(month, picture):
    links = {}
    for name in ("Anna", "Bob"):
        phone = month.phone(month.link_in_email(PARTNERS[name], "/join/"))
        links[name] = join(phone, name, PARTNERS[name])
        if name == "Anna":
            picture(phone, "month-2-share", full_page=True)
    # Cleo asks at the public page, with another address than the one that was invited.
    phone = month.phone(f"{month.running.url}/join/{month.program}")
    join(phone, "Cleo", "cleo@home.example", applies=True)
    return links


def join(phone, name, email, *, applies=False):
    phone.get_by_label("Your name").fill(name)
    phone.get_by_label("Your email address").fill(email)
    phone.get_by_role("checkbox").check()
    phone.get_by_role("button").click()
    if applies:
        expect(phone.get_by_label("Your name")).to_have_count(0)
        return None
    return phone.locator(".link").inner_text()


def approve_the_application(month, page):
    page.get_by_role("link", name=re.compile("application")).click()
    page.get_by_role("form", name="Cleo").get_by_role("button", name="Approve").click()
    confirms(page, "Cleo")
    phone = month.phone(month.link_in_email("cleo@home.example", "/s/"))
    phone.get_by_role("button", name="link").click()
    return phone.locator(".link").inner_text()
