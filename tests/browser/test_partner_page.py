"""A partner's page and the list of all partners, in a real browser: by forms alone, on a phone as on a desk."""

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere, look_at_a_desk
from tests.browser.test_admin import sign_in


def test_the_list_and_the_page_are_for_everybody(business, visit, picture):
    ada, program = business.ada["id"], business.program["id"]
    other = business.post(
        "/v1/programs",
        name="Cups",
        currency="USD",
        landing_url="https://cups.example/",
        rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}],
        tiers=[{"name": "gold", "minimum_sales": 50}],
    )
    business.post(f"/v1/partners/{ada}/enrollments", program=other["id"])
    business.patch(f"/v1/partners/{ada}", metadata={"shirt_size": "M"})
    business.post(f"/v1/partners/{ada}/feedback", score=9, words="My readers like it")
    page = visit()
    sign_in(page, business)
    link = business.running.json("GET", f"/v1/links?partner={ada}")["data"][0]["id"]

    paths = {
        "/partners": "admin-every-partner",
        f"/partners?program={program}&stage=active": "admin-every-partner-stage",
        f"/partners/{ada}?program={program}": "admin-partner-page",
        f"/partners/{ada}?program={other['id']}": "admin-partner-tiers",
        f"/links/{link}/end": "admin-end-link",
    }
    look_at_a_desk(page, picture, business.running.url, paths)


def test_a_partner_is_found_changed_and_given_a_link_by_forms_alone(business, visit, picture):
    page = visit()
    name = "Carla Fonts"
    made = business.post("/v1/partners", name=name, email="carla@mail.example", programs=[business.program["id"]])
    sign_in(page, business)

    page.get_by_role("link", name="Partners", exact=True).click()
    page.get_by_label("Find").fill("carla")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name=name).click()
    page.get_by_label("Your own fields").fill("shirt_size: L")
    page.get_by_label("Account holder").fill("C. Fonts")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Saved.")

    page.get_by_text("Change their category").click()
    page.get_by_label("Category from").select_option("influencer")
    page.get_by_label("Note for the record").fill("Ten thousand readers")
    page.get_by_role("button", name="Change the category").click()
    expect(page.get_by_role("status")).to_contain_text("The category is Influencer")

    page.get_by_text("Create a link", exact=True).click()
    page.get_by_label("Code such as").fill("a b")
    page.get_by_role("button", name="Create the link").click()
    expect(page.get_by_label("Code such as")).to_have_attribute("aria-invalid", "true")
    assert_well_made_everywhere(page)
    picture(page, "admin-partner-refused-{size}", full_page=True)
    page.get_by_label("Code such as").fill("carla")
    page.get_by_role("button", name="Create the link").click()
    expect(page.get_by_role("status")).to_contain_text("/carla")

    page.get_by_role("link", name="carla").click()
    page.get_by_role("link", name="End this link").click()
    page.get_by_role("button", name="End the link").click()
    expect(page.get_by_role("status")).to_have_text("The link was ended.")

    partner = business.running.json("GET", f"/v1/partners/{made['id']}")
    assert (partner["metadata"], partner["payout_name"]) == ({"shirt_size": "L"}, "C. Fonts")


def test_two_windows_on_one_partner_do_not_overwrite_each_other(business, visit):
    made = business.post("/v1/partners", name="Dana", email="dana@mail.example", programs=[business.program["id"]])
    url = f"{business.running.url}/admin/partners/{made['id']}"
    first = visit(size="desk")
    sign_in(first, business)
    first.goto(url)
    second = first.context.new_page()
    second.goto(url)

    first.get_by_label("Name", exact=True).fill("Dana One")
    first.get_by_role("button", name="Save", exact=True).click()
    expect(first.get_by_role("status")).to_have_text("Saved.")
    second.get_by_label("Name", exact=True).fill("Dana Two")
    second.get_by_role("button", name="Save", exact=True).click()

    expect(second.get_by_role("status")).to_contain_text("Someone else saved this page")
    expect(second.get_by_text("Now: Dana One")).to_be_visible()
    assert second.get_by_label("Name", exact=True).input_value() == "Dana Two"
