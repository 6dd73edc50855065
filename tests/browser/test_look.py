"""Pages in a business's own color and with its logo: for everybody, whichever color it is."""

import base64
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from chalicelib.kit.colors import READABLE, contrast
from tests.browser.looks import assert_well_made_everywhere
from tests.pictures import png

# Of a button: its color and that of its text.
_BUTTON = """element => [getComputedStyle(element).backgroundColor, getComputedStyle(element).color]"""


def program_of(running, color):
    program = running.json(
        "POST",
        "/v1/programs",
        {
            "name": "Tea & Cake",
            "currency": "EUR",
            "landing_url": "https://tea.example/welcome",
            "joining": "open",
            "look": {"color": color},
            "rules": [
                {"on": "lead", "to": "referrer", "flat": {"amount": 200, "currency": "EUR"}},
                {"on": "sale", "to": "referee", "rate_bp": 1000},
            ],
        },
    )
    image = base64.b64encode(png(400, 120)).decode()
    return running.json("POST", f"/v1/programs/{program['id']}/logo", {"image": image})


def hexadecimal(color):
    return "#" + bytes(int(part) for part in color.removeprefix("rgb(").removesuffix(")").split(",")).hex()


@pytest.mark.parametrize("color", ["#ffd400", "#0a0a0a", "#c2185b"])
def test_the_join_and_share_pages_are_well_made_in_any_color(running, visit, picture, color):
    program = program_of(running, color)
    page = visit(f"{running.url}{urlsplit(program['join_url']).path}")
    logo = page.get_by_role("img", name="Tea & Cake")

    assert_well_made_everywhere(page)
    assert logo.evaluate("image => image.complete && image.naturalWidth") == 400
    background, text = map(hexadecimal, page.get_by_role("button").evaluate(_BUTTON))
    assert background == color
    assert contrast(background, text) >= READABLE
    picture(page, f"look-join-{{size}}-{color[1:]}", full_page=True)
    page.emulate_media(color_scheme="dark")
    picture(page, f"look-join-{{size}}-{color[1:]}-dark", full_page=True)

    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Your email").fill(f"ada-{color[1:]}@tea.example")
    page.get_by_role("checkbox").check()
    page.get_by_role("button").click()

    expect(page.get_by_role("heading", name="Hello Ada")).to_be_visible()
    assert_well_made_everywhere(page)
    assert page.get_by_role("img", name="Tea & Cake").evaluate("image => image.naturalWidth") == 400
    picture(page, f"look-share-{{size}}-{color[1:]}", full_page=True)
