"""
Finds any text: an id, an email address, a code, an order number, or the beginning of a name.

At most three calls to the database for any text: its form decides where to look. An address is
looked up among partners and customers; a text with a digit among ids, codes and orders, and partners' names; one
without among ids and codes, partners' names, and the beginnings of customers' addresses, or names without an address.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from chalicelib.clicks.find import ClickNotFound, read_id
from chalicelib.conversions.table import Conversion, ConversionRow, conversion_id, page_lead_id
from chalicelib.events.table import EventRow
from chalicelib.introductions import find as introductions
from chalicelib.kit import ids, instants
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.shapes import fold
from chalicelib.links import codes
from chalicelib.links.table import Link, LinkName, LinkRow
from chalicelib.links.table import name_key as link_name
from chalicelib.partners import find as partners
from chalicelib.partners.table import Partner, PartnerName, PartnerRow
from chalicelib.partners.table import name_key as partner_name
from chalicelib.payouts.table import Payout
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.referrals import find as referrals
from chalicelib.referrals.table import Customer, CustomerName, ReferralRow
from chalicelib.referrals.table import name_key as customer_name
from chalicelib.rewards.table import REWARD, Reward
from chalicelib.search.shapes import SearchResult, SearchView

Kind = Literal[
    "partner", "customer", "conversion", "reward", "link", "payout", "program", "event", "click", "introduction"
]
Matched = Literal["id", "external_id", "email", "code", "name"]

# No id, address or name is longer, nor is a link; and a key of a row may not be much longer.
MOST_CHARACTERS = 254
# Per kind, for names and addresses by their beginning.
_MOST_OF_A_KIND = 20
# An order's number is unique in a program only, so each is asked: three keys each, of a hundred that a call reads.
MOST_PROGRAMS = 30
_ID = re.compile(r"(ptr|cus|cnv|rwd|lnk|pay|prg|evt|clk|itr)_[0-9A-Za-z._-]+")


class _Hit(NamedTuple):
    """Something that was found, and when it was made if that is known."""

    kind: Kind
    id: str
    label: str
    matched: Matched
    at: datetime | None
    path: str | None = None


def search_anything(typed: str, program: str | None = None) -> SearchView:
    """
    Return what a text names, newest first. Refuses a blank one, and one that is too long.

    Orders are looked up in a *program*, or else in the newest ones.
    """
    text = " ".join(typed.split())
    if len(text) > MOST_CHARACTERS:
        raise InvalidValue(f"Type at most {MOST_CHARACTERS} characters.")
    if not text:
        raise InvalidValue("Type an id, an email address, a code or a name.", pointer="/q")
    every_program = True
    if _ID.fullmatch(text):
        hits = _by_id(text)
    elif text.startswith("ext_"):
        within, every_program = _programs(program)
        hits = _by_own_id(text.removeprefix("ext_"), within)
    elif "@" in text:
        hits = [*_partners_by_email(text), *_customers(fold(text))]
    else:
        has_digit = any(character.isdigit() for character in text)
        within, every_program = _programs(program) if has_digit else ([], True)
        hits = [*_by_own_id(text, within), *_partners_by_name(fold(text))]
        if not has_digit:
            hits += _customers(fold(text))
    several = {(hit.kind, hit.id): hit for hit in reversed(hits)}
    newest_first = sorted(several.values(), key=lambda hit: instants.text(hit.at) if hit.at else "", reverse=True)
    full = [matched for matched in ("email", "name") if sum(hit.matched == matched for hit in hits) >= _MOST_OF_A_KIND]
    return SearchView([_view(hit) for hit in newest_first], has_more=bool(full), every_program=every_program)


def _view(hit: _Hit) -> SearchResult:
    return SearchResult(
        object="search_result",
        type=hit.kind,
        id=hit.id,
        label=hit.label,
        path=hit.path or f"/v1/{hit.kind}s/{quote(hit.id, safe='')}",
        matched=hit.matched,
        created_at=instants.text(hit.at) if hit.at is not None else None,
    )


def _by_id(text: str) -> list[_Hit]:
    """Return what one of our ids names: by one read, or two for a link."""
    look_up = _LOOK_UPS[text[:3]]
    hit = look_up(text)
    return [hit] if hit is not None else []


def _partner(identifier: str) -> _Hit | None:
    row = partners.find_rows([identifier]).get(identifier)
    return _Hit("partner", identifier, row.name, "id", row.created_at) if row else None


def _customer(identifier: str) -> _Hit | None:
    row = referrals.find_rows([identifier]).get(identifier)
    return _Hit("customer", identifier, row.display_name or row.external_id, "id", row.created_at) if row else None


def _conversion(identifier: str) -> _Hit | None:
    row = rows.find(Conversion, identifier, "conversion")
    return _hit_of(row, "id") if row else None


def _hit_of(conversion: Conversion, matched: Matched) -> _Hit:
    return _Hit("conversion", conversion.id, conversion.external_id, matched, conversion.received_at)


def _reward(identifier: str) -> _Hit | None:
    row = rows.find(Reward, identifier, REWARD)
    return _Hit("reward", identifier, row.rule, "id", row.created_at) if row else None


def _link(identifier: str) -> _Hit | None:
    name = rows.find(LinkName, identifier, "name")
    row = rows.find(Link, name.code_key, "link") if name else None
    return _Hit("link", identifier, row.code, "id", row.created_at) if row else None


def _payout(identifier: str) -> _Hit | None:
    row = rows.find(Payout, identifier, "payout")
    return _Hit("payout", identifier, row.currency, "id", row.created_at) if row else None


def _introduction(identifier: str) -> _Hit | None:
    row = introductions.find_all([identifier]).get(identifier)
    name = row.person.name if row is not None and row.person is not None else identifier
    return _Hit("introduction", identifier, name, "id", row.created_at) if row else None


def _program(identifier: str) -> _Hit | None:
    row = rows.find(Program, identifier, "program")
    return _Hit("program", identifier, row.name, "id", row.created_at) if row else None


def _event(identifier: str) -> _Hit | None:
    row = rows.find(EventRow, identifier, "event")
    if row is None:
        return None
    return _Hit("event", identifier, row.type, "id", row.occurred_at, f"/v1/events?subject={row.subject_id}")


def _click(identifier: str) -> _Hit | None:
    """Return the click that an id is of: all that is shown of it here is signed in the id."""
    try:
        click_id = read_id(identifier)
    except ClickNotFound:
        return None
    return _Hit("click", identifier, click_id.code_key, "id", click_id.at)


_LOOK_UPS: dict[str, Callable[[str], _Hit | None]] = {
    "ptr": _partner,
    "cus": _customer,
    "cnv": _conversion,
    "rwd": _reward,
    "lnk": _link,
    "pay": _payout,
    "itr": _introduction,
    "prg": _program,
    "evt": _event,
    "clk": _click,
}


def _programs(program: str | None) -> tuple[list[str], bool]:
    """Return in which programs orders are looked up, by an id that is unique in one only; and whether it is in all."""
    if program is not None:
        return [programs.find(program).program.id], False
    page, more = programs.list_page(limit=MOST_PROGRAMS, position=None)
    return [one.id for one in page], more is None


def _by_own_id(text: str, within: list[str]) -> list[_Hit]:
    """Return what has an id of the caller's own, orders of some programs, and the link with a code: all by one call."""
    orders = [
        identifier
        for program_id in within
        for identifier in (
            *(conversion_id(program_id, type_, text) for type_ in ("sale", "lead")),
            page_lead_id(program_id, text),
        )
    ]
    keys: list[tuple[type[Any], str, str]] = [
        *((ConversionRow, identifier, "conversion") for identifier in orders),
        (PartnerRow, partner_name(text), "name"),
        (ReferralRow, customer_name(text), "name"),
        (LinkRow, link_name(text), "name"),
    ]
    if (code_key := codes.read_typed(text)) is not None:
        keys.append((LinkRow, code_key, "link"))
    hits = (_hit_of_row(row, text) for row in rows.find_anywhere(keys))
    return [hit for hit in hits if hit is not None]


