"""The script for websites, as one program's pages need it."""

import functools
import json
import re
from datetime import datetime
from pathlib import Path

from chalice.app import Response

from chalicelib.kit import config
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramNotFound
from chalicelib.programs.shapes import consent_of

_HEADERS = {
    "Content-Type": "text/javascript; charset=utf-8",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


# What a checkout's page asks for in the script's address; and the words of that form.
FORM = "who-sent-you"
_WORDS = ("title", "name", "hint", "check", "found", "which", "nobody", "later")


def show(reference: str, *, asks: bool = False, at: datetime) -> Response:
    """
    Return the script for a program; cacheable for a day, and for another week while revalidating.

    It remembers touches for the longest window the program has promised so far: which of them counts is decided by the
    terms each of them was promised, when a conversion is reported. Where leads go, and whether visitors are asked, is
    written into it: the tag may be out of its sight. If it *asks* visitors who sent them, it has that form, too.
    """
    try:
        program_terms = programs.find(reference)
    except ProgramNotFound:
        comment = "/* Goodword: name the program: goodword.js?program=prg_... */"
        return Response(comment, status_code=404, headers={**_HEADERS, "Cache-Control": "no-store"})
    program = {
        "id": program_terms.program.id,
        "origin": config.public_url(),
        "consent": consent_of(program_terms.program),
        "window_days": max(terms.window_days for terms in program_terms.begun(at)),
        "touch": program_terms.in_force(at).touch,
    }
    asking = program_terms.program.asking
    script = _script("goodword.js", asks_customers=asking is not None and bool(asking.active))
    script = script.replace("PROGRAM", json.dumps(program)) + (_form() if asks else "")
    cache = "public, max-age=86400, stale-while-revalidate=604800"
    return Response(script, headers={**_HEADERS, "Cache-Control": cache})


@functools.cache
def _form() -> str:
    """Return the script of the form that asks who sent a visitor, with its words in every language."""
    from chalicelib.language.texts import languages, texts

    words = {tag: {f"who_{key}": texts(tag)[f"who_{key}"] for key in _WORDS} for tag, _ in languages()}
    return _script("who-sent-you.js").replace("WORDS", json.dumps(words, ensure_ascii=False))


@functools.cache
def _script(name: str, *, asks_customers: bool = False) -> str:
    """Return a script without its comments, but for the first; with or without what asks customers to share."""
    text = (Path(__file__).parent / "static" / name).read_text(encoding="utf-8")
    if not asks_customers:
        text = re.sub(r" *// From here on:.*?// Up to here\.\n", "", text, flags=re.DOTALL)
    return re.sub(r"\n *//.*|\n */\*.*?\*/", "", text)
