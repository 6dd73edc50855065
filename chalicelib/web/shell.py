"""The shell of every page: templates, style, and headers that let nothing else in."""

import base64
import functools
import hashlib
import html
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import jinja2
from chalice.app import Response
from markupsafe import Markup
from msgspec import Struct

from chalicelib.kit import config
from chalicelib.web.brand import Brand
from chalicelib.web.fields import mark
from chalicelib.web.link_preview import LinkPreview

Headers = dict[str, str | list[str]]
_TEMPLATES = Path(__file__).parent / "templates"
_FRAMED = "frame-ancestors 'self'; sandbox"


class Shell(Struct, frozen=True):
    """A family of pages: the folder of their templates, their own style, and the headers that go with them."""

    templates: Path
    style: str
    headers: Headers


def public(module: str) -> Shell:
    """Return the shell of a room's pages with secret addresses: the address is all one needs, so it must not leak."""
    return Shell(_templates_beside(module), "page.css", {"Referrer-Policy": "no-referrer"})


def signed_in(module: str) -> Shell:
    """Return the shell of a room's pages that people sign in to."""
    headers: Headers = {
        # `no-referrer` would have forms say that they come from nowhere.
        "Referrer-Policy": "same-origin",
        "Strict-Transport-Security": "max-age=31536000",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    return Shell(_templates_beside(module), "frame.css", headers)


def respond(
    shell: Shell,
    template: str,
    values: Mapping[str, object],
    *,
    status: int = 200,
    brand: Brand | None = None,
    link_preview: LinkPreview | None = None,
    script: Path | None = None,
    files: bool = False,
    frames: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """
    Answer with a page: values are shown as text, nothing is loaded from elsewhere, and no one may cache or frame it.

    It has the color and the logo of a *brand*, if it is about one program, and a *link_preview*, which chats show for
    its address. It runs *script*, which is inlined; with *files* it also loads scripts and styles of this address, and
    with *frames* it frames pages of this address.
    """
    more = {"script": Markup(_text(script))} if script else {}
    page = _environment(shell.templates).get_template(template)
    # For a refused form, the title says so first: screen readers read it when the page has loaded.
    body = page.render(
        values,
        root=root(),
        style=Markup(_style(shell.style)),
        brand=brand,
        link_preview=link_preview,
        failed=status == 422,
        **more,
    )
    return Response(
        body, {**_secured(shell, brand=brand, script=script, files=files, frames=frames), **(headers or {})}, status
    )


def framed(page: Response) -> Response:
    """Allow pages of this address to frame a page, in a sandbox: no scripts, forms or links to other windows."""
    policy = str(page.headers["Content-Security-Policy"])
    page.headers["Content-Security-Policy"] = policy.replace("frame-ancestors 'none'", _FRAMED)
    page.headers["X-Frame-Options"] = "SAMEORIGIN"
    return page


def framed_email(text: str) -> Response:
    """Answer with an email's HTML for a frame. Its inline styles are allowed one by one, by their hashes."""
    inline = {html.unescape(style) for style in re.findall(r'\sstyle="([^"]*)"', text)}
    styles = sorted({_hash(one) for one in (*re.findall(r"<style>(.*?)</style>", text, re.DOTALL), *inline)})
    policy = f"default-src 'none'; style-src 'unsafe-hashes' {' '.join(styles)}; img-src 'self'; base-uri 'none'"
    headers: Headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"{policy}; {_FRAMED}",
        "Cache-Control": "no-store, private",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "X-Robots-Tag": "noindex",
        "Referrer-Policy": "no-referrer",
    }
    return Response(text, headers, 200)


def redirect(shell: Shell, to: str, *, cookie: str | None = None) -> Response:
    """Send a browser to another page, to be read there: to an address, or to a path of ours."""
    headers: Headers = {"Location": root() + to if to.startswith("/") else to}
    return Response("", _secured(shell) | headers | ({"Set-Cookie": cookie} if cookie is not None else {}), 303)


def save_as(shell: Shell, text: str, name: str, *, kind: str = "text/csv; charset=utf-8") -> Response:
    """Answer with a file to be saved, a CSV unless its *kind* is another."""
    headers: Headers = {
        "Content-Type": kind,
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Response(text, _secured(shell) | headers, 200)


def root() -> str:
    """Return what our paths begin with: API Gateway's own addresses have a stage before them."""
    return urlsplit(config.public_url()).path


def _secured(
    shell: Shell,
    *,
    brand: Brand | None = None,
    script: Path | None = None,
    files: bool = False,
    frames: bool = False,
) -> Headers:
    """Return the headers of a page that loads nothing but its style and script, and is not kept or framed."""
    own = ["'self'"] if files else []
    colors = [_hash(str(brand.style))] if brand and brand.style else []
    styles = [_hash(_style(shell.style)), *colors, *own]
    scripts = [_hash(_text(script)), *own] if script else own
    run = f"script-src {' '.join(scripts)}; " if scripts else ""
    frame = "frame-src 'self'; " if frames else ""
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src {' '.join(styles)}; {run}{frame}"
            "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Cache-Control": "no-store, private",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "X-Frame-Options": "DENY",
        **shell.headers,
    }


def _templates_beside(module: str) -> Path:
    return Path(module).parent / "templates"


@functools.cache
def _environment(folder: Path) -> jinja2.Environment:
    """Return what writes the templates of a folder and of this room: strict about names, and values are text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, _TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["mark"] = mark
    return environment


@functools.cache
def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@functools.cache
def _style(name: str) -> str:
    return _text(_TEMPLATES / "base.css") + _text(_TEMPLATES / name)


@functools.lru_cache(maxsize=200)
def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
