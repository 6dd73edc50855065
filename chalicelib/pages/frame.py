"""The frame of the pages people sign in to: style, headers, cookies, and forms that our own pages sent."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chalice.app import Request, Response

from chalicelib.kit import config
from chalicelib.kit.errors import OriginNotAllowed
from chalicelib.pages import shell

FORM = ["application/x-www-form-urlencoded"]
_STYLE = "frame.css"
_MOST_FIELDS = 100


def root() -> str:
    """Return what our paths begin with: API Gateway's own addresses have a stage before them."""
    return urlsplit(config.public_url()).path


def respond(
    folder: Path,
    template: str,
    values: dict[str, Any],
    *,
    status: int = 200,
    cookie: str | None = None,
    files: bool = False,
) -> Response:
    """
    Answer with a page: nothing in it is run, nothing comes from elsewhere, nobody keeps or frames it.

    With *files* it runs scripts that are files of this address; those written into it are not run even then.
    """
    page = shell.environment(folder, shell.TEMPLATES).get_template(template)
    written = page.render(values, root=root(), style=shell.asset(_STYLE))
    return Response(written, headers=_headers(cookie, files=files), status_code=status)


def redirect(path: str, *, cookie: str | None = None) -> Response:
    """Send a browser to another of our pages, to be read there."""
    return Response("", headers={**_headers(cookie), "Location": root() + path}, status_code=303)


def save_as(text: str, name: str) -> Response:
    """Answer with a CSV file to be saved."""
    headers = _headers(None) | {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Response(text, headers=headers, status_code=200)


def read_form(request: Request) -> dict[str, str]:
    """
    Return the fields of a form that one of our own pages sent; empty ones are left out, spaces at the ends too.

    A session's cookie comes with forms of our own site only, by SameSite; and other pages of a
    registrable domain are refused here, by what browsers say and pages cannot forge.
    """
    _check_origin(request)
    return {name: value for name, value in shell.fields(request, most=_MOST_FIELDS).items() if value}


def _check_origin(request: Request) -> None:
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        fine = site == "same-origin"
    else:
        # Browsers say it to https and to this machine only; over plain http they say where from.
        fine = origin is not None and urlsplit(origin).netloc in (
            request.headers.get("host"),
            urlsplit(config.public_url()).netloc,
        )
    if not fine:
        raise OriginNotAllowed("This form was sent from somewhere else. Open the page again, and send it from there.")


def cookie_of(request: Request, name: str) -> str | None:
    """Return what the browser's cookie of that name holds."""
    for part in request.headers.get("cookie", "").split(";"):
        found, _, value = part.strip().partition("=")
        if found == name:
            return str(value)
    return None


def kept(name: str, value: str, *, lasting: timedelta) -> str:
    """Return the header that has a browser keep a cookie: for this host only, and out of any script's reach."""
    seconds = int(lasting.total_seconds())
    return f"{name}={value}; Max-Age={seconds}; Path=/; Secure; HttpOnly; SameSite=Lax"


def dropped(name: str) -> str:
    """Return the header that has a browser forget a cookie."""
    return kept(name, "", lasting=timedelta())


def language_of(request: Request) -> str:
    """Return the first language a browser asks for."""
    return str(request.headers.get("accept-language", "en"))[:2].lower()


def _headers(cookie: str | None, *, files: bool = False) -> dict[str, str | list[str]]:
    more: dict[str, str | list[str]] = {
        # `no-referrer` would have forms say that they come from nowhere.
        "Referrer-Policy": "same-origin",
        "Strict-Transport-Security": "max-age=31536000",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    return shell.secured(_STYLE, files=files) | more | ({"Set-Cookie": cookie} if cookie is not None else {})
