"""What every page must be, whoever looks at it."""

from axe_playwright_python.base import AXE_SCRIPT, AxeResults

# An email is shown within a page of the mail program's, which has the landmarks.
OF_EMAILS = {"rules": {name: {"enabled": False} for name in ("region", "landmark-one-main")}}


# Of what a page is, dark style sheets change colors, and the room around a logo: these rules are about colors.
_OF_COLORS = ["color-contrast", "link-in-text-block"]
# All else that axe has to say takes longer to hand over than to find out.
_RUN = "options => axe.run(options).then(({ violations }) => ({ violations }))"


def assert_accessible(page, options=None):
    """Fail on any violation axe-core finds, with its own words."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    results = AxeResults(page.evaluate(_RUN, {"resultTypes": ["violations"], **(options or {})}))
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
