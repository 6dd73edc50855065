"""The redirect: the visitor is sent on, whatever happens behind it."""

import logging
import re
from urllib.parse import unquote

from chalice.app import Blueprint, Request, Response

from chalicelib.clicks import click_ids
from chalicelib.clicks.record import Visit, record
from chalicelib.clicks.screening import screen
from chalicelib.kit import clock, config, ids, urls
from chalicelib.kit.responses import header
from chalicelib.kit.wire import within
from chalicelib.links import find

log = logging.getLogger(__name__)
routes = Blueprint(__name__)

_FIXED = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
}
_NOWHERE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>This link leads nowhere</title><h1>This link leads nowhere</h1>
<p>It may have ended, or a letter in it may be wrong. Please ask whoever gave it to you.</p></html>"""


@routes.route("/{id}", methods=["GET", "HEAD"])
def follow(id: str) -> Response:
    """Send the visitor on, and remember that they came by."""
    request = routes.current_request
    at = clock.now()
    try:
        with within(config.redirect_seconds()):
            link = find.live(unquote(id), at)
    except Exception:
        log.exception("link_lookup_failed code=%s", re.sub(r"[^\w%-]", "?", id)[:60])
        return _page(503, {"Retry-After": "2"})
    if link is None:
        return _page(404, {})

    screening = screen(request.method, request.headers)
    sort = ids.ulid(at)
    click_id = click_ids.write(link.key, screening.kind, sort)
    try:
        with within(config.redirect_seconds()):
            record(link, _visit(request), screening, sort=sort, at=at)
    except Exception:
        # The visitor comes first: a click we could not store must not stop them. An alarm counts these lines.
        log.exception("click_lost code=%s click_id=%s", link.key, click_id)

    headers: dict[str, str | list[str]] = {
        **_FIXED,
        "Location": header(urls.with_parameters(link.destination, _touch(link.code, click_id, screening.kind))),
    }
    if link.cookie_days and screening.kind == "human":
        headers["Set-Cookie"] = [header(_cookie(click_id, days=link.cookie_days))]
    return Response("", headers=headers, status_code=302)


def _touch(code: str, click_id: str, kind: str) -> dict[str, str]:
    """
    Return what the landing page is told.

    A page that is fetched ahead may be shown to a person later: it is told the code alone, since a
    click id would say for ever that it was no person's.
    """
    return {"ref": code} if kind == "prefetch" else {"ref": code, "gw_click": click_id}


def _cookie(click_id: str, *, days: int) -> str:
    return f"gw_click={click_id}; Max-Age={days * 86_400}; Path=/; Secure; HttpOnly; SameSite=Lax"


def _visit(request: Request) -> Visit:
    headers = request.headers
    country = headers.get("cloudfront-viewer-country", "")
    return Visit(
        address=str(request.context.get("identity", {}).get("sourceIp", "")),
        user_agent=headers.get("user-agent", "")[:1000],
        country=country if re.fullmatch(r"[A-Z0-9]{2}", country) else None,
        referrer_host=_host(headers.get("referer", "")),
    )


def _host(referrer: str) -> str | None:
    """Return only the host of where the visitor came from: the rest may hold what is nobody's business."""
    found = re.match(r"(?:https?|android-app)://([a-z0-9.-]{1,253})(?:[:/?#]|$)", referrer[:2048], re.IGNORECASE)
    return found[1].lower() if found else None


def _page(status: int, headers: dict[str, str]) -> Response:
    fixed = {**_FIXED, "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'"}
    return Response(
        _NOWHERE if status == 404 else "Please try again in a moment.", headers={**fixed, **headers}, status_code=status
    )
