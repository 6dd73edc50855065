"""Puts a program's own words in the place of a built-in email, takes them away, and finds the words to use."""

from datetime import datetime

from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue, NotFound, Refused
from chalicelib.kit.memory import Memory
from chalicelib.messages import email as emails
from chalicelib.messages.catalog import KINDS
from chalicelib.messages.table import Override, override_key, override_sort
from chalicelib.messages.templates import FALLBACK, LANGUAGES, built_in
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.programs import find as programs

REMEMBERED = 30.0
_memory: Memory[Override | None] = Memory(seconds=REMEMBERED, most=1000)


class EmailNotFound(NotFound):
    """There is no email of that name, or the program has no words of its own for it in that language."""


class UnknownTemplateVariable(Refused):
    """The email uses a name it does not have; the answer says which one, and which it has."""


def check(template: str, subject: str, text: str) -> None:
    """Refuse words that use a name which the email does not have, or a button that leads anywhere but to https."""
    kind = KINDS.get(template)
    if kind is None:
        raise EmailNotFound(
            f"There is no email {template!r}; there are {', '.join(sorted(KINDS))}.", pointer="/template"
        )
    found = emails.objection(subject, text, names=kind.names)
    if found is None:
        return
    if found.unknown is not None:
        shown = {"name": found.unknown, "names": sorted(kind.names)}
        raise UnknownTemplateVariable(found.sentence, pointer=found.pointer, shown=shown)
    raise InvalidValue(found.sentence, pointer=found.pointer)


def override(program: str, template: str, language: str, *, subject: str, text: str, at: datetime) -> Override:
    """Use these words from now on (within half a minute, where another process is warm); what stood there is replaced."""
    check(template, subject, text)
    program_id = programs.find(program).program.id
    row = Override(
        override_key(program_id),
        override_sort(language, template),
        program_id=program_id,
        template=template,
        language=language,
        subject=subject,
        text=text,
        updated_at=at,
    )
    row.save()
    _memory.keep(_place(row.key, row.sort), row)
    return row


def restore(program: str, template: str, language: str) -> None:
    """Use the built-in words again (or, in a language we do not speak, those it falls back to)."""
    program_id = programs.find(program).program.id
    row = rows.find(Override, override_key(program_id), override_sort(language, template))
    if row is None:
        raise EmailNotFound(f"The program has no words of its own for {template!r} in {language!r}.")
    row.delete()
    _memory.keep(_place(row.key, row.sort), None)


def own_words(program_id: str, *, language: str) -> dict[str, Override]:
    """Return a program's own words in a language, by email: never more than there are emails."""
    found = Override.query(override_key(program_id), Override.sort.startswith(override_sort(language, "")))
    return {row.template: row for row in found}


def words(program_id: str, language: str, template: str) -> tuple[str, str]:
    """
    Return the language and the words in which an email is written: subject, an empty line, paragraphs.

    The program's own in the reader's language; else the built-in ones in it; else the program's
    own in English; else ours.
    """
    for spoken in dict.fromkeys((language, FALLBACK)):
        own = _own(program_id, spoken, template)
        if own is not None:
            return spoken, f"{own.subject}\n\n{own.text}"
        if spoken in LANGUAGES:
            return spoken, built_in(spoken, template)
    raise AssertionError("English is built in")


def _own(program_id: str, language: str, template: str) -> Override | None:
    if program_id == NO_PROGRAM:
        return None
    key, sort = override_key(program_id), override_sort(language, template)
    return _memory.get(_place(key, sort), lambda: rows.find(Override, key, sort, consistent=False))


def _place(key: str, sort: str) -> str:
    return f"{key} {sort}"
