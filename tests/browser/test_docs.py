"""The API, looked at and tried in a browser."""

import json

from tests.browser.looks import assert_fits


def test_a_call_can_be_tried_with_a_key_and_an_example_and_only_here(running, visit, picture):
    page = visit(f"{running.url}/docs#auth", size="desk")
    page.locator("#http-secretKey-api-key-input").fill(running.key)
    page.get_by_role("button", name="SET", exact=True).first.click()
    page.locator(".nav-bar-path").filter(has_text="POST").filter(has_text="/v1/partners").first.click()

    body = page.locator("textarea").first
    assert json.loads(body.input_value())["name"]
    body.fill('{"name": "Zed", "email": "zed@mail.example"}')
    page.get_by_role("button", name="TRY", exact=True).click()

    page.get_by_text("Response Status: Created:201").wait_for()
    picture(page, "docs-desk")
    assert_fits(page)
    assert "Zed" in [one["name"] for one in running.json("GET", "/v1/partners?limit=100")["data"]]
