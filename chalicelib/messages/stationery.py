"""What letters are written on: the page, and the words that are built in, in English and German."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2

LETTERS = Path(__file__).parent / "letters"
LANGUAGES = ("en", "de")
FALLBACK = "en"


@functools.cache
def page() -> "jinja2.Template":
    """Return the page, as `make letters` wrote it: its style in its tags, and whatever is put in, escaped."""
    # Every function imports this file, and only who writes a letter needs what comes with jinja2.
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string((LETTERS / "page.html").read_text(encoding="utf-8"))


@functools.cache
def built_in(language: str, letter: str) -> str:
    """Return a letter in one of LANGUAGES: the first line is its subject."""
    return (LETTERS / language / f"{letter}.txt").read_text(encoding="utf-8").strip()
