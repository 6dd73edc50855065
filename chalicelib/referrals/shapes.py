"""What the API takes for customers, and what of it can be read."""

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from chalicelib.kit.shapes import Email, ExternalId, Name

# A language, perhaps a script, perhaps a region; whatever follows is for others.
_LOCALE = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z]{4})?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_.@].*)?")
_AsReported = Annotated[str, Meta(max_length=2048)]


class CustomerReport(Struct, frozen=True, forbid_unknown_fields=True):
    """
    The customer, as the website knows them. Without an email address they get no emails.

    An *email*, a *name* or a *locale* that cannot be read is left out, and named in the answer's `ignored`: what is
    optional stops no sale.
    """

    external_id: ExternalId
    email: _AsReported | None = None
    name: _AsReported | None = None
    locale: _AsReported | None = None


def read_customer(report: CustomerReport) -> tuple[CustomerReport, list[str]]:
    """Return what of a customer can be read, and the names of what cannot. What is empty was not said."""
    read = {
        "email": _read_email((report.email or "").strip()),
        "name": _as((report.name or "").strip(), Name),
        "locale": _read_locale((report.locale or "").strip()),
    }
    ignored = [name for name, value in read.items() if value is None and (getattr(report, name) or "").strip()]
    return msgspec.structs.replace(report, **read), ignored


def _read_email(text: str) -> str | None:
    """Return an address with its host as mail servers look it up: a host in any script has a spelling of its own."""
    name, _, host = text.rpartition("@")
    try:
        spelled = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return None
    return _as(f"{name}@{spelled}", Email)


def _read_locale(text: str) -> str | None:
    """Return a language, perhaps with a region, of any of the ways in which systems spell it."""
    parts = _LOCALE.fullmatch(text)
    if parts is None:
        return None
    region = parts[2] if parts[2] and parts[2].isalpha() else None
    return f"{parts[1].lower()}-{region.upper()}" if region else parts[1].lower()


def _as(text: str, kind: Any) -> str | None:
    try:
        value: str = msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return None
    return value