def _hit_of_row(row: object, text: str) -> _Hit | None:
    match row:
        case Conversion():
            return _hit_of(row, "external_id")
        case PartnerName():
            return _Hit("partner", row.partner_id, text, "external_id", ids.time_of(row.partner_id))
        case CustomerName():
            return _Hit("customer", row.named, text, "external_id", ids.time_of(row.named))
        case LinkName():
            return _Hit("link", row.code_key, text, "external_id", None)
        case Link():
            return _Hit("link", row.key, row.code, "code", row.created_at)
    return None


def _partners_by_email(text: str) -> list[_Hit]:
    """Return the partners who have an address: by its digests, so by all of it. Their names would be a call more."""
    holders = partners.find_ids_by_address(text)[:_MOST_OF_A_KIND]
    return [_Hit("partner", one, text, "email", ids.time_of(one)) for one in holders]


def _partners_by_name(key: str | None) -> list[_Hit]:
    if key is None:
        return []
    page = Partner.by_name.query("partner", Partner.name_key.startswith(key), limit=_MOST_OF_A_KIND)
    return [_Hit("partner", row.id, row.name, "name", ids.time_of(row.id)) for row in page]


def _customers(key: str | None) -> list[_Hit]:
    """Return the customers whose address begins so, or their name, if they have no address."""
    if key is None:
        return []
    page = ReferralRow.searched.query("customer", Customer.search_key.startswith(key), limit=_MOST_OF_A_KIND)
    return [
        _Hit(
            "customer",
            row.customer_id,
            row.display_name or row.email_for_news or row.external_id,
            "email" if row.email_for_news else "name",
            ids.time_of(row.customer_id),
        )
        for row in page
        if isinstance(row, Customer)
    ]
