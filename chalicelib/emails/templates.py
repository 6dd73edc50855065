"""Email templates: a program's custom ones instead of built-in ones, and which of them applies."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.emails import markup
from chalicelib.emails.catalog import TEMPLATES, built_in
from chalicelib.emails.table import CustomTemplate, custom_key, custom_sort
from chalicelib.kit import instants
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, InvalidValue, NotFound, Refused
from chalicelib.kit.memory import Memory
from chalicelib.kit.revisions import PreconditionFailed
from chalicelib.language import FALLBACK
from chalicelib.language.texts import speaks
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.programs import find as programs

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor

# Custom templates by language and name.
Customized = Mapping[tuple[str, str], CustomTemplate]

REMEMBERED = 30.0
_memory: Memory[Customized] = Memory(seconds=REMEMBERED, most=1000)


class Template(NamedTuple):
    """
    What an email is rendered by: its locale, a program's own text (a subject, an empty line, paragraphs), its footer's.

    The text is None where the built-in one is used, whose form may depend on what it counts.
    """

    locale: str
    text: str | None
    footer: str


class EmailNotFound(NotFound):
    """There is no email with this name, or the program has no custom template for it in this language."""


class UnknownTemplateVariable(Refused):
    """The template uses a variable that this email does not have; the answer names it, and those that exist."""


def check_name(template: str) -> None:
    """Refuse what is no email's name."""
    if template not in TEMPLATES:
        raise EmailNotFound(
            f"There is no email {template!r}; use one of {', '.join(sorted(TEMPLATES))}.", pointer="/template"
        )


def check(template: str, subject: str, text: str) -> None:
    """Refuse a template with a name which the email does not have, or a button that leads anywhere but to https."""
    check_name(template)
    described = TEMPLATES[template]
    problem = markup.find_problem(subject, text, names=described.names)
    if problem is None:
        return
    if problem.unknown is not None:
        details = {"name": problem.unknown, "names": sorted(described.names)}
        raise UnknownTemplateVariable(problem.sentence, pointer=problem.pointer, details=details)
    raise InvalidValue(problem.sentence, pointer=problem.pointer)


def customize(
    program: str,
    template: str,
    language: str,
    *,
    subject: str,
    text: str,
    replaces: str | None = None,
    actor: "Actor",
    at: datetime,
) -> CustomTemplate:
    """
    Use this template from now on (within half a minute, where another process is warm), replacing an earlier one.

    Refused, if *replaces* is given and is not the `revision_of` of the template that is used now.
    """
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
    before = rows.find(CustomTemplate, *rows.key_of(row))
    if replaces is not None and replaces != revision_of(before):
        raise PreconditionFailed("Someone else changed this template; check it and send your change again.")
    same = CustomTemplate.updated_at == before.updated_at if before else CustomTemplate.updated_at.does_not_exist()
    changed = writes.put_if(row, same)
    if actor.commit(changed, action="template.customized", subject=program_id, part=row.sort, before=before, at=at):
        raise Busy("Someone else is changing this template right now; check it and send your change again.")
    _memory.forget()
    return row


def revision_of(custom: CustomTemplate | None) -> str:
    """Return what identifies a custom template's state, or that there is none, for a form that replaces it."""
    return instants.text(custom.updated_at) if custom is not None else "built_in"


def restore(program: str, template: str, language: str, *, actor: "Actor", at: datetime) -> None:
    """Use the built-in template again (or, in a language we have none in, the one it falls back to)."""
    program_id = programs.find(program).program.id
    row = rows.find(CustomTemplate, custom_key(program_id), custom_sort(language, template))
    if row is None:
        raise EmailNotFound(f"The program has no custom template for {template!r} in {language!r}.")
    actor.commit(writes.delete(row), action="template.restored", subject=program_id, part=row.sort, at=at)
    _memory.forget()


def custom_templates(program_id: str, *, language: str) -> dict[str, CustomTemplate]:
    """Return a program's custom templates in a language, by email: never more than there are emails."""
    custom = CustomTemplate.query(custom_key(program_id), CustomTemplate.sort.startswith(custom_sort(language, "")))
    return {row.template: row for row in custom}


def template_for(program_id: str, locale: str, template: str) -> Template:
    """
    Return what an email is rendered by: in the reader's language if there is one, else in English.

    In each language the program's custom template comes first, then the built-in one; so does its footer's.
    """
    language = locale.partition("-")[0]
    custom = _memory.get(f"{program_id} {language} {template}", partial(_read, program_id, locale, template))
    chosen, text = _choose(custom, locale, template)
    footer_name = TEMPLATES[template].footer
    footer_locale, footer = _choose(custom, locale, footer_name)
    return Template(chosen, text, footer or built_in(footer_locale, footer_name))


def _choose(custom: Customized, locale: str, template: str) -> tuple[str, str | None]:
    """Return the locale of a template, and the program's text for it; None where the built-in one is used."""
    for candidate in _candidates(locale):
        row = custom.get((candidate.partition("-")[0], template))
        if row is not None:
            return candidate, f"{row.subject}\n\n{row.text}"
        if speaks(candidate):
            return candidate, None
    raise AssertionError("English is built in")


def _candidates(locale: str) -> list[str]:
    return [locale] if speaks(locale) else [locale, FALLBACK]


def _read(program_id: str, locale: str, template: str) -> Customized:
    """Read the custom templates that an email may be rendered by, and its footer, by language and name."""
    if program_id == NO_PROGRAM:
        return {}
    key, names = custom_key(program_id), (template, TEMPLATES[template].footer)
    languages = [candidate.partition("-")[0] for candidate in _candidates(locale)]
    keys = [(key, custom_sort(language, name)) for language in languages for name in names]
    stored = rows.find_all(CustomTemplate, keys, consistent=False)
    return {(row.language, row.template): row for row in stored.values()}
