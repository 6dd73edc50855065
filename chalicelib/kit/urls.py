"""
Addresses the service may send people to. Strict: what browsers might read two ways is refused.

Pure: no I/O, no clock.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, unquote_plus, urlencode

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
# Printable ASCII without what ends an attribute, a header or an authority early.
_ADDRESS = re.compile(r"(https?)://([^/?#\\@:]+)(:\d{1,5})?((?:/[^?#\\]*)?)(\?[^#\\]*)?(#[^\\]*)?")
_UNSAFE = re.compile(r"[^\x21-\x7e]|[\"'<>`{}|\\^]")
_HARMLESS = re.compile(r"[\x20-\x7e]*")
# What a query may hold beside letters, digits and what `quote` leaves: percent signs, since it is encoded already.
_AS_IT_IS = "!$()*+,/:;=?@%-._~"
_LOCAL = {"localhost", "127.0.0.1"}
MOST_CHARACTERS = 2048


def is_host(text: str) -> bool:
    """Return whether the text is a plain lower-case host name, such as `shop.example`."""
    return len(text) <= 253 and _HOST.fullmatch(text) is not None and (text in _LOCAL or not _is_address(text))


def host_of(url: str) -> str:
    """Return the host of an acceptable URL. Raises ValueError, with the reason, for any other."""
    if len(url) > MOST_CHARACTERS:
        raise ValueError(f"an address has at most {MOST_CHARACTERS} characters")
    if _UNSAFE.search(url):
        raise ValueError("an address is plain ASCII, percent-encoded where it must be")
    parts = _ADDRESS.fullmatch(url)
    if parts is None:
        raise ValueError("an address is `https://`, a host, and perhaps a path, a query and a fragment")
    scheme, host = parts[1], parts[2].lower()
    if not is_host(host):
        raise ValueError("the host is not a plain host name")
    if scheme != "https" and host not in _LOCAL:
        raise ValueError("an address begins with `https://`")
    return host


def reason_against_page(url: str) -> str | None:
    """Return why an address is refused for a page that people open, or None: not even a local one is without TLS."""
    try:
        host_of(url)
    except ValueError as error:
        return str(error)
    return None if url.startswith("https://") else "an address begins with `https://`"


def checked(url: str, *, hosts: Iterable[str]) -> str:
    """Return the URL if it leads to one of the hosts. Raises ValueError, with the reason, if not."""
    host = host_of(url)
    if host not in hosts:
        raise ValueError(f"`{host}` is not one of the program's hosts")
    return url


def with_parameters(url: str, parameters: Mapping[str, str | None]) -> str:
    """
    Return the URL with parameters at the end of its query, each in place of all that had its name; None only removes.

    A name counts however it is percent-encoded. The rest of the query, and the fragment, are kept as they are.
    """
    address, hash_, fragment = url.partition("#")
    head, _, query = address.partition("?")
    others = [part for part in query.split("&") if _name(part) not in parameters]
    added = [f"{name}={quote(value, safe='')}" for name, value in parameters.items() if value is not None]
    joined = "&".join([*others, *added] if query else added)
    return f"{head}?{joined}{hash_}{fragment}"


def with_query(url: str, query: str) -> str:
    """
    Return the URL with those parameters of an encoded query that it lacks. A long query is left out, as a whole.

    The query is untrusted: characters that a URL cannot contain are percent-encoded.
    """
    if len(query) > MOST_CHARACTERS:
        return url
    address, hash_, fragment = url.partition("#")
    head, _, own = address.partition("?")
    names = {_name(part) for part in own.split("&")}
    others = [quote(part, safe=_AS_IT_IS) for part in query.split("&") if part and _name(part) not in names]
    joined = "&".join([own, *others] if own else others)
    return f"{head}?{joined}{hash_}{fragment}" if joined else url


def to_query(parameters: Mapping[str, Sequence[str]] | None) -> str:
    """Return parameters, each with any number of values, as an encoded query."""
    return urlencode(parameters, doseq=True, quote_via=quote) if parameters else ""


def header(value: str) -> str:
    """Return a header's value. Raises ValueError if it could end the header: Chalice does not look into lists."""
    if not _HARMLESS.fullmatch(value):
        raise ValueError("a header value is printable ASCII")
    return value


def _name(parameter: str) -> str:
    """Return the name of an encoded parameter, however it is encoded."""
    return unquote_plus(parameter.partition("=")[0])


def _is_address(host: str) -> bool:
    return re.fullmatch(r"[0-9.]+|0x[0-9a-f.]*", host) is not None
