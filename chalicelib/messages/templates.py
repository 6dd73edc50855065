"""
What emails are written on: the page, and the words that are built in, in English and German.

Pure: no I/O but the templates in its own package, no clock.
"""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2

EMAILS = Path(__file__).parent / "emails"
LANGUAGES = ("en", "de")
FALLBACK = "en"


@functools.cache
def page() -> "jinja2.Template":
    """Return the page, as `make emails` wrote it: its style in its tags, and whatever is put in, escaped."""
    # Every function imports this file, and only who writes an email needs what comes with jinja2.
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string((EMAILS / "page.html").read_text(encoding="utf-8"))


@functools.cache
def built_in(language: str, template: str) -> str:
    """Return an email in one of LANGUAGES: the first line is its subject."""
    return (EMAILS / language / f"{template}.txt").read_text(encoding="utf-8").strip()
