"""Redirects a visitor, even if reading the link or storing the click fails."""

import logging
import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote

from chalicelib.clicks import click_ids, notices
from chalicelib.clicks.record import Visitor, choose_place, record
from chalicelib.clicks.screening import screen
from chalicelib.kit import config, ids, urls
from chalicelib.kit.dynamo.wire import within
from chalicelib.links.look_up import look_up

log = logging.getLogger(__name__)

_FIXED = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
}
_COUNTRY = re.compile(r"[A-Z0-9]{2}")
_REFERRER = re.compile(r"(?:https?|android-app)://([a-z0-9.-]{1,253})(?:[:/?#]|$)", re.IGNORECASE)


class RedirectAnswer(NamedTuple):
    """The response to the visitor's browser."""

    status: int
    headers: dict[str, str]
    body: str = ""


def follow(
    code: str, *, method: str, headers: Mapping[str, str], address: str, at: datetime, query: str = ""
) -> RedirectAnswer:
    """
    Redirect the visitor, and store the click; what draws a link preview is redirected to the friend page.

    *headers* have lower-case names; *query* is passed on, as it is encoded.

    A click that cannot be stored is logged as `click_lost` and stops no redirect; only a link that is not
    cached and cannot be looked up is answered with 503. Both calls are bounded by time.
    """
    try:
        with within(config.redirect_seconds()):
            link = look_up(unquote(code), at=at)
    except Exception:
        log.exception("link_lookup_failed code=%s", re.sub(r"[^\w%-]", "?", code)[:60])
        page = notices.later(headers.get("accept-language", ""))
        return RedirectAnswer(503, {**notices.HEADERS, **_FIXED, "Retry-After": "2"}, page)
    if link is None:
        page = notices.nowhere(headers.get("accept-language", ""))
        return RedirectAnswer(404, {**notices.HEADERS, **_FIXED}, page)

    screening = screen(method, headers)
    sort = ids.ulid(at)
    place = choose_place(link, at=at)
    click_id = click_ids.write(link.key, screening.kind, sort, shard=place.shard)
    try:
        with within(config.redirect_seconds()):
            record(link, _visitor(headers, address), screening, place, sort=sort, at=at)
    except Exception:
        # The visitor comes first: a click we could not store must not stop them. An alarm counts these lines.
        log.exception("click_lost code=%s click_id=%s", link.key, click_id)

    if screening.kind == "preview":
        return RedirectAnswer(302, {**_FIXED, "Location": _card_of(link.code, click_id, query)})
    url = urls.with_query(link.url, query) if query else link.url
    location = urls.header(urls.with_parameters(url, _touch(link.code, click_id, screening.kind)))
    return RedirectAnswer(302, {**_FIXED, "Location": location})


def _card_of(code: str, click_id: str, query: str) -> str:
    """
    Return the address of the page that a chat is to draw a link from: what friends get, in the business's look.

    The service itself has it, which knows the program: neither what it reads nor its templates are loaded here. The
    click id is for a person who was taken for a robot, and goes on from there.
    """
    page = urls.with_query(f"{config.public_url()}/f/{code}", query)
    return urls.header(urls.with_parameters(page, {"gw_click": click_id}))


def _touch(code: str, click_id: str, kind: str) -> dict[str, str | None]:
    """
    Return the parameters of the landing page; None for one that is removed, even if the destination has it.

    A page that is prefetched may be shown to a person later: it gets the code alone, since a click id
    would say for ever that it was not a person's.
    """
    return {"ref": code, "gw_click": None if kind == "prefetch" else click_id}


def _visitor(headers: Mapping[str, str], address: str) -> Visitor:
    country = headers.get("cloudfront-viewer-country", "")
    return Visitor(
        address=address,
        user_agent=headers.get("user-agent", "")[:1000],
        country=country if _COUNTRY.fullmatch(country) else None,
        referrer_host=_host(headers.get("referer", "")),
    )


def _host(referrer: str) -> str | None:
    """Return only the host of a referrer: the rest may hold personal data."""
    match = _REFERRER.match(referrer[:2048])
    return match[1].lower() if match else None
