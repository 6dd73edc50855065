"""Finds links: for the redirect by code, remembered for some seconds; for the API by any name."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from chalicelib.kit import rows
from chalicelib.kit.errors import NotFound
from chalicelib.kit.memory import Memory
from chalicelib.links import codes
from chalicelib.links.table import Link, LinkName, name_key

# A disabled link may still lead somewhere for this long, in functions that are warm.
REMEMBERED = 10.0
_memory: Memory[Link | None] = Memory(seconds=REMEMBERED, most=10_000)


class LinkNotFound(NotFound):
    """There is no such link."""


def is_live(link: Link, at: datetime) -> bool:
    """Say whether a link leads anywhere: neither disabled nor expired."""
    return link.disabled_at is None and (link.expires_at is None or at < link.expires_at)


def live(code: str, at: datetime) -> Link | None:
    """Return the link a visitor asked for, if it leads anywhere; up to ten seconds old."""
    if not codes.is_code(code):
        return None
    key = codes.key(code)
    link = _memory.get(key, lambda: rows.find(Link, key, "link"))
    return link if link is not None and is_live(link, at) else None


def by_codes(typed: Iterable[str]) -> dict[str, Link]:
    """Return those links that exist, live or not, by their compared code."""
    keys = {codes.key(code) for code in typed if codes.is_code(code)}
    return {key: link for (key, _), link in rows.find_all(Link, [(key, "link") for key in sorted(keys)]).items()}


def find(reference: str) -> Link:
    """Return a link by our id, by `ext_` and the caller's, or by its code."""
    key = codes.key(reference)
    if reference.startswith(("lnk_", "ext_")):
        named = reference if reference.startswith("lnk_") else name_key(reference.removeprefix("ext_"))
        name = rows.find(LinkName, named, "name")
        key = name.code_key if name else ""
    link = rows.find(Link, key, "link") if codes.is_code(key) else None
    if link is None:
        raise LinkNotFound(f"There is no link {reference!r}.")
    return link


def page(
    partner_id: str, *, limit: int, position: dict[str, Any] | None = None
) -> tuple[list[Link], dict[str, Any] | None]:
    """Return one page of a partner's links, oldest first, and where the next one begins."""
    found = Link.by_partner.query(partner_id, limit=limit, last_evaluated_key=position)
    return list(found), found.last_evaluated_key
