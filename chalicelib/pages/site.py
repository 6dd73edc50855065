"""What is asked of any host, by people and by what visits for them: its root, its icon, and where robots may go."""

from pathlib import Path

from chalice.app import Request, Response

from chalicelib.kit.responses import Binary
from chalicelib.web import shell

_SHELL = shell.public(__file__)
_ICON = Path(__file__).parent / "static" / "favicon.png"
_FOR_A_DAY = "public, max-age=86400"
# All pages say `noindex`, and a robot that may not look at one cannot read that.
_ROBOTS = "User-agent: *\nDisallow: /v1/\n"


def open_portal(_request: Request) -> Response:
    """Redirect the bare host to the portal, where partners sign in."""
    return shell.redirect(_SHELL, "/portal")


def show_robots(_request: Request) -> Response:
    """Let robots look at pages, which all say that they are not to be listed, and follow links; not call the API."""
    return Response(_ROBOTS, {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": _FOR_A_DAY})


def show_icon(_request: Request) -> Response:
    """Return the picture that browsers show beside a page's title."""
    headers: dict[str, str | list[str]] = {
        "Content-Type": "image/png",
        "Cache-Control": _FOR_A_DAY,
        "X-Content-Type-Options": "nosniff",
    }
    return Binary(_ICON.read_bytes(), headers)
