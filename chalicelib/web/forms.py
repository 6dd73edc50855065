"""Data from browsers: forms, query parameters, and the reader's language and region."""

from collections.abc import Callable, Collection
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from chalice.app import Request, Response

from chalicelib.kit import config, front
from chalicelib.kit.bodies import MOST_BYTES
from chalicelib.kit.errors import BodyTooLarge, InvalidJson, OriginNotAllowed
from chalicelib.language.accepted import preferred, with_region
from chalicelib.language.catalogs import languages
from chalicelib.web import multipart

View = TypeVar("View", bound=Callable[..., Response])

# A form that shows more may send as many as it shows.
_MOST_FIELDS = 100
_MOST_CHARACTERS = 100
# Forms with files: large enough that the view can refuse the file, in words about the file.
_MOST_BYTES_WITH_FILE = 4_000_000


def takes(*fields: str) -> Callable[[View], View]:
    """Declare the fields of the forms that send to a view; the view never gets any other fields."""

    def declare(view: View) -> View:
        view.fields = fields  # type: ignore[attr-defined]
        return view

    return declare


def fields_of(view: Callable[..., Response]) -> tuple[str, ...]:
    """Return the fields of the forms that send to a view: none, if it declares none."""
    fields: tuple[str, ...] = getattr(view, "fields", ())
    return fields


def read_form(request: Request, fields: Collection[str]) -> dict[str, str]:
    """
    Return the fields that a form shows, without spaces at their ends; empty ones are left out, and all others.

    A file is returned as Base64. Refuses what is too long or cannot be read.
    """
    raw = request.raw_body.encode() if isinstance(request.raw_body, str) else request.raw_body
    boundary = multipart.boundary_of(request.headers.get("content-type", ""))
    most = MOST_BYTES if boundary is None else _MOST_BYTES_WITH_FILE
    if len(raw) > most:
        raise BodyTooLarge(f"The form has {len(raw)} bytes; at most {most} are allowed.")
    try:
        if boundary is not None:
            sent = multipart.read_parts(raw, boundary)
        else:
            sent = parse_qsl(raw.decode(), max_num_fields=max(_MOST_FIELDS, len(fields)), errors="strict")
    except ValueError as error:
        raise InvalidJson("The form cannot be read.") from error
    names = frozenset(fields)
    return {name: value.strip() for name, value in sent if name in names and value.strip()}


def read_own_form(request: Request, fields: Collection[str] = ()) -> dict[str, str]:
    """
    Return the fields that a form of one of our own pages shows. Refuses forms of other pages.

    A session's cookie comes with forms of our own site only, by SameSite; and other pages of a
    registrable domain are refused here, by what browsers say and pages cannot forge.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        own = site == "same-origin"
    else:
        # Browsers say it to https and to this machine only; over plain http they say where from.
        hosts = (request.headers.get("host"), urlsplit(config.public_url()).netloc)
        origin = request.headers.get("origin")
        own = origin is not None and urlsplit(origin).netloc in hosts
    if not own:
        raise OriginNotAllowed("This form was sent from another site. Open the page again and send it from there.")
    return read_form(request, fields)


def parameter(request: Request, name: str) -> str:
    """Return a parameter of the address, or nothing if it is not there or absurdly long."""
    parameters = request.query_params
    value = str(parameters[name]) if parameters and name in parameters else ""
    return value if len(value) <= _MOST_CHARACTERS else ""


def locale_of(request: Request, own: str = "") -> str:
    """
    Return the locale to write in: a member's *own*, or the one requested by the URL, or by the browser.

    If that is only a language, the browser's region for it determines how money and dates are written.
    """
    accept_language = f"{parameter(request, 'lang')},{request.headers.get('accept-language', '')}"
    return with_region(own or preferred(accept_language, languages()), accept_language)


def country_of(request: Request, locale: str) -> str:
    """
    Return a reader's country, such as DE: from the business's own front, or else the region of their locale.

    Empty if neither is known.
    """
    said_by_front = request.headers.get("cloudfront-viewer-country", "")
    if front.is_trusted(request.headers) and said_by_front:
        return str(said_by_front)
    return locale.partition("-")[2]
