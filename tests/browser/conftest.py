"""What browser tests start from: the running service, Chromium, and people who open pages in it."""

import os
import shutil
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.business import Business
from tests.browser.looks import SIZES, each_size
from tests.browser.website import Website
from tests.running import ROOT, Running

PICTURES = ROOT / "build" / "pictures"
# Headless Chromium says that it is no person.
AGENTS = {
    "phone": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",  # noqa: E501
    "desk": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
}
_QUIET = [
    *("--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
# The first is the same engine without windows, which take most of what a new visitor costs.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_MISSING = "These tests need Chromium. Debian, Ubuntu: apt install chromium. Elsewhere: put `chromium` on the PATH."


def pytest_addoption(parser):
    parser.addoption("--pictures", action="store_true", help="save what the pages look like to build/pictures")


# What takes longest begins first, so that no process is left alone with it at the end.
_FIRST = ("test_every_page.py", "test_month.py", "test_admin.py", "test_lists.py")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: _FIRST.index(item.path.name) if item.path.name in _FIRST else len(_FIRST))


@pytest.fixture(scope="session")
def running():
    """The service of `make run`, on a free port."""
    service = Running()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def business():
    """A service of its own, whose clock was moved through three weeks of a business."""
    service = Running()
    yield Business(service)
    service.stop()


@pytest.fixture(scope="session")
def chromium():
    """The system's own Chromium; nothing is downloaded."""
    executable = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if executable is None:
        pytest.exit(_MISSING, returncode=1)
    # Chromium has no sandbox for root, which is who many CI containers run as.
    flags = [*_QUIET, "--no-sandbox"] if os.geteuid() == 0 else _QUIET
    # A page is on its way when a click returns: what it shows is waited for, on a busy machine, too.
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """
    Open pages as somebody new: `visit(url, size="phone", **options of the browser's context)`.

    When the test ends, whatever a page asked of another host than those in `visit.hosts`, and every
    error in its scripts, fails it.
    """
    contexts, hosts, errors = [], set(), []

    def opened(url=None, *, size="phone", **options):
        options = {"locale": "en-GB", "user_agent": AGENTS[size], **options}
        context = chromium.new_context(viewport=SIZES[size], device_scale_factor=2, **options)
        context.set_default_timeout(60_000)
        contexts.append(context)
        context.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
        context.on("weberror", lambda error: errors.append(str(error.error)))
        page = context.new_page()
        if url:
            page.goto(url)
        return page

    opened.hosts = {"localhost", "127.0.0.1", "", None}
    yield opened
    for context in contexts:
        context.close()
    assert hosts <= opened.hosts, "a page asked somebody else"
    assert errors == []


@pytest.fixture
def picture(request):
    """Save a picture of a page to look at, if `--pictures` asks for it; one of each size for a name with `{size}`."""

    def save(page, name, **options):
        if request.config.getoption("--pictures"):
            PICTURES.mkdir(parents=True, exist_ok=True)
            page.wait_for_load_state()
            for size in each_size(page) if "{size}" in name else [""]:
                path = PICTURES / f"{name.format(size=size)}.png"
                page.screenshot(path=path, animations="disabled", scale="css", **options)

    return save


@pytest.fixture
def website():
    website = Website()
    yield website
    website.stop()
