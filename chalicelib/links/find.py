"""Finds links by any of their names. The redirect has a way of its own: `look_up`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.kit.memory import Memory
from chalicelib.links import codes
from chalicelib.links.look_up import REMEMBERED
from chalicelib.links.table import Link, LinkName, PartnerLink, name_key

# Links of a megabyte at most, which is as much as a call reads.
_A_PAGE = 2000
LinkState = Literal["active", "expired", "ended"]

_memory: Memory[Link] = Memory(seconds=REMEMBERED, most=10_000)


class LinkNotFound(NotFound):
    """There is no such link."""


def is_live(link: Link, at: datetime) -> bool:
    """Return whether a link leads anywhere: neither disabled nor expired."""
    return link.disabled_at is None and (link.expires_at is None or at < link.expires_at)


def state_of(link: Link, at: datetime) -> LinkState:
    """Return whether a link works at a moment, has expired, or was ended, which is for good."""
    if link.disabled_at is not None:
        return "ended"
    return "active" if is_live(link, at) else "expired"


def find_by_codes(typed: Iterable[str]) -> dict[str, Link]:
    """
    Return the links that exist, live or not, by their compared code; up to ten seconds old.

    A missing link is not cached: a conversion without credit for that reason would stay without.
    """
    keys = {key for code in typed if (key := codes.read_typed(code))}
    links = {key: link for key in keys if (link := _memory.peek(key))}
    for (key, _), link in rows.find_all(Link, [(key, "link") for key in sorted(keys - set(links))]).items():
        _memory.keep(key, link)
        links[key] = link
    return links


def list_channels(program_id: str, *, most_calls: int) -> dict[str, str | None]:
    """Return the channels of a program's links by compared code, oldest first: all, unless that takes more calls."""
    channels: dict[str, str | None] = {}
    fields, position = ["pk", "channel", "kind"], None
    for _ in range(most_calls):
        page = Link.by_program.query(program_id, limit=_A_PAGE, last_evaluated_key=position, attributes_to_get=fields)
        channels |= {row.key: row.channel for row in page}
        if (position := page.last_evaluated_key) is None:
            break
    return channels


def find(reference: str) -> Link:
    """Return a link by our id, by `ext_` and the caller's, or by its code."""
    key = codes.read(reference)
    if reference.startswith(("lnk_", "ext_")):
        name_id = reference if reference.startswith("lnk_") else name_key(reference.removeprefix("ext_"))
        name = rows.find(LinkName, name_id, "name")
        key = name.code_key if name else None
    if key is None:
        raise LinkNotFound(f"There is no link {reference!r}.")
    return read(key)


def read(key: str) -> Link:
    """Return a link by its compared code, as it is stored now."""
    link = rows.find(Link, key, "link")
    if link is None:
        raise LinkNotFound(f"There is no link {key!r}.")
    return link


@walk.full
def list_page(
    partner_id: str, *, limit: int, position: dict[str, Any] | None = None
) -> tuple[list[Link], dict[str, Any] | None]:
    """Return one page of a partner's links, newest first, and where the next one begins."""
    page = Link.by_partner.query(partner_id, scan_index_forward=False, limit=limit, last_evaluated_key=position)
    return list(page), page.last_evaluated_key


def list_all(partner_id: str) -> list[Link]:
    """Return all of a partner's links, oldest first; one just made may not be among them yet."""
    return list(Link.by_partner.query(partner_id))


def list_without_lag(partner_id: str) -> list[Link]:
    """Return all of a partner's links, without an index's lag. Links of earlier releases are only in the index."""
    links = {link.key: link for link in list_all(partner_id)}
    rows_of_partner = PartnerLink.query(partner_id, PartnerLink.sort.startswith("link#"), consistent_read=True)
    keys = [row.sort.removeprefix("link#") for row in rows_of_partner]
    later = rows.find_all(Link, [(key, "link") for key in keys if key not in links])
    return [*links.values(), *later.values()]
