"""The report builder, in a real browser: on a phone and at a desk, by keyboard, at an address that can be passed on."""

import itertools
import re

import pytest
from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import PAINTED, sign_in


def test_a_report_is_built_by_the_form_and_is_for_everybody(business, visit, picture):
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    page.goto(f"{business.running.url}/admin/programs/{business.program['id']}/report")
    assert_well_made_everywhere(page)

    page.get_by_label("Rows").select_option("Partner")
    page.get_by_label("And by").select_option("Channel")
    page.get_by_text("Columns").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Average order").check()
    assert_well_made_everywhere(page)
    picture(page, "admin-report-form-{size}", full_page=True)
    page.get_by_role("button", name="Show").click()

    expect(page.get_by_role("row").first).to_contain_text("Average order")
    assert "by=partner" in page.url
    assert_well_made_everywhere(page)
    picture(page, "admin-report-{size}", full_page=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as CSV").click()
    assert download.value.suggested_filename.startswith("report-")


def test_a_report_by_one_dimension_has_charts_beside_its_table(business, visit, picture):
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)

    path = f"/v1/programs/{business.program['id']}/report?by=partner&metrics=sales,net_revenue"
    # Ada, Bob, and whom other tests have added to the business.
    partners = len(business.running.json("GET", path)["rows"])
    assert partners >= 2
    for by, rows in (("day", 30), ("partner", partners)):
        page.goto(
            f"{business.running.url}/admin/programs/{business.program['id']}/report?by={by}&sales=1&net_revenue=1"
        )
        expect(page.locator("figure.chart canvas")).to_have_count(2)
        expect(page.locator("tbody").first.get_by_role("row")).to_have_count(rows)
        assert_well_made_everywhere(page)
        picture(page, f"admin-report-by-{by}-{{size}}", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_line_has_a_color_of_its_own_and_a_name(business, visit, picture, scheme):
    page = visit(f"{business.running.url}/admin", color_scheme=scheme)
    sign_in(page, business)
    path = f"{business.running.url}/admin/programs/{business.program['id']}/report"

    page.goto(f"{path}?by=day&then=partner&human_clicks=1")
    chart = page.get_by_role("img", name="Clicks: ")
    names = page.locator(".lines li").all_inner_texts()
    assert {"Ada", "Bob"} <= {name.partition(" ")[0] for name in names}
    assert names[0] in chart.get_attribute("aria-label")
    painted = chart.evaluate(PAINTED, ["--line-1", "--line-2"])
    assert min(painted["--line-1"], painted["--line-2"]) > 50
    assert_well_made_everywhere(page)
    picture(page, f"admin-report-lines-{{size}}-{scheme}", full_page=True)

    page.goto(f"{path}?by=week&net_revenue=1&conversion_rate=1&compare=previous&parts=1")
    assert page.locator(".lines").first.locator("li").all_inner_texts() == ["these days", "Before"]
    expect(page.locator("figure.chart canvas")).to_have_count(2)
    assert_well_made_everywhere(page)
    picture(page, f"admin-report-compared-{{size}}-{scheme}", full_page=True)


def test_of_many_lines_six_are_drawn_and_the_others_counted(business, visit):
    page = visit(f"{business.running.url}/admin", size="desk")
    sign_in(page, business)

    def of_nine(route):
        answer, names = route.fetch(), itertools.cycle(range(9))
        cell = re.compile(r'(<td role="cell" data-label="Partner" class="wide">).*?</td>')
        body = cell.sub(lambda match: f"{match[1]}Partner {next(names)}</td>", answer.text())
        route.fulfill(response=answer, body=body)

    page.route("**/report?*", of_nine)
    page.goto(f"{business.running.url}/admin/programs/{business.program['id']}/report?by=day&then=partner&clicks=1")

    lines = page.locator(".lines li").all_inner_texts()
    assert (len(lines), lines[6]) == (7, "3 more are not drawn")
    assert len({*lines[:6]} & {f"Partner {number}" for number in range(9)}) == 6


def test_without_scripts_a_report_is_its_table_alone(business, visit):
    page = visit(size="phone", java_script_enabled=False)
    sign_in(page, business)

    page.goto(f"{business.running.url}/admin/programs/{business.program['id']}/report?by=week&sales=1&compare=month")

    assert not any(figure.is_visible() for figure in page.locator("figure").all())
    expect(page.get_by_role("region", name="Report").get_by_role("row").nth(1)).to_be_visible()
