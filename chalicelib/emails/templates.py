"""Email templates: a program's custom ones in the place of built-in ones, and which of them applies."""

from datetime import datetime

from chalicelib.emails import markup
from chalicelib.emails.catalog import TEMPLATES
from chalicelib.emails.table import CustomTemplate, custom_key, custom_sort
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue, NotFound, Refused
from chalicelib.kit.memory import Memory
from chalicelib.language import FALLBACK
from chalicelib.language.texts import speaks
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.programs import find as programs

REMEMBERED = 30.0
_memory: Memory[CustomTemplate | None] = Memory(seconds=REMEMBERED, most=1000)


class EmailNotFound(NotFound):
    """There is no email of that name, or the program has no custom template for it in that language."""


class UnknownTemplateVariable(Refused):
    """The template uses a name that the email does not have; the answer says which one, and which it has."""


def check(template: str, subject: str, text: str) -> None:
    """Refuse a template with a name which the email does not have, or a button that leads anywhere but to https."""
    described = TEMPLATES.get(template)
    if described is None:
        raise EmailNotFound(
            f"There is no email {template!r}; there are {', '.join(sorted(TEMPLATES))}.", pointer="/template"
        )
    problem = markup.find_problem(subject, text, names=described.names)
    if problem is None:
        return
    if problem.unknown is not None:
        shown = {"name": problem.unknown, "names": sorted(described.names)}
        raise UnknownTemplateVariable(problem.sentence, pointer=problem.pointer, shown=shown)
    raise InvalidValue(problem.sentence, pointer=problem.pointer)


def customize(program: str, template: str, language: str, *, subject: str, text: str, at: datetime) -> CustomTemplate:
    """Use this template from now on (within half a minute, where another process is warm), replacing an earlier one."""
    check(template, subject, text)
    program_id = programs.find(program).program.id
    row = CustomTemplate(
        custom_key(program_id),
        custom_sort(language, template),
        program_id=program_id,
        template=template,
        language=language,
        subject=subject,
        text=text,
        updated_at=at,
    )
    row.save()
    _memory.keep(_name(row.key, row.sort), row)
    return row


def restore(program: str, template: str, language: str) -> None:
    """Use the built-in template again (or, in a language we have none in, the one it falls back to)."""
    program_id = programs.find(program).program.id
    row = rows.find(CustomTemplate, custom_key(program_id), custom_sort(language, template))
    if row is None:
        raise EmailNotFound(f"The program has no custom template for {template!r} in {language!r}.")
    row.delete()
    _memory.keep(_name(row.key, row.sort), None)


def custom_templates(program_id: str, *, language: str) -> dict[str, CustomTemplate]:
    """Return a program's custom templates in a language, by email: never more than there are emails."""
    found = CustomTemplate.query(custom_key(program_id), CustomTemplate.sort.startswith(custom_sort(language, "")))
    return {row.template: row for row in found}


def template_for(program_id: str, locale: str, template: str) -> tuple[str, str | None]:
    """
    Return the locale in which an email is rendered, and a program's text for it; None where our own is used.

    The program's custom one in the reader's language; else the built-in one in it; else the program's
    in English; else ours.
    """
    for candidate in dict.fromkeys((locale, FALLBACK)):
        custom = _custom(program_id, candidate.partition("-")[0], template)
        if custom is not None:
            return candidate, f"{custom.subject}\n\n{custom.text}"
        if speaks(candidate):
            return candidate, None
    raise AssertionError("English is built in")


def _custom(program_id: str, language: str, template: str) -> CustomTemplate | None:
    if program_id == NO_PROGRAM:
        return None
    key, sort = custom_key(program_id), custom_sort(language, template)
    return _memory.get(_name(key, sort), lambda: rows.find(CustomTemplate, key, sort, consistent=False))


def _name(key: str, sort: str) -> str:
    return f"{key} {sort}"
