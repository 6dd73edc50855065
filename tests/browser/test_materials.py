"""Materials, in a real browser: a manager makes an agreement their own, a partner reads and accepts it on a phone."""

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made
from tests.browser.test_admin import sign_in as sign_in_as_admin
from tests.browser.test_portal import sign_in


def test_an_agreement_is_written_published_read_and_accepted(business, visit, picture):
    materials = f"{business.running.url}/admin/programs/{business.program['id']}/materials"
    desk = visit(f"{business.running.url}/admin", size="desk")
    sign_in_as_admin(desk, business)
    desk.goto(materials)
    picture(desk, "admin-materials-desk", full_page=True)
    desk.get_by_role("link", name="Make it your own: How we work together").click()
    desk.get_by_label("Title").fill("House rules of {{program}}")
    desk.get_by_label("Partners must say that they have read it").check()
    desk.get_by_role("button", name="Save as a draft").click()
    expect(desk.get_by_role("status")).to_have_text("The draft is saved. Look at it, then publish it.")
    assert_well_made(desk)
    picture(desk, "admin-material-desk", full_page=True)
    desk.get_by_role("button", name="Publish version 1").click()
    expect(desk.get_by_role("status")).to_have_text("It is published: partners see it now.")

    phone = visit(size="phone")
    sign_in(phone, business)
    phone.goto(f"{business.running.url}/portal")
    picture(phone, "portal-overview-unread-phone", full_page=True)
    phone.get_by_role("link", name="House rules of Tea & Cake").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("House rules of Tea & Cake")
    assert_well_made(phone)
    picture(phone, "portal-agreement-phone", full_page=True)
    phone.get_by_role("button", name="I have read this and agree").press("Enter")
    expect(phone.get_by_role("status")).to_have_text("Thank you. That is noted.")
    expect(phone.get_by_role("main")).to_contain_text("Accepted on")
    assert_well_made(phone)
    picture(phone, "portal-materials-phone", full_page=True)

    desk.reload()
    desk.get_by_role("link", name="1", exact=True).first.click()
    expect(desk.get_by_role("row").nth(1)).to_contain_text("UTC")
    picture(desk, "admin-readers-desk", full_page=True)
    desk.set_viewport_size({"width": 390, "height": 844})
    assert_well_made(desk)
    picture(desk, "admin-readers-phone", full_page=True)
    for name in ("material", "materials"):
        desk.get_by_role("link", name="House rules" if name == "material" else "Materials").first.click()
        assert_well_made(desk)
        picture(desk, f"admin-{name}-phone", full_page=True)


def test_a_partner_takes_a_post_and_a_banner_with_their_own_link(business, visit, picture):
    page = visit(size="desk")
    sign_in(page, business)
    page.goto(f"{business.running.url}/portal/materials")
    page.get_by_role("link", name="Short post").click()
    text = page.get_by_role("textbox").input_value()
    assert "I use Tea & Cake and like it." in text
    assert "(Ad: I get a reward if you join Tea & Cake through me.)" in text
    assert_well_made(page)
    picture(page, "portal-post-desk", full_page=True)
    page.get_by_role("link", name="All materials").click()
    page.get_by_role("link", name="What you may use").click()
    banner = page.get_by_role("img", name="Banner: Wide")
    banner.scroll_into_view_if_needed()
    expect(banner).to_have_js_property("naturalWidth", 1200)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as PNG").first.click()
    assert download.value.suggested_filename == "banner-wide.png"
    for one in ("Square", "Tall"):
        page.get_by_role("img", name=f"Banner: {one}").scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert_well_made(page)
    picture(page, "portal-kit-desk", full_page=True)
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
