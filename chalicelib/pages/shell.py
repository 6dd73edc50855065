"""What pages have in common: templates, style, scripts, headers, and forms; `frame` adds what signing in needs."""

import base64
import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from chalice.app import Request, Response
from markupsafe import Markup

from chalicelib.kit.bodies import MOST_BYTES
from chalicelib.kit.errors import BodyTooLarge, InvalidJson, Refused
from chalicelib.pages.words import asked_for

FORM = ["application/x-www-form-urlencoded", "application/json", "text/plain"]
STYLE = "page.css"
if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent / "templates"
_MOST_FIELDS = 20
_MOST_CHARACTERS = 100


def written(template: str, **values: object) -> str:
    """Return a page, written out; whatever a value holds is shown as text."""
    return environment(TEMPLATES).get_template(template).render(style=asset(STYLE), **values)


def respond(body: str, *, script: str | None = None, status: int = 200, location: str | None = None) -> Response:
    """Answer with a page: it runs its own script at most, loads nothing from elsewhere; nobody keeps or frames it."""
    headers = secured(STYLE, script=script) | {"Referrer-Policy": "no-referrer"}
    if location is not None:
        headers["Location"] = location
    return Response(body, headers=headers, status_code=status)


def secured(style: str, *, script: str | None = None, files: bool = False) -> dict[str, str | list[str]]:
    """
    Return the headers of a page that loads nothing but this style and script of ours, and is not kept or framed.

    With *files* it loads scripts and styles from this address too.
    """
    scripts = [f"'{_hash(script)}'"] if script else []
    styles = [f"'{_hash(style)}'"]
    if files:
        scripts.append("'self'")
        styles.append("'self'")
    run = f"script-src {' '.join(scripts)}; " if scripts else ""
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src {' '.join(styles)}; {run}"
            "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Cache-Control": "no-store, private",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "X-Frame-Options": "DENY",
    }


def asset(name: str) -> Markup:
    """Return a style or a script of our own, to be put into a page as it is."""
    return Markup(_text(name))


def language_of(request: Request) -> str:
    """Return the language to write in: the one asked for in the address, or the one the browser would rather read."""
    return asked_for(parameter(request, "lang") or request.headers.get("accept-language", ""))


def parameter(request: Request, name: str) -> str:
    """Return a parameter of the address, or nothing if it is not there or absurdly long."""
    given = request.query_params
    value = str(given[name]) if given and name in given else ""
    return value if len(value) <= _MOST_CHARACTERS else ""


def read_form(request: Request) -> dict[str, str]:
    """Return a form's fields without spaces at their ends; nothing of one that is too long or cannot be read."""
    try:
        return fields(request, most=_MOST_FIELDS)
    except Refused:
        return {}


def fields(request: Request, *, most: int) -> dict[str, str]:
    """Return a form's fields without spaces at their ends. Refuses what is too long or cannot be read."""
    raw = request.raw_body
    if len(raw) > MOST_BYTES:
        raise BodyTooLarge(f"A form may have {MOST_BYTES} bytes; this one has {len(raw)}.")
    try:
        text = raw.decode() if isinstance(raw, bytes) else raw
        return {name: value.strip() for name, value in parse_qsl(text, max_num_fields=most, errors="strict")}
    except ValueError as error:
        raise InvalidJson("The form cannot be read.") from error


@functools.cache
def environment(*folders: Path) -> "jinja2.Environment":
    """Return what writes the templates of some folders: strict about names, and whatever they hold is text."""
    # Every function imports this file, and only pages need what comes with jinja2.
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@functools.cache
def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@functools.cache
def _hash(name: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(_text(name).encode()).digest()).decode()
