"""Who brought whom, in a real browser: a program's sources, a partner's tree, a customer's path, and one's own tree."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in as sign_in_as_admin
from tests.browser.test_portal import sign_in


@pytest.fixture(scope="module")
def family(business):
    """Ada brings people who become partners and bring others; a night later it is counted."""
    program = business.program["id"]
    codes = {"Ada": business.links[0]["code"]}

    def buy(name, by, amount):
        business.post(
            "/v1/conversions",
            type="sale",
            program=program,
            external_id=f"family-{name}-{by}",
            customer={"external_id": f"family-{name}", "name": name},
            amount={"amount": amount, "currency": "EUR"},
            code=codes[by],
        )

    def join(name):
        partner = business.post(
            "/v1/partners",
            name=name,
            email=f"{name.split()[0]}@family.example".lower(),
            external_id=f"family-{name}",
            programs=[program],
        )
        codes[name] = f"family-{name.split()[0]}".lower()
        business.post("/v1/links", program=program, partner=partner["id"], code=codes[name])

    for name, by in (
        ("Cyrus the Younger, of the Long Name", "Ada"),
        ("Dora", "Ada"),
        ("Emil", "Cyrus the Younger, of the Long Name"),
        ("Fiona", "Emil"),
        ("Gustav", "Emil"),
    ):
        buy(name, by, 4200)
        join(name)
    buy("Hanna", "Gustav", 12_345)
    business.check_partners()
    # The service walks by itself, too: whoever comes second waits until that has ended.
    for _ in range(100):
        business.running.call("POST", "/_local/schedules", {"run": "trace_sources"})
        if any(one["partners"] for one in business.running.json("GET", f"/v1/programs/{program}/sources")["data"]):
            return business
        time.sleep(0.2)
    raise AssertionError("the graph was never walked")


def test_an_admin_sees_sources_a_tree_and_a_path_drawn_and_as_tables(family, visit, picture):
    page = visit(f"{family.running.url}/admin")
    sign_in_as_admin(page, family)
    page.goto(f"{family.running.url}/admin/programs/{family.program['id']}")
    page.get_by_role("link", name="Numbers", exact=True).click()
    page.get_by_role("link", name="Sources", exact=True).click()
    expect(page.get_by_role("img", name="Drawing of the largest sources")).to_be_visible()
    assert_well_made_everywhere(page)
    picture(page, "admin-sources-{size}", full_page=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as CSV").click()
    assert download.value.suggested_filename.startswith("sources-")

    page.get_by_role("link", name="Ada Lindqvist").first.click()
    expect(page.get_by_role("table", name="Whom they brought").or_(page.get_by_role("table"))).to_contain_text("Gustav")
    assert_well_made_everywhere(page)
    picture(page, "admin-tree-{size}", full_page=True)

    page.goto(f"{family.running.url}/admin/customers/ext_family-Hanna")
    page.get_by_role("link", name="Show the path to the source").click()
    expect(page.get_by_role("img")).to_be_visible()
    expect(page.get_by_text("they are the source")).to_be_visible()
    assert_well_made_everywhere(page)
    picture(page, "admin-path-{size}", full_page=True)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_partner_sees_who_came_through_them_without_names_that_nobody_chose(family, visit, picture, language):
    family.patch(f"/v1/programs/{family.program['id']}", leaderboard={"shows": "names", "by": "sales"})
    for one in family.running.json("GET", "/v1/partners")["data"]:
        family.patch(f"/v1/partners/{one['id']}", display_name="Dora" if one["name"] == "Dora" else None)
    page = visit()
    sign_in(page, family)
    family.patch(f"/v1/partners/{family.ada['id']}", locale=language)
    page.goto(f"{family.running.url}/portal")
    through = page.get_by_role("link", name={"en": "Who came through you", "de": "Wer über Sie kam"}[language])
    # Other tests may have put her into more programs, each with a link of its own.
    through.and_(page.locator(f"[href*='{family.program['id']}']")).click()

    table = page.get_by_role("table")
    expect(table).to_contain_text("Dora")
    expect(table.get_by_text({"en": "A friend", "de": "Ein Freund"}[language]).first).to_be_visible()
    page.wait_for_load_state()
    assert "Gustav" not in page.content()
    assert_well_made_everywhere(page)
    picture(page, f"portal-tree-{language}-{{size}}", full_page=True)
    family.patch(f"/v1/partners/{family.ada['id']}", locale="en")
