"""
Pages for visitors who cannot be redirected. Without a template engine, which the redirect does not load.

Pure: no I/O, no clock.
"""

import base64
import hashlib

_STYLE = (
    ":root{color-scheme:light dark;--ink:#17211b;--paper:#f6f5ef;--card:#fff;--line:#e1e4db}"
    "@media(prefers-color-scheme:dark){:root{--ink:#eef2ec;--paper:#101512;--card:#19201c;--line:#2d3630}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--paper);color:var(--ink);"
    'font:17px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}'
    "main{max-width:34rem;margin:1rem auto;padding:1.15rem;background:var(--card);border:1px solid var(--line);"
    "border-radius:18px}"
    "@media(max-width:36rem){main{margin:1rem}}"
    "h1{font-size:1.6rem;line-height:1.15;margin:.25rem 0 .75rem}p{margin:0}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


def nowhere(accept_language: str) -> str:
    """Return the page for an unknown link, in the language that the browser prefers."""
    return _page(accept_language, "nowhere")


def later(accept_language: str) -> str:
    """Return the page for a link that cannot be looked up just now, in the language that a browser prefers."""
    return _page(accept_language, "unavailable")


def _page(accept_language: str, key: str) -> str:
    # Only these visitors wait for a catalog: for the texts alone, without the formats of money and dates.
    from html import escape

    from chalicelib.language.accepted import preferred
    from chalicelib.language.catalogs import catalog, languages

    language = preferred(accept_language, languages())
    heading, text = (escape(catalog(language).gettext(name)) for name in (key, f"{key}_hint"))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{heading}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{heading}</h1><p>{text}</p></main></body></html>"
    )
