"""The public page of a version of a program's terms."""

from datetime import datetime

from chalice.app import Response

from chalicelib.language.formats import day
from chalicelib.language.texts import texts
from chalicelib.programs import sentences
from chalicelib.programs.find import ProgramNotFound, ProgramTerms, find_with_version
from chalicelib.programs.imprint import imprints_of
from chalicelib.programs.table import TermsVersion
from chalicelib.programs.terms import fingerprint
from chalicelib.users.roles import Rights
from chalicelib.web import shell
from chalicelib.web.brand import brand_of

_SHELL = shell.public(__file__)
_MOST_DIGITS = 6


def find(name: str, rights: Rights, *, at: datetime) -> tuple[ProgramTerms, TermsVersion]:
    """
    Return a program and the version that a page's name means: the program's id, a hyphen, and the number.

    Versions that have not begun, or were withdrawn before they began, are found only by admins whose *rights* include
    the program.
    """
    program_id, _, number = name.rpartition("-")
    if number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS:
        program_terms = find_with_version(program_id, int(number))
        looks_after = rights.may("stats:read", [program_terms.program.id])
        readable = program_terms.versions if looks_after else program_terms.begun(at)
        terms = next((one for one in readable if one.version == int(number)), None)
        if terms is not None:
            return program_terms, terms
    raise ProgramNotFound("There are no such terms.")


def show(program_terms: ProgramTerms, terms: TermsVersion, *, locale: str) -> Response:
    """Show what a version says, in full, and its fingerprint."""
    t = texts(locale)
    program = program_terms.program
    values = {
        "t": t,
        "title": t("terms_of", program=program.name),
        "program": program.name,
        "withdrawn": terms.withdrawn_at is not None,
        "version": t("terms_version", version=str(terms.version), date=day(terms.effective_from, t.locale)),
        "you": sentences.in_full(terms, "referrer", program.currency, t),
        "friend": sentences.in_full(terms, "referee", program.currency, t),
        "bounds": sentences.bounds(terms, program.currency, t),
        "words": [part.strip() for part in (terms.words or "").replace("\r", "").split("\n\n") if part.strip()],
        "fingerprint": fingerprint(terms),
        "imprints": imprints_of([program], t.locale),
    }
    return shell.respond(_SHELL, "terms.html", values, brand=brand_of(program))
