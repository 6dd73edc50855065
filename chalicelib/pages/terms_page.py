"""Writes the page on which a version of a program's terms can be read by whoever it is promised to."""

from chalice.app import Response

from chalicelib.pages import sentences, shell
from chalicelib.pages.words import words
from chalicelib.programs.find import ProgramNotFound, ProgramTerms, find_with_version
from chalicelib.programs.table import TermsVersion
from chalicelib.programs.terms import fingerprint

_MOST_DIGITS = 6


def find(name: str) -> tuple[ProgramTerms, TermsVersion]:
    """Return a program and the version its page's name stands for: the program's id, a hyphen, and the number."""
    program_id, _, number = name.rpartition("-")
    if number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS:
        promise = find_with_version(program_id, int(number))
        terms = next((one for one in promise.versions if one.version == int(number)), None)
        if terms is not None:
            return promise, terms
    raise ProgramNotFound("There are no such terms.")


def show(promise: ProgramTerms, terms: TermsVersion, *, language: str) -> Response:
    """Show what a version says, in full, and its fingerprint."""
    said = words(language)
    program = promise.program
    body = shell.written(
        "terms.html",
        t=said,
        title=said["terms_of"].format(program=program.name),
        program=program.name,
        withdrawn=terms.withdrawn_at is not None,
        version=said["terms_version"].format(version=terms.version, date=sentences.day(terms.effective_from, said)),
        you=sentences.in_full(terms, "referrer", program.currency, said),
        friend=sentences.in_full(terms, "referee", program.currency, said),
        bounds=sentences.bounds(terms, program.currency, said),
        words=[part.strip() for part in (terms.words or "").replace("\r", "").split("\n\n") if part.strip()],
        fingerprint=fingerprint(terms),
    )
    return shell.respond(body)
