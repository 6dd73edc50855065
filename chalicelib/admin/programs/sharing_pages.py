"""Shows the form for the messages that partners send to friends, and what they look like filled in."""

from datetime import datetime
from typing import Any

from chalicelib.admin.page import AdminPage
from chalicelib.admin.revised_forms import Fields, form_values
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.language.texts import languages, texts
from chalicelib.programs import find as programs
from chalicelib.programs.shapes import ProgramSummary
from chalicelib.programs.share_texts import NAMES, ShareTexts
from chalicelib.programs.table import Program
from chalicelib.web.share_messages import messages, with_link
from chalicelib.web.shared_links import shared_url

# The fields of the form, and those of the API. A refusal names the first.
FIELDS = {
    "message": "message",
    "whatsapp": "whatsapp",
    "sms": "sms",
    "email_text": "email",
    "email_subject": "email_subject",
}
# Who sends the messages of the preview.
_NAME, _CODE = "Ada Lovelace", "ada-lovelace"


def sharing(
    reference: str,
    language: str,
    *,
    done: str = "",
    typed: Fields | None = None,
    refusal: Refused | None = None,
    draft: Program | None = None,
    at: datetime,
) -> AdminPage:
    """Show the form of a language; *typed* is one that was refused, or is previewed in a program's *draft*."""
    program_terms = programs.read(programs.find(reference).program.id)
    program = program_terms.program
    check_language(language)
    values: dict[str, Any] = {
        **form_values(program, fields_of(program, language), typed, refusal),
        "program": ProgramSummary.of(program),
        "language": language,
        "languages": languages(),
        "names": [f"{{{{{name}}}}}" for name in sorted(NAMES)],
        "previewed": draft is not None,
        "sent": _sent(draft or program, program_terms.in_force(at).rules, language) if refusal is None else [],
        "done": done,
    }
    return AdminPage("sharing", "programs", f"Messages to share: {program.name}", values)


def fields_of(program: Program, language: str) -> dict[str, str]:
    """Return a program's own messages in a language as the form has them."""
    own = program.share_texts.get(language, ShareTexts())
    return {field: getattr(own, name) or "" for field, name in FIELDS.items()}


def check_language(language: str) -> None:
    """Refuse what is none of the languages there are."""
    if language not in {tag for tag, _ in languages()}:
        raise InvalidValue("Choose one of the languages.", pointer="/language")


def _sent(program: Program, rules: list[Any], language: str) -> list[tuple[str, str]]:
    """Return what a partner sends, by what it is."""
    ready = messages(program, rules, texts(language), name=_NAME, code=_CODE)
    url = shared_url(_CODE, program)
    return [
        ("Text on the page", ready["message"]),
        ("WhatsApp", with_link(ready["whatsapp"], url)),
        ("SMS", with_link(ready["sms"], url)),
        ("Subject of the email", ready["subject"]),
        ("Email", with_link(ready["email"], url)),
    ]
