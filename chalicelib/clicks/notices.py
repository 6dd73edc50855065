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
    'body{margin:0;background:var(--paper);color:var(--ink);font:17px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}'
    "main{max-width:34rem;margin:1rem auto;padding:1.15rem;background:var(--card);border:1px solid var(--line);"
    "border-radius:18px}"
    "@media(max-width:36rem){main{margin:1rem}}"
    "h1{font-size:1.6rem;line-height:1.15;margin:.25rem 0 .75rem}p{margin:0}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'",
}


def _page(language: str, heading: str, text: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{heading}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{heading}</h1><p>{text}</p></main></body></html>"
    )


_NOWHERE = {
    "en": _page(
        "en",
        "This link doesn't work",
        "It may have ended, or it may be mistyped. Please ask the person who gave it to you.",
    ),
    "de": _page(
        "de",
        "Dieser Link funktioniert nicht",
        "Vielleicht ist er abgelaufen oder falsch geschrieben. Bitte fragen Sie, wer ihn Ihnen gegeben hat.",
    ),
}
_LATER = {
    "en": _page("en", "Just a moment", "Please try again in a moment."),
    "de": _page("de", "Einen Augenblick", "Bitte versuchen Sie es gleich noch einmal."),
}


def nowhere(language: str) -> str:
    """Return the page for a link that is none, in a language or in English."""
    return _NOWHERE.get(language, _NOWHERE["en"])


def later(language: str) -> str:
    """Return the page for a link that cannot be looked up just now, in a language or in English."""
    return _LATER.get(language, _LATER["en"])
