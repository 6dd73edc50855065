"""Shows a program's emails: all of them, the sender, and one to edit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.admin.page import AdminPage
from chalicelib.emails.catalog import FOOTERS, TEMPLATES
from chalicelib.emails.recipients import sender_of
from chalicelib.emails.shapes import TemplateView
from chalicelib.emails.suppressions import find_suppression
from chalicelib.emails.templates import check_name, custom_templates, revision_of
from chalicelib.kit import ids
from chalicelib.kit.errors import InvalidValue
from chalicelib.language.texts import languages
from chalicelib.programs import find as programs
from chalicelib.programs.shapes import ProgramSummary

SENDER = ("sender_email", "sender_name", "reply_to")


def emails(reference: str, language: str, *, done: str = "", typed: Mapping[str, str] | None = None) -> AdminPage:
    """Show every email of a program in a language, and its sender; *typed* is a refused form."""
    program = programs.find(reference).program
    language = _language(language)
    custom = custom_templates(program.id, language=language)
    name, address = sender_of(None)
    values: dict[str, Any] = {
        "program": ProgramSummary.of(program),
        "language": language,
        "languages": languages(),
        "emails": [_row(one, custom.get(one) is not None) for one in TEMPLATES if one not in FOOTERS],
        "footers": [_row(one, custom.get(one) is not None) for one in TEMPLATES if one in FOOTERS],
        "sender": typed or {one: getattr(program, one) or "" for one in SENDER},
        "deployment": f"{name} <{address}>" if name else address,
        "done": done,
    }
    return AdminPage("emails", "programs", f"Emails of {program.name}", values)


def email(
    reference: str,
    template: str,
    language: str,
    *,
    tester: str,
    done: str = "",
    typed: Mapping[str, str] | None = None,
    at: datetime,
) -> AdminPage:
    """Show an email to edit, with its preview; *tester* is the address tests go to, *typed* is a refused form."""
    check_name(template)
    program = programs.find(reference).program
    language = _language(language)
    row = custom_templates(program.id, language=language).get(template)
    stored = TemplateView.of(row) if row is not None else TemplateView.built_in(template, language)
    values: dict[str, Any] = {
        "program": ProgramSummary.of(program),
        "email": stored,
        "template": template,
        "language": language,
        "languages": languages(),
        "replaces": revision_of(row),
        "typed": {"subject": stored.subject, "text": stored.text, **(typed or {})},
        "changed": typed is not None and typed.get("replaces") != revision_of(row),
        "names": sorted(TEMPLATES[template].names),
        "tester": tester,
        "once": ids.ulid(at),
        "done": done,
    }
    return AdminPage("email", "programs", f"Email of {program.name}", values, frames=True)


def suppression(address: str = "", *, done: str = "") -> AdminPage:
    """Show whether an address is suppressed, and why; a form to look up one without an *address*."""
    row = find_suppression(address) if address else None
    values = {"address": address, "reason": row.reason if row is not None else "", "done": done}
    return AdminPage("suppression", "messages", "Suppressed addresses", values)


def _language(language: str) -> str:
    if language not in {tag for tag, _ in languages()}:
        raise InvalidValue("Choose one of the languages.", pointer="/language")
    return language


def _row(template: str, is_custom: bool) -> dict[str, Any]:
    return {"template": template, "is_custom": is_custom, "topics": list(TEMPLATES[template].topics)}
