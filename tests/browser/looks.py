"""What every page must be, whoever looks at it."""

from axe_playwright_python.sync_playwright import Axe

# An email is shown within a page of the mail program's, which has the landmarks.
OF_EMAILS = {"rules": {name: {"enabled": False} for name in ("region", "landmark-one-main")}}


def assert_accessible(page, options=None):
    """Fail on any violation axe-core finds, with its own words."""
    results = Axe().run(page, options=options)
    assert results.violations_count == 0, results.generate_report()


def assert_fits(page):
    """Fail if the page can be scrolled sideways."""
    width, inside = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= inside, f"{width} px of content in {inside} px"


def assert_well_made(page, options=None):
    """Look at the page in light and in dark, for accessibility and for its width."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert_accessible(page, options)
    assert_fits(page)
    page.emulate_media(color_scheme="light")
