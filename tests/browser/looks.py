"""What every page must be, whoever looks at it."""

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import expect

SIZES = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1280, "height": 900}}
# An email is shown within a page of the mail program's, which has the landmarks.
OF_EMAILS = {"rules": {name: {"enabled": False} for name in ("region", "landmark-one-main")}}


# Of what a page is, dark style sheets change colors, and the room around a logo: these rules are about colors.
_OF_COLORS = ["color-contrast", "link-in-text-block"]
# All else that axe has to say takes longer to hand over than to find out.
_RUN = """options => typeof axe === "object"
    ? axe.run(options).then(({ violations }) => ({ violations })) : null"""


def assert_accessible(page, options=None):
    """Fail on any violation axe-core finds, with its own words."""
    # A click returns when the next page has begun, of which nothing may be there yet.
    page.wait_for_load_state()
    options = {"resultTypes": ["violations"], **(options or {})}
    answer = page.evaluate(_RUN, options)
    if answer is None:
        # To send it to a page is most of what it costs: the context keeps it for its next pages.
        page.context.add_init_script(AXE_SCRIPT)
        page.evaluate(AXE_SCRIPT)
        answer = page.evaluate(_RUN, options)
    results = AxeResults(answer)
    assert results.violations_count == 0, results.generate_report()


def assert_fits(page):
    """Fail if the page can be scrolled sideways."""
    width, inside = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= inside, f"{width} px of content in {inside} px"


def assert_well_made(page, options=None):
    """Look at the page in light and in dark, for accessibility and for its width."""
    page.emulate_media(color_scheme="light")
    assert_accessible(page, options)
    page.emulate_media(color_scheme="dark")
    assert_accessible(page, {"runOnly": _OF_COLORS})
    assert_fits(page)
    page.emulate_media(color_scheme="light")


def assert_well_made_everywhere(page, options=None):
    """Look at the page on a phone, as `assert_well_made` does, and at a desk in light: dark is one for all widths."""
    for size in each_size(page):
        if size == "phone":
            assert_well_made(page, options)
        else:
            assert_accessible(page, options)
            assert_fits(page)


def unfold(page):
    """Open every part of a page that is folded away, without the script that a locator would bring into the page."""
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")


def look_at_a_desk(page, picture, url, paths):
    """Look at admin pages at a desk; on a phone, and in dark, test_every_page looks at all pages there are."""
    page.set_viewport_size(SIZES["desk"])
    for path, name in paths.items():
        page.goto(f"{url}/admin{path}")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.get_by_role("button", name="Sign out")).to_have_count(1)
        picture(page, f"{name}-{{size}}", full_page=True)
        unfold(page)
        assert_accessible(page)
        assert_fits(page)


def each_size(page):
    """Show the page on a phone and at a desk in turn; yield the name of each, and leave the page as it was."""
    own = page.viewport_size
    for name, size in SIZES.items():
        page.set_viewport_size(size)
        yield name
    page.set_viewport_size(own)
