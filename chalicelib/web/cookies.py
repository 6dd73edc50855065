"""Cookies: for this host only, not readable by scripts, and sent with forms of our own site only."""

from contextlib import suppress
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie

from chalice.app import Request

# For the two kinds of sessions.
PARTNER, ADMIN = "__Host-goodword", "__Host-goodword-admin"
# Which of a session's profiles is shown.
PROFILE = "__Host-goodword-profile"
# To which program somebody wanted to introduce a person, before they signed in.
INTRODUCE = "__Host-goodword-introduce"
# What a form did.
FLASH = "__Host-goodword-flash"


def read(request: Request, name: str) -> str | None:
    """Return the content of the browser's cookie of that name."""
    # One by one: SimpleCookie gives up on all of a header for one cookie that it cannot read.
    for part in request.headers.get("cookie", "").split(";"):
        cookie: SimpleCookie = SimpleCookie()
        with suppress(CookieError):
            cookie.load(part.strip())
        if name in cookie:
            return cookie[name].value
    return None


def keep(name: str, value: str, *, lasting: timedelta) -> str:
    """Return the header that sets a cookie."""
    cookie: SimpleCookie = SimpleCookie({name: value})
    cookie[name]["max-age"] = int(lasting.total_seconds())
    cookie[name]["path"] = "/"
    cookie[name]["secure"] = cookie[name]["httponly"] = True
    cookie[name]["samesite"] = "Lax"
    return cookie[name].OutputString()


def drop(name: str) -> str:
    """Return the header that deletes a cookie."""
    return keep(name, "", lasting=timedelta())
